"""What happened between a company and one of its customers, one entry for each thing.

Entries are only ever added. The same thing told twice has the same id, so it is kept once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaigns.domain.channel import Channel
from campaigns.domain.identity import moment


class EntryKind(StrEnum):
    ATTEMPT = "attempt"
    NOT_ATTEMPTED = "notAttempted"
    OPT_OUT = "optOut"
    WRONG_NUMBER = "wrongNumber"
    PROMISE = "promise"
    FLAG = "flag"
    """A flag was set or lifted."""
    DECISION = "decision"
    """A run decided about contacting them: looked up in its files, never kept as an entry."""
    RECALLED = "recalled"
    """Taken off a list that had left, by a suppression file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """`details` are those that only its kind has, in the words of the wire."""

    id: str
    company_id: str
    person_id: str
    kind: EntryKind
    at: datetime
    channel: Channel | None = None
    address: str | None = None
    account_id: str | None = None
    campaign_id: str | None = None
    run_id: str | None = None
    outcome: str | None = None
    """As it was told, which may say more than what it counts as."""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Sorts by time, and is no other entry's."""
        return f"{moment(self.at)}#{self.id}"


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Newest first; `next` is the place behind which it goes on, None at its end."""

    entries: Sequence[TimelineEntry]
    next: str | None
