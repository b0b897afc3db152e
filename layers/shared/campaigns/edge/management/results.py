"""Results as the management API takes them, row by row and by file."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema

from campaigns.domain.imports import ImportFormat, ImportJob, ImportStatus
from campaigns.domain.result_fields import RESULT_FIELDS, ResultOutcome
from campaigns.domain.results import Became, Taken
from campaigns.domain.results_map import ResultsMap
from campaigns.edge.management.schemas import ImportCountsOut, import_counts
from campaigns.edge.wire import Long, Moment, Short, StrictWire, Wire

_ROW = {
    "type": "object",
    "additionalProperties": False,
    "required": ["channel", "at", "outcome"],
    "properties": {
        name: {"type": "string", "description": told} for name, told in RESULT_FIELDS.items()
    },
}
ResultRow = Annotated[dict[Short, Any], WithJsonSchema(_ROW)]
"""Each row is judged for itself, so that one that is wrong holds up none of the others."""


class ResultsIn(StrictWire):
    rows: Annotated[list[ResultRow], Field(min_length=1, max_length=100)]


class RefusalOut(Wire):
    field: str | None
    message: str


class ResultOut(Wire):
    """`id` is that of the entry in the customer's timeline."""

    status: Became
    id: str | None
    error: RefusalOut | None

    @classmethod
    def of(cls, taken: Taken) -> Self:
        refusal = taken.refusal
        if refusal is None:
            return cls(status=taken.became, id=taken.id, error=None)
        error = RefusalOut(field=refusal.field, message=str(refusal))
        return cls(status=taken.became, id=None, error=error)


class ResultsOut(Wire):
    """Of each row what became of it, in the order sent."""

    created: int
    unchanged: int
    rejected: int
    rows: list[ResultOut]

    @classmethod
    def of(cls, taken: Sequence[Taken]) -> Self:
        became = [one.became for one in taken]
        return cls(
            created=became.count(Became.CREATED),
            unchanged=became.count(Became.UNCHANGED),
            rejected=became.count(Became.REJECTED),
            rows=[ResultOut.of(one) for one in taken],
        )


class ResultsFileIn(StrictWire):
    """`columns` names the file's column of each field; with it, other columns are left out."""

    format: ImportFormat = ImportFormat.CSV
    columns: Annotated[dict[Short, Short], Field(max_length=50, default_factory=dict)]
    values: Annotated[dict[Short, Long], Field(max_length=50, default_factory=dict)]
    outcomes: Annotated[dict[Short, ResultOutcome], Field(max_length=1000, default_factory=dict)]
    other_outcomes: ResultOutcome | None = None
    time_zone: Short | None = None
    time_format: Short | None = None

    @property
    def map(self) -> ResultsMap:
        return ResultsMap(
            columns=self.columns,
            values=self.values,
            outcomes=self.outcomes,
            other_outcomes=self.other_outcomes,
            time_zone=self.time_zone,
            time_format=self.time_format,
        )


class ResultsFileOut(Wire):
    id: str
    format: ImportFormat
    status: ImportStatus
    counts: ImportCountsOut
    error_message: str | None
    created_at: Moment
    updated_at: Moment
    upload_url: str | None
    result_url: str | None

    @classmethod
    def of(cls, job: ImportJob, *, upload_url: str | None, result_url: str | None) -> Self:
        return cls(
            id=job.id,
            format=job.format,
            status=job.status,
            counts=import_counts(job.counts),
            error_message=job.error_message,
            created_at=job.created_at,
            updated_at=job.updated_at,
            upload_url=upload_url,
            result_url=result_url,
        )
