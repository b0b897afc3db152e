"""A campaign's alarm clock rang: start its run, if its schedule means today."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import logger, triggered
from campaigns.usecases.start_agency_run import start_agency_run
from campaigns.usecases.start_due_steps import start_due_steps
from campaigns.usecases.start_scheduled_run import start_scheduled_run


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    rang = (event["companyId"], event["campaignId"], datetime.fromisoformat(event["scheduledTime"]))
    known: dict[str, Any] = {
        "access": wiring.access(),
        "runs": wiring.runs(),
        "engine": wiring.engine(),
        "now": wiring.now,
    }
    run = start_scheduled_run(*rang, campaigns=wiring.campaigns(), **known)
    agency = start_agency_run(*rang, campaigns=wiring.agency_campaigns(), **known)
    steps = start_due_steps(
        *rang,
        campaigns=wiring.collections(),
        enrollments=wiring.enrollments(),
        scheduled=wiring.scheduled_campaigns(),
        schedules=wiring.schedules(),
        new_id=wiring.new_id,
        **known,
    )
    started = [one.id for one in (run, agency, *steps) if one is not None]
    logger.info("rang", campaign_id=event["campaignId"], run_ids=started)
    return {"runId": started[0] if started else None}
