"""The audit trail as the management API shows it."""

from datetime import date
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BeforeValidator, Field

from campaigns.domain import public_id
from campaigns.domain.audit import AuditEntry
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.edge.management.params import PageQuery
from campaigns.edge.management.schemas import only_iso_date
from campaigns.edge.wire import Moment, Wire


def _object_id(text: str) -> str:
    """An id in either form: plain, or as the borrower API shows it."""
    try:
        return as_uuid(text)
    except NotAUuid:
        shown = (public_id.read(kind, text) for kind in _KINDS)
    found = next((id for id in shown if id is not None), None)
    if found is None:
        raise ValueError("is not an id")
    return found


_KINDS = (public_id.CAMPAIGN, public_id.RUN, public_id.EXPORTER)


class AuditQuery(PageQuery):
    """`date` is a day in UTC, today unless said."""

    day: Annotated[Annotated[date, BeforeValidator(only_iso_date)] | None, Field(alias="date")] = (
        None
    )
    object_id: Annotated[str, Field(max_length=100), AfterValidator(_object_id)] | None = None


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
