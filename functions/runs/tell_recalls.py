"""Every other minute: tell whoever has a list who is to be taken off it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import report_failure, report_recalls, triggered
from campaigns.pipeline.tell_recalls import Recalls, RecallTools


@triggered
def handler(_: dict[str, Any], __: LambdaContext) -> dict[str, int]:
    tools = RecallTools(
        campaigns=wiring.campaigns(),
        collections=wiring.collections(),
        runs=wiring.runs(),
        files=wiring.files(),
        secrets=wiring.secrets(),
        open_channel=wiring.open_channel,
        recalls=wiring.recalls(),
        ledger=wiring.contact_ledger(),
        timeline=wiring.timeline(),
        events=wiring.events(),
        now=wiring.now,
    )
    # The half of what the function has: the last that is begun may take long.
    time = wiring.time_budget(300)
    recalls = Recalls(
        tools=tools,
        is_time_up=lambda: not time.left(),
        report=report_failure,
    )
    recalls.tell()
    report_recalls(recalls.counts)
    return dict(recalls.counts)
