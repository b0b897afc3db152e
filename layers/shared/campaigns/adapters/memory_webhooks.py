"""What webhooks need, in memory: for unit tests, held to the same promises as the real."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Lock

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.webhook import MOST_WEBHOOKS, TooManyWebhooks, Webhook, WebhookNotFound
from campaigns.domain.webhook_delivery import (
    DeliveryRef,
    DeliveryStatus,
    Outcome,
    WebhookDelivery,
    WebhookDeliveryNotFound,
)


class MemoryWebhookStore:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Webhook] = {}
        self._one_at_a_time = Lock()

    def get(self, company_id: str, webhook_id: str) -> Webhook:
        found = self.find(company_id, webhook_id)
        if found is None:
            raise WebhookNotFound(webhook_id)
        return found

    def find(self, company_id: str, webhook_id: str) -> Webhook | None:
        return self._kept.get((company_id, webhook_id))

    def list(self, company_id: str, *, after: str | None, limit: int) -> Sequence[Webhook]:
        ours = [one for (company, _), one in self._kept.items() if company == company_id]
        newest = sorted(ours, key=lambda one: one.id, reverse=True)
        return [one for one in newest if after is None or one.id < after][:limit]

    def add(self, webhook: Webhook) -> Webhook:
        with self._one_at_a_time:
            if len(self.list(webhook.company_id, after=None, limit=MOST_WEBHOOKS)) == MOST_WEBHOOKS:
                raise TooManyWebhooks
            self._kept[webhook.company_id, webhook.id] = webhook
        return webhook

    def move(self, webhook: Webhook) -> Webhook:
        with self._one_at_a_time:
            was = self.find(webhook.company_id, webhook.id)
            if was is None or was.version != webhook.version:
                raise ChangedMeanwhile(f"webhook {webhook.id}")
            moved = replace(webhook, version=webhook.version + 1)
            self._kept[webhook.company_id, webhook.id] = moved
        return moved

    def remove(self, company_id: str, webhook_id: str) -> None:
        if self._kept.pop((company_id, webhook_id), None) is None:
            raise WebhookNotFound(webhook_id)


class MemoryDeliveryStore:
    def __init__(self) -> None:
        self._kept: dict[DeliveryRef, WebhookDelivery] = {}
        self._one_at_a_time = Lock()

    def add_or_get(self, delivery: WebhookDelivery) -> WebhookDelivery:
        return self._kept.setdefault(delivery.ref, delivery)

    def get(self, ref: DeliveryRef) -> WebhookDelivery:
        found = self.find(ref)
        if found is None:
            raise WebhookDeliveryNotFound(ref.delivery_id)
        return found

    def find(self, ref: DeliveryRef) -> WebhookDelivery | None:
        return self._kept.get(ref)

    def move(self, delivery: WebhookDelivery) -> WebhookDelivery:
        with self._one_at_a_time:
            was = self.find(delivery.ref)
            if was is None or was.version != delivery.version:
                raise ChangedMeanwhile(f"delivery {delivery.id}")
            moved = replace(delivery, version=delivery.version + 1)
            self._kept[delivery.ref] = moved
        return moved

    def list(
        self,
        company_id: str,
        webhook_id: str,
        *,
        status: DeliveryStatus | None,
        after: str | None,
        limit: int,
    ) -> Sequence[WebhookDelivery]:
        ours = [
            one
            for ref, one in self._kept.items()
            if (ref.company_id, ref.webhook_id) == (company_id, webhook_id)
            and status in (None, one.status)
            and (after is None or one.place < after)
        ]
        return sorted(ours, key=lambda one: one.place, reverse=True)[:limit]


class MemoryDeliveryQueue:
    def __init__(self) -> None:
        self.waiting: list[DeliveryRef] = []
        self.put_offs: list[tuple[str, timedelta]] = []

    def put(self, ref: DeliveryRef) -> None:
        self.waiting.append(ref)

    def put_off(self, receipt: str, wait: timedelta) -> None:
        self.put_offs.append((receipt, wait))


class MemoryReceivers:
    """`outcomes` is what comes of the next attempts, good ones after that."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.posted: list[tuple[str, dict[str, str], bytes]] = []

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        self.posted.append((url, dict(headers), body))
        return self.outcomes.pop(0) if self.outcomes else Outcome(200)
