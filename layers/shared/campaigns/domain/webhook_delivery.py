"""One event on its way to one webhook.

It is tried eight times within a day, and then given up; whoever wants it all the same has it
sent again. Its id follows from webhook and event, so an event heard twice is one delivery.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID, uuid5

from campaigns.domain.errors import NotFound
from campaigns.domain.identity import NotAUuid, as_uuid, moment
from campaigns.domain.webhook import ATTEMPT, Webhook

KEPT: Final = timedelta(days=30)
PATIENCE: Final = timedelta(days=1)
PAUSES: Final = tuple(timedelta(minutes=n) for n in (1, 5, 30, 120, 240, 360, 600))
"""After each attempt that failed. None is longer than SQS can hide a message, which is 12 hours."""
ATTEMPTS: Final = len(PAUSES) + 1

_DELIVERIES = UUID("4f1b2a86-6c0e-5a57-9d0b-3a1d9b7c52e4")
_LONGEST_ERROR: Final = 300


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was heard on the bus."""

    id: str
    type: str
    company_id: str
    at: str
    """As the bus spells it, RFC 3339."""
    data: Mapping[str, Any]

    @classmethod
    def of(cls, heard: Mapping[str, Any]) -> Self:
        """Of what EventBridge hands over."""
        detail = heard["detail"]
        data = {name: value for name, value in detail.items() if name != "id"}
        return cls(detail["id"], heard["detail-type"], detail["companyId"], heard["time"], data)

    @property
    def body(self) -> str:
        whole = {"id": self.id, "type": self.type, "at": self.at, "data": self.data}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryRef:
    company_id: str
    webhook_id: str
    delivery_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: the status that was answered, or why there was none."""

    status: int | None = None
    error: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def told(self) -> str:
        if self.status is None:
            return self.error[:_LONGEST_ERROR]
        followed = "; redirects are not followed" if 300 <= self.status < 400 else ""
        return f"it answered {self.status}{followed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    id: str
    company_id: str
    webhook_id: str
    event_id: str
    event_type: str
    body: str
    """As it is sent, byte for byte, every time."""
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    """Since it was asked for last."""
    replays: int = 0
    asked_at: datetime
    """When the event was heard, or a replay was asked for last."""
    due_at: datetime
    """Before this nobody tries. While somebody does, it is when they would be taken for dead."""
    answered: int | None = None
    """The HTTP status of the last attempt that had one."""
    error: str | None = None
    """Why the last attempt failed."""
    delivered_at: datetime | None = None
    created_at: datetime
    version: int = 0

    @property
    def ref(self) -> DeliveryRef:
        return DeliveryRef(self.company_id, self.webhook_id, self.id)

    @property
    def place(self) -> str:
        """Sorts deliveries by time, and two of one millisecond always the same way."""
        return f"{moment(self.created_at)}#{self.id}"

    @property
    def expires_at(self) -> datetime:
        return self.created_at + KEPT

    @property
    def is_over(self) -> bool:
        return self.status is not DeliveryStatus.PENDING

    @property
    def is_wanted_now(self) -> bool:
        """Whether somebody asked for it, and it has not been tried since."""
        return bool(self.replays) and not self.attempts

    def wait_at(self, at: datetime) -> timedelta:
        """How long until it may be tried."""
        return max(timedelta(), self.due_at - at)

    def begun(self, at: datetime) -> Self:
        return replace(self, attempts=self.attempts + 1, due_at=at + ATTEMPT)

    def ended(self, at: datetime, outcome: Outcome) -> Self:
        """An attempt of it came to this."""
        told = replace(self, answered=outcome.status or self.answered)
        if outcome.is_good:
            return replace(told, status=DeliveryStatus.DELIVERED, delivered_at=at, error=None)
        if self.attempts >= ATTEMPTS or at - self.asked_at >= PATIENCE:
            return told.given_up(outcome.told)
        pause = PAUSES[max(self.attempts, 1) - 1]
        return replace(told, due_at=at + pause, error=outcome.told)

    def has_waited_enough(self, at: datetime) -> bool:
        return at - self.asked_at >= PATIENCE

    def given_up(self, why: str) -> Self:
        return replace(self, status=DeliveryStatus.FAILED, error=why)

    def replayed(self, at: datetime) -> Self:
        """Asked for once more, however it stands; what came of it before stays until then."""
        return replace(
            self,
            status=DeliveryStatus.PENDING,
            attempts=0,
            replays=self.replays + 1,
            asked_at=at,
            due_at=at,
        )


def delivery_of(told: Told, webhook: Webhook, at: datetime) -> WebhookDelivery:
    return WebhookDelivery(
        id=str(uuid5(_DELIVERIES, f"{webhook.id}:{told.id}")),
        company_id=webhook.company_id,
        webhook_id=webhook.id,
        event_id=told.id,
        event_type=told.type,
        body=told.body,
        asked_at=at,
        due_at=at,
        created_at=at,
    )


def delivery_id_of(text: str) -> str:
    """Raises WebhookDeliveryNotFound: what cannot be an id names no delivery."""
    try:
        return as_uuid(text)
    except NotAUuid:
        raise WebhookDeliveryNotFound(text) from None


class WebhookDeliveryNotFound(NotFound):
    code = "webhook_delivery_not_found"

    def __init__(self, delivery_id: str) -> None:
        super().__init__(f"delivery {delivery_id} does not exist")
