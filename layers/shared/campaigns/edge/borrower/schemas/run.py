"""Runs as the borrower API starts and shows them."""

from typing import Annotated, Any, Self

from pydantic import Field

from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.domain.run import Run, RunStatus, Stage, TriggeredBy
from campaigns.edge.wire import Moment, Wire


class StartRunIn(Wire):
    query_results_override: Annotated[list[dict[str, Any]], Field(max_length=100_000)] | None = None


class CountsOut(Wire):
    rows_in: int
    exported: int
    sent: int
    suppressed: int
    deferred: int
    rejected: int
    lines: int
    without_phone: int
    reasons: dict[str, int]


class HoldReasonOut(Wire):
    code: str
    message: str


class RunOut(Wire):
    """Not wrapped in an envelope: the public API answers runs bare."""

    status: RunStatus
    borrower_campaign_id: str
    available_files: list[str]
    id: str
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    triggered_by: TriggeredBy
    scheduled_for: Moment | None
    stage: Stage | None
    stage_detail: str | None
    counts: CountsOut
    deliveries: list[dict[str, Any]]
    error_message: str | None
    hold_reasons: list[HoldReasonOut]
    requested_by: str | None
    released_by: str | None
    query_sha256: Annotated[str | None, Field(alias="querySha256")]

    @classmethod
    def of(cls, run: Run) -> Self:
        counts = run.counts
        return cls(
            status=run.status,
            borrower_campaign_id=show(CAMPAIGN, run.campaign_id),
            available_files=list(run.available_files),
            id=show(RUN, run.id),
            created_at=run.created_at,
            updated_at=run.updated_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            triggered_by=run.triggered_by,
            scheduled_for=run.scheduled_for,
            stage=run.stage,
            stage_detail=run.stage_detail,
            counts=CountsOut(
                rows_in=counts.rows_in,
                exported=counts.exported,
                sent=counts.sent,
                suppressed=counts.suppressed,
                deferred=counts.deferred,
                rejected=counts.rejected,
                lines=counts.lines,
                without_phone=counts.without_phone,
                reasons=dict(counts.reasons),
            ),
            deliveries=[dict(one) for one in run.deliveries],
            error_message=run.error_message,
            hold_reasons=[
                HoldReasonOut(code=one.code, message=one.message) for one in run.hold_reasons
            ],
            requested_by=run.requested_by,
            released_by=run.released_by,
            query_sha256=run.query_sha256,
        )
