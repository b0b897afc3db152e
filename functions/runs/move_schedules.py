"""The zone or run window of a company changed: move the schedules of its campaigns."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import logger, report_failure, triggered
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.move_schedules import Move, move_schedules


@triggered
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, bool]:
    company_id = event["companyId"]
    moved = move_schedules(
        Move(company_id, event["times"], event.get("after")),
        access=wiring.access(),
        campaigns=ClockOwners(wiring.campaigns(), wiring.collections(), wiring.agency_campaigns()),
        scheduled=wiring.scheduled_campaigns(),
        schedules=wiring.schedules(),
        mover=wiring.schedule_mover(),
        is_time_up=lambda: context.get_remaining_time_in_millis() < 20_000,
        report=lambda done, of: logger.info(
            "schedules moved", company_id=company_id, done=done, of=of
        ),
        failed=report_failure,
    )
    logger.info("move ended", company_id=company_id, moved=moved)
    return {"moved": moved}
