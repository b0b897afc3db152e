"""Webhooks and their deliveries as the management API takes and shows them."""

from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from campaigns.domain.events import EventType
from campaigns.domain.web_url import LONGEST_URL
from campaigns.domain.webhook import Webhook, WebhookStatus
from campaigns.domain.webhook_delivery import DeliveryStatus, WebhookDelivery
from campaigns.edge.management.params import PageQuery
from campaigns.edge.sftp import Secret
from campaigns.edge.wire import Moment, StrictWire, Wire

Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
Types = Annotated[tuple[EventType, ...], Field(min_length=1, max_length=20)]


class WebhookIn(StrictWire):
    """Without `types`, all events; without a `secret`, one is made."""

    url: Url
    types: Types | None = None
    secret: Secret | None = None


class WebhookChangesIn(StrictWire):
    """Only the fields that are sent count. `"types": null` means all events."""

    url: Url | None = None
    types: Types | None = None
    secret: Secret | None = None
    status: WebhookStatus | None = None


class WebhookOut(Wire):
    id: str
    url: str
    types: list[str] | None
    secret: str
    status: WebhookStatus
    disabled_reason: str | None
    failures: int
    """In a row."""
    failing_since: Moment | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, webhook: Webhook, *, secret: str | None = None) -> Self:
        """`secret` is the secret itself, to be shown this once."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            types=None if webhook.types is None else sorted(webhook.types),
            secret=secret or webhook.secret.masked,
            status=webhook.status,
            disabled_reason=webhook.disabled_reason,
            failures=webhook.failures,
            failing_since=webhook.failing_since,
            created_at=webhook.created_at,
            updated_at=webhook.updated_at,
        )


class DeliveryQuery(PageQuery):
    status: DeliveryStatus | None = None


DeliveryAsk = Annotated[DeliveryQuery, Query()]


class DeliveryOut(Wire):
    id: str
    event_id: str
    event_type: str
    status: DeliveryStatus
    attempts: int
    """Since the event, or since the last replay."""
    replays: int
    http_status: int | None
    """Of the last attempt that had one."""
    error: str | None
    created_at: Moment
    delivered_at: Moment | None
    next_attempt_at: Moment | None
    """At the earliest."""
    body: str

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> Self:
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            event_type=delivery.event_type,
            status=delivery.status,
            attempts=delivery.attempts,
            replays=delivery.replays,
            http_status=delivery.answered,
            error=delivery.error,
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            next_attempt_at=None if delivery.is_over else delivery.due_at,
            body=delivery.body,
        )
