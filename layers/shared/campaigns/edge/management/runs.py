"""Runs of campaigns of every kind, and what they decided, as the management API shows them."""

import re
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, Field

from campaigns.domain.evidence import Packing, PackingState
from campaigns.domain.rule_book import citation_of
from campaigns.domain.run import Run, RunStatus
from campaigns.domain.run_decisions import PointDecided, RowDecided, RowOutcome, RunDecisions
from campaigns.edge.management.campaigns import CollectionRunOut
from campaigns.edge.management.schemas import Day
from campaigns.edge.wire import Moment, Wire

_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f-]{36}")
_SHOWN = 4


def _place(text: str) -> str:
    if _PLACE.fullmatch(text) is None:
        raise ValueError("is none that this list has answered")
    return text


class RunsQuery(Wire):
    """`from` and `to` are days in the company's zone, both included."""

    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None
    status: RunStatus | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    next_token: Annotated[str, AfterValidator(_place)] | None = None


RunsAsk = Annotated[RunsQuery, Query()]
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
    citation: str | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, decided: PointDecided) -> Self:
        return cls(
            channel=decided.channel,
            address=masked(decided.address),
            verdict=decided.verdict.value,
            rule_id=decided.rule_id,
            rule_version=decided.rule_version,
            citation=citation_of(decided.rule_id),
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
        rejects = [RowRejectedOut(reason=one.reason, detail=one.detail) for one in row.rejects]
        return cls(
            row=row.row,
            borrower_id=row.name,
            loan_id=row.loan_id,
            outcome=row.outcome,
            decisions=[PointDecidedOut.of(one) for one in row.decisions],
            rejects=rejects,
            lines=[LinePlaceOut(file=one.file, line=one.line) for one in row.lines],
        )


class RunDecisionsOut(Wire):
    """`explanation` says why there is nothing, where there is nothing."""

    run_id: str
    campaign_id: str
    status: RunStatus
    customer_id: str
    items: list[RowDecidedOut]
    complete: bool
    explanation: str | None

    @classmethod
    def of(cls, found: RunDecisions, customer_id: str) -> Self:
        return cls(
            run_id=found.run.id,
            campaign_id=found.run.campaign_id,
            status=found.run.status,
            customer_id=customer_id,
            items=[RowDecidedOut.of(row) for row in found.rows],
            complete=found.complete,
            explanation=found.why_none,
        )


def masked(address: str) -> str:
    """Enough to tell two apart."""
    return f"***{address[-_SHOWN:]}" if len(address) > 2 * _SHOWN else "***"


class EvidenceOut(Wire):
    """`url` is good for five minutes. While the state is `building`, ask again.

    `sha256` is that of the ZIP: whoever keeps it can tell the ZIP from any other.
    """

    state: PackingState
    at: Moment
    url: str | None
    bytes: int | None
    sha256: str | None
    manifest_sha256: Annotated[str | None, Field(alias="manifestSha256")]
    error_message: str | None

    @classmethod
    def of(cls, packing: Packing, url: str | None) -> Self:
        return cls(
            state=packing.state,
            at=packing.at,
            url=url,
            bytes=packing.bytes or None,
            sha256=packing.sha256 or None,
            manifest_sha256=packing.manifest_sha256 or None,
            error_message=packing.why or None,
        )
