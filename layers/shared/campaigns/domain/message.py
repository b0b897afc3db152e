"""A message: what one person is told, in one way, because of one row of one run.

    queued ──▶ claimed ──▶ sent ──▶ delivered ──▶ bounced ──▶ complained
      │  ▲        │ │                (what the provider tells afterwards only ever goes on)
      │  └────────┘ ├──▶ failed      (refused for good, or tried often enough)
      │             └──▶ in doubt    (nobody knows whether the provider took it)
      └──▶ suppressed · held · deferred · canceled · failed

Whoever has taken it, or handed it over, may say so whatever it has become meanwhile: what was in
doubt and waits once more is not sent then.

It is claimed before the provider is asked, so no two senders ask. Its id follows from run, person,
debt and channel, so making it twice makes one. A message in doubt is never sent again by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID, uuid5

from campaigns.domain.channel import Channel
from campaigns.domain.errors import Conflict, NotFound
from campaigns.domain.identity import NotAUuid, as_uuid

PARCEL: Final = 20
"""Messages that travel together."""
CLAIM: Final = timedelta(minutes=6)
"""Whoever has claimed a message and not said for so long what came of it is dead: no function that
sends lives that long, and its queue hides what it took for as long."""
PAUSES: Final = tuple(timedelta(seconds=n) for n in (10, 60, 300, 900, 1800))
"""After each attempt that a provider could not take just then."""
ATTEMPTS: Final = len(PAUSES) + 1

_MESSAGES = UUID("c3f0a0de-5b1e-5f6a-8a0e-7a4f9d1b6e21")


class MessageStatus(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    HELD = "held"
    DEFERRED = "deferred"
    CANCELED = "canceled"
    IN_DOUBT = "in_doubt"


_S = MessageStatus
WENT_OUT: Final = frozenset({_S.SENT, _S.DELIVERED, _S.BOUNCED, _S.COMPLAINED})
"""The provider has taken it."""
MOVES: Final[Mapping[MessageStatus, frozenset[MessageStatus]]] = {
    _S.QUEUED: WENT_OUT | {_S.CLAIMED, _S.SUPPRESSED, _S.HELD, _S.DEFERRED, _S.CANCELED, _S.FAILED},
    _S.CLAIMED: WENT_OUT | {_S.QUEUED, _S.FAILED, _S.IN_DOUBT},
    # Who was taken for dead may tell all the same, and so may the provider.
    _S.IN_DOUBT: WENT_OUT | {_S.QUEUED, _S.FAILED},
    _S.SENT: frozenset({_S.DELIVERED, _S.BOUNCED, _S.COMPLAINED}),
    _S.DELIVERED: frozenset({_S.BOUNCED, _S.COMPLAINED}),
    _S.BOUNCED: frozenset({_S.COMPLAINED}),
    _S.COMPLAINED: frozenset(),
    _S.FAILED: WENT_OUT,
    _S.SUPPRESSED: WENT_OUT,
    _S.HELD: WENT_OUT,
    _S.DEFERRED: WENT_OUT,
    _S.CANCELED: WENT_OUT,
}
OPEN: Final = frozenset({_S.QUEUED, _S.CLAIMED})
"""Something is still to come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    image_url: str = ""
    body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a message says, filled in: each channel uses some of it."""

    subject: str = ""
    text: str = ""
    """Of a recorded voice, what it speaks."""
    html: str = ""
    template_name: str = ""
    """What the provider of WhatsApp approved it under; it has the rest of the words."""
    header: tuple[str, ...] = ()
    image_url: str = ""
    body: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageRef:
    company_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """Some messages of one run, on their way to whoever sends them."""

    company_id: str
    campaign_id: str
    run_id: str
    message_ids: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Out of what a queue hands over."""
        return cls(**{**told, "message_ids": tuple(told["message_ids"])})


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom messages went at some address, and the last of them."""

    company_id: str
    person_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str
    company_id: str
    campaign_id: str
    run_id: str
    row: int
    person_id: str
    debt: str = ""
    """The id of an account, "" where none is named."""
    channel: Channel
    address: str
    subject: str = ""
    """Of the notice; "" where it is none."""
    template_id: str
    template_version: int
    language: str = ""
    send_by: datetime
    """What cannot be sent before is not sent at all."""
    legal_due: str = ""
    """The date before which a legal notice has to come, as its row has it."""
    status: MessageStatus = MessageStatus.QUEUED
    attempts: int = 0
    due_at: datetime
    """Before this nobody tries. While somebody does, when they would be taken for dead."""
    reason: str = ""
    """Why it was not sent, or not yet: a code that never changes."""
    rule_version: str = ""
    """Of the guard's rule that it was last refused or put off by, since it was last tried."""
    rule_id: str = ""
    rule_facts: str = ""
    """What that rested on, as JSON."""
    provider_id: str = ""
    sent_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def ref(self) -> MessageRef:
        return MessageRef(self.company_id, self.id)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def went_out(self) -> bool:
        return self.status in WENT_OUT

    @property
    def is_claimed(self) -> bool:
        return self.status is MessageStatus.CLAIMED

    @property
    def may_be_out(self) -> bool:
        """Whether the person may have had it, which is what limits on contacts count."""
        return self.went_out or self.status is MessageStatus.IN_DOUBT

    def wait_at(self, at: datetime) -> timedelta:
        """How long until it may be tried, or its sender be taken for dead."""
        return max(timedelta(), self.due_at - at)

    def claimed(self, at: datetime) -> Self:
        return replace(
            self.ruled("", "", "")._moved(_S.CLAIMED, at),
            attempts=self.attempts + 1,
            due_at=at + CLAIM,
            reason="",
        )

    def sent(self, provider_id: str, *, at: datetime) -> Self:
        return replace(self._moved(_S.SENT, at), provider_id=provider_id, sent_at=at, reason="")

    def ruled(self, rule_id: str, version: str, facts: str) -> Self:
        """By which of the guard's rules, in which version, and why."""
        return replace(self, rule_id=rule_id, rule_version=version, rule_facts=facts)

    def waiting(self, reason: str, until: datetime, *, at: datetime) -> Self:
        """To be looked at again; that it was looked at is no attempt."""
        return replace(self, reason=reason, due_at=until, updated_at=at)

    def throttled(self, until: datetime, *, at: datetime) -> Self:
        """The provider takes no more just now, which does not count as an attempt."""
        queued = self._moved(_S.QUEUED, at)
        return replace(queued, attempts=self.attempts - 1, due_at=until, reason="throttled")

    def tried_in_vain(self, reason: str, *, at: datetime) -> Self:
        """To be tried again, unless it was often enough."""
        if self.attempts >= ATTEMPTS:
            return self.settled(_S.FAILED, reason, at=at)
        queued = self._moved(_S.QUEUED, at)
        return replace(queued, due_at=at + PAUSES[self.attempts - 1], reason=reason)

    def settled(self, status: MessageStatus, reason: str, *, at: datetime) -> Self:
        """Nothing more comes of it by itself."""
        return replace(self._moved(status, at), reason=reason)

    def retried(self, send_by: datetime, *, at: datetime) -> Self:
        """By the word of somebody who has looked whether it went out. Raises NotInDoubt."""
        if self.status is not _S.IN_DOUBT:
            raise NotInDoubt(self)
        queued = self._moved(_S.QUEUED, at)
        return replace(queued, attempts=0, due_at=at, send_by=send_by, reason="retried")

    def told(self, status: MessageStatus, reason: str, *, at: datetime) -> Self:
        """The provider tells of it, maybe twice, late or in another order: it only goes on."""
        if status is self.status or status not in MOVES[self.status]:
            return self
        moved = replace(self._moved(status, at), reason=reason)
        return moved if moved.sent_at or status is _S.FAILED else replace(moved, sent_at=at)

    def _moved(self, status: MessageStatus, at: datetime) -> Self:
        if status not in MOVES[self.status]:
            raise MessageMoved(self.status, status)
        return replace(self, status=status, updated_at=at)


