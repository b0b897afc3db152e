"""Runs of campaigns of every kind, and what they decided, as the management API shows them."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, Field

from campaigns.domain.run import Run, RunStatus
from campaigns.domain.run_decisions import PointDecided, RowDecided, RowOutcome
from campaigns.edge.management.campaigns import CollectionRunOut
from campaigns.edge.management.schemas import IsoDate
from campaigns.edge.wire import Moment, Wire

_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f-]{36}")
_SHOWN = 4


def _place(text: str) -> str:
    if _PLACE.fullmatch(text) is None:
        raise ValueError("is none that this list has answered")
    return text


class RunsQuery(Wire):
    """`from` and `to` are days in the company's zone, both included."""

    first: Annotated[IsoDate | None, Field(alias="from")] = None
    last: Annotated[IsoDate | None, Field(alias="to")] = None
    status: RunStatus | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    next_token: Annotated[str, AfterValidator(_place)] | None = None


class CustomerDecisionsQuery(Wire):
    """`from` and `to` are days in the company's zone, both included.

    Without `to` it is today, without `from` it begins 30 days before `to`.
    """

    first: Annotated[IsoDate | None, Field(alias="from")] = None
    last: Annotated[IsoDate | None, Field(alias="to")] = None
    next_token: Annotated[str, AfterValidator(_place)] | None = None


RunsAsk = Annotated[RunsQuery, Query()]
CustomerDecisionsAsk = Annotated[CustomerDecisionsQuery, Query()]
CustomerId = Annotated[str, Query(alias="customerId", min_length=1, max_length=200)]


class CompanyRunOut(CollectionRunOut):
    """Of a campaign of any kind; `stepId` is null where there are no steps."""

    campaign_name: str | None
    outside: bool
    log_sha256: Annotated[str | None, Field(alias="logSha256")]

    @classmethod
    def of(cls, run: Run) -> Self:
        return cls(
            **CollectionRunOut.of(run).model_dump(),
            campaign_name=run.campaign_facts.get("name"),
            outside=run.outside,
            log_sha256=run.log_sha256,
        )


class PointDecidedOut(Wire):
    """`address` shows its last four characters; decisions.csv has it whole."""

    channel: str
    address: str
    verdict: str
    rule_id: str
    rule_version: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, decided: PointDecided) -> Self:
        return cls(
            channel=decided.channel,
            address=masked(decided.address),
            verdict=decided.verdict.value,
            rule_id=decided.rule_id,
            rule_version=decided.rule_version,
            facts=dict(decided.facts),
        )


class RowRejectedOut(Wire):
    reason: str
    detail: str


class LinePlaceOut(Wire):
    """Counted from 1, the header not counted."""

    file: str
    line: int


class RowDecidedOut(Wire):
    """`row` counts the rows of query_results.csv; `borrowerId` is what stood there."""

    row: int
    borrower_id: str
    loan_id: str
    outcome: RowOutcome
    decisions: list[PointDecidedOut]
    rejects: list[RowRejectedOut]
    lines: list[LinePlaceOut]

    @classmethod
    def of(cls, row: RowDecided) -> Self:
        return cls(**_row(row))


class RunDecisionsOut(Wire):
    """`explanation` says why there is nothing, where there is nothing."""

    run_id: str
    campaign_id: str
    status: RunStatus
    customer_id: str
    items: list[RowDecidedOut]
    complete: bool
    explanation: str | None


class CustomerDecisionOut(RowDecidedOut):
    kind: str = "decision"
    at: Moment
    campaign_id: str
    campaign_name: str | None
    run_id: str

    @classmethod
    def in_run(cls, row: RowDecided, run: Run) -> Self:
        return cls(
            **_row(row),
            at=run.started_at or run.created_at,
            campaign_id=run.campaign_id,
            campaign_name=run.campaign_facts.get("name"),
            run_id=run.id,
        )


class CustomerDecisionsOut(Wire):
    """A page looks into so many runs: it may be empty and the list still go on."""

    customer_id: str
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    items: list[CustomerDecisionOut]
    next_token: str | None


def masked(address: str) -> str:
    """Enough to tell two apart."""
    return f"***{address[-_SHOWN:]}" if len(address) > 2 * _SHOWN else "***"


def _row(row: RowDecided) -> Mapping[str, Any]:
    return {
        "row": row.row,
        "borrower_id": row.name,
        "loan_id": row.loan_id,
        "outcome": row.outcome,
        "decisions": [PointDecidedOut.of(one) for one in row.decisions],
        "rejects": [RowRejectedOut(reason=one.reason, detail=one.detail) for one in row.rejects],
        "lines": [LinePlaceOut(file=one.file, line=one.line) for one in row.lines],
    }
