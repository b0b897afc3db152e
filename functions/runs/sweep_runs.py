"""Every quarter of an hour: start runs that were missed, settle those that are stuck."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import report_end, report_failure, report_sweep, triggered
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.settle_stuck_runs import StuckRuns
from campaigns.usecases.start_missed_runs import MissedRuns
from campaigns.usecases.sweep import sweep


@triggered
def handler(_: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    known: dict[str, Any] = {
        "runs": wiring.runs(),
        "files": wiring.files(),
        "events": wiring.events(),
        "now": wiring.now,
        "is_time_up": lambda: context.get_remaining_time_in_millis() < 15_000,
        "report": report_failure,
    }
    missed = MissedRuns(
        access=wiring.access(),
        owners=ClockOwners(wiring.campaigns(), wiring.collections(), wiring.agency_campaigns()),
        enrollments=wiring.enrollments(),
        scheduled=wiring.scheduled_campaigns(),
        engine=wiring.engine(),
        mover=wiring.schedule_mover(),
        **known,
    )
    stuck = StuckRuns(executions=wiring.executions(), **known)
    report_sweep(counts := sweep(missed, stuck, report_failure))
    for run in (*missed.given_up, *stuck.ended):
        report_end(run.id, run.status)
    if counts.get("broken"):
        raise RuntimeError("the sweep broke off; its log says where")
    return counts