def message_id(run_id: str, person_id: str, debt: str, channel: Channel) -> str:
    return str(uuid5(_MESSAGES, f"{run_id}:{person_id}:{debt}:{channel}"))


def message_id_of(text: str) -> str:
    """Raises MessageNotFound: what cannot be an id names no message."""
    try:
        return as_uuid(text)
    except NotAUuid:
        raise MessageNotFound(text) from None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of a run stand how, by channel."""

    counts: Mapping[tuple[Channel, MessageStatus], int]

    def of(self, *statuses: MessageStatus) -> int:
        return sum(count for (_, status), count in self.counts.items() if status in statuses)

    @property
    def all(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        return self.of(*OPEN)

    @property
    def went_out(self) -> int:
        return self.of(*WENT_OUT)


class MessageNotFound(NotFound):
    code = "message_not_found"

    def __init__(self, message_id: str) -> None:
        super().__init__(f"message {message_id} does not exist")


class NotInDoubt(Conflict):
    code = "message_not_in_doubt"

    def __init__(self, message: Message) -> None:
        super().__init__(f"the message is {message.status}; only one in doubt is sent again")


class MessageMoved(Conflict):
    code = "message_moved"

    def __init__(self, was: MessageStatus, to: MessageStatus) -> None:
        super().__init__(f"a message that is {was} does not become {to}")


# ── what a provider may say ──────────────────────────────────────────────────


class SendingFailed(Exception):
    """`reason` is a code that never changes; it tells nothing of the person or the message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Throttled(SendingFailed):
    """It takes no more just now, and has not taken this."""

    def __init__(self) -> None:
        super().__init__("throttled")


class TemporaryFailure(SendingFailed):
    """It has not taken this, and may later."""


class PermanentFailure(SendingFailed):
    """It will never take this."""


class OptedOut(PermanentFailure):
    """It will never take anything to this address: the person told it so."""

    def __init__(self) -> None:
        super().__init__("opted_out")


class NoAnswer(SendingFailed):
    """It was asked and said nothing: it may have taken this or not."""

    def __init__(self) -> None:
        super().__init__("no_answer")
