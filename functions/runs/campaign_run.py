"""A run from beginning to end, as a durable execution named after it."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from campaigns import wiring
from campaigns.domain.run import RunRef
from campaigns.observability import report_end, report_failure
from campaigns.pipeline.orchestrate import execute
from campaigns.pipeline.tools import AgencyTools, FlowTools, SendingTools, Tools
from campaigns.pipeline.writing import Writing


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> dict[str, Any]:
    access, templates = wiring.access(), wiring.templates()
    writing = Writing(access, wiring.senders(), templates, wiring.renderer(), wiring.notices())
    tools = Tools(
        access=access,
        campaigns=wiring.campaigns(),
        exporters=wiring.exporters(),
        runs=wiring.runs(),
        people=wiring.people(),
        ledger=wiring.contact_ledger(),
        files=wiring.files(),
        secrets=wiring.secrets(),
        queries=wiring.queries(),
        open_channel=wiring.open_channel,
        events=wiring.events(),
        allow_http=wiring.allow_http(),
        now=wiring.now,
        writing=writing,
        sending=SendingTools(wiring.messages(), wiring.message_queue()),
        agency=AgencyTools(wiring.agency_campaigns(), wiring.groups()),
        flow=FlowTools(wiring.collections(), wiring.enrollments(), wiring.new_id),
    )
    ended = execute(ref := RunRef.of(event), wiring.steps(context, report_failure), tools)
    report_end(ref.run_id, ended["status"])
    return ended
