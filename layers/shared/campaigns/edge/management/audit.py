"""The audit trail as the management API shows it."""

from datetime import date
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BeforeValidator, Field

from campaigns.domain.audit import AuditEntry
from campaigns.edge.management.params import PageQuery
from campaigns.edge.management.schemas import only_iso_date
from campaigns.edge.wire import Moment, Wire


class AuditQuery(PageQuery):
    """`date` is a day in UTC, today unless said."""

    day: Annotated[Annotated[date, BeforeValidator(only_iso_date)] | None, Field(alias="date")] = (
        None
    )
    object_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None


AuditAsk = Annotated[AuditQuery, Query()]


class AuditEntryOut(Wire):
    id: str
    at: Moment
    key_id: str
    request_id: str
    action: str
    kind: str
    object_id: str
    before_sha256: str | None
    after_sha256: str | None

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(
            id=entry.id,
            at=entry.at,
            key_id=entry.key_id,
            request_id=entry.request_id,
            action=entry.action,
            kind=entry.kind,
            object_id=entry.object_id,
            before_sha256=entry.before,
            after_sha256=entry.after,
        )
