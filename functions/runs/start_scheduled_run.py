"""A campaign's alarm clock rang: start its run, if its schedule means today."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import logger
from campaigns.usecases.start_scheduled_run import start_scheduled_run


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    run = start_scheduled_run(
        event["companyId"],
        event["campaignId"],
        datetime.fromisoformat(event["scheduledTime"]),
        access=wiring.access(),
        campaigns=wiring.campaigns(),
        runs=wiring.runs(),
        engine=wiring.engine(),
        now=wiring.now,
    )
    logger.info("rang", campaign_id=event["campaignId"], run_id=run and run.id)
    return {"runId": run and run.id}
