"""Who changed what, and when: one entry for every change that a key asked for.

An entry is written in the same transaction as the change, so there is no one without the other.
It holds digests, not contents: enough to show whether a record that somebody holds is the one
that was stored then. What the service does of its own accord, such as a run going on, is told
by the run's log instead.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """The key that a request speaks for, and the request."""

    company_id: str
    key_id: str
    request_id: str
    action: str
    """The route, as `METHOD /path/{parameter}`."""


ACTOR: ContextVar[Actor | None] = ContextVar("actor", default=None)
"""Set by the edge for the time of a request, since a change is far from who asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`before` and `after` are SHA-256, in hex, of the record as it is stored; None for none."""

    id: str
    company_id: str
    at: datetime
    key_id: str
    request_id: str
    action: str
    kind: str
    object_id: str
    before: str | None = None
    after: str | None = None
