"""Runs as the borrower API starts and shows them."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from campaigns.domain.public_id import CAMPAIGN, FILE, RUN, show
from campaigns.domain.run import (
    CAMPAIGN_INPUT,
    CONTACTS_OUTPUT,
    LOG,
    QUERY_RESULTS,
    Counts,
    Run,
    RunStatus,
    Stage,
    TriggeredBy,
)
from campaigns.domain.run_report import Brought, RunReport
from campaigns.edge.wire import Long, Moment, Short, Wire

Rows = Annotated[list[dict[str, Any]], Field(max_length=100_000)]
Worker = Literal["service", "outside"]


class StartRunIn(Wire):
    query_results_override: Rows | None = None
    worker: Worker = "service"


class RunUpdateIn(Wire):
    """What a worker outside reports. A field that is null says nothing: no file is taken away."""

    status: RunStatus | None = None
    borrower_campaign_id: Short | None = None
    available_files: Annotated[list[Short], Field(max_length=1_100)] | None = None
    query_results_file_id: Short | None = None
    campaign_input_file_id: Short | None = None
    contacts_output_file_id: Short | None = None
    log_file_id: Short | None = None
    file_ids: Annotated[list[Short], Field(max_length=100)] | None = None
    """Of files that have no field of their own, parts of a contact file among them."""

    def report(self) -> RunReport:
        own = (
            ("queryResultsFileId", self.query_results_file_id, QUERY_RESULTS),
            ("campaignInputFileId", self.campaign_input_file_id, CAMPAIGN_INPUT),
            ("contactsOutputFileId", self.contacts_output_file_id, CONTACTS_OUTPUT),
            ("logFileId", self.log_file_id, LOG),
        )
        files = [Brought(field=at, id=id, only=name) for at, id, name in own if id is not None]
        files += [Brought(field="fileIds", id=id) for id in self.file_ids or ()]
        return RunReport(
            status=self.status,
            campaign=self.borrower_campaign_id,
            files=files,
            available=self.available_files or (),
        )


class RunFileIn(Wire):
    file_name: Long


class RunUploadOut(Wire):
    """Where to send the file, and how."""

    id: str
    file_name: str
    upload_url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires_at: Moment

    @classmethod
    def of(cls, id: str, name: str, url: str, expires_at: Moment) -> Self:
        shown = show(FILE, id)
        return cls(id=shown, file_name=name, upload_url=url, headers={}, expires_at=expires_at)


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

    @classmethod
    def of(cls, counts: Counts) -> Self:
        return cls(
            rows_in=counts.rows_in,
            exported=counts.exported,
            sent=counts.sent,
            suppressed=counts.suppressed,
            deferred=counts.deferred,
            rejected=counts.rejected,
            lines=counts.lines,
            without_phone=counts.without_phone,
            reasons=dict(counts.reasons),
        )


class HoldReasonOut(Wire):
    code: str
    message: str

    @classmethod
    def all_of(cls, run: Run) -> list[Self]:
        return [cls(code=one.code, message=one.message) for one in run.hold_reasons]


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
    worker: Worker
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
            worker="outside" if run.outside else "service",
            scheduled_for=run.scheduled_for,
            stage=run.stage,
            stage_detail=run.stage_detail,
            counts=CountsOut.of(run.counts),
            deliveries=[dict(one) for one in run.deliveries],
            error_message=run.error_message,
            hold_reasons=HoldReasonOut.all_of(run),
            requested_by=run.requested_by,
            released_by=run.released_by,
            query_sha256=run.query_sha256,
        )
