"""The promises of what webhooks need: their store, that of their deliveries, and the queue."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from campaigns.adapters.delivery_queue import SqsDeliveryQueue
from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.webhook_deliveries import DynamoDeliveryStore
from campaigns.adapters.dynamodb.webhooks import DynamoWebhookStore
from campaigns.adapters.memory_webhooks import (
    MemoryDeliveryQueue,
    MemoryDeliveryStore,
    MemoryWebhookStore,
)
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.events import EventType
from campaigns.domain.webhook import MOST_WEBHOOKS, TooManyWebhooks, WebhookNotFound
from campaigns.domain.webhook_delivery import (
    DeliveryRef,
    DeliveryStatus,
    Outcome,
    WebhookDeliveryNotFound,
)
from campaigns.ports import DeliveryStore, WebhookStore
from tests.builders import NOON, a_delivery, a_webhook, an_id
from tests.contract.conftest import Deployed


@pytest.fixture(params=["memory", "dynamodb"])
def webhooks(request: pytest.FixtureRequest) -> WebhookStore:
    if request.param == "memory":
        return MemoryWebhookStore()
    deployed: Deployed = request.getfixturevalue("deployed")
    dynamodb = request.getfixturevalue("dynamodb")
    return DynamoWebhookStore(dynamodb, deployed.settings.webhooks_table)


@pytest.fixture(params=["memory", "dynamodb"])
def deliveries(request: pytest.FixtureRequest) -> DeliveryStore:
    if request.param == "memory":
        return MemoryDeliveryStore()
    deployed: Deployed = request.getfixturevalue("deployed")
    dynamodb = request.getfixturevalue("dynamodb")
    return DynamoDeliveryStore(dynamodb, deployed.settings.webhooks_table)


# ── webhooks ─────────────────────────────────────────────────────────────────


def test_a_webhook_comes_back_as_it_went_in(webhooks: WebhookStore, company_id: str) -> None:
    plain = a_webhook(company_id=company_id)
    picky = a_webhook(company_id=company_id, types=frozenset(EventType)).failed(NOON, "down")
    for webhook in (plain, picky.failed(NOON, "down").failed(NOON, "down")):
        assert webhooks.add(webhook) == webhook
        assert webhooks.get(company_id, webhook.id) == webhook


def test_a_webhook_is_there_for_its_company_only(webhooks: WebhookStore, company_id: str) -> None:
    webhook = webhooks.add(a_webhook(company_id=company_id))
    for company, id in ((an_id(), webhook.id), (company_id, an_id())):
        assert webhooks.find(company, id) is None
        with pytest.raises(WebhookNotFound):
            webhooks.get(company, id)
        with pytest.raises(WebhookNotFound):
            webhooks.remove(company, id)
    assert webhooks.list(an_id(), after=None, limit=5) == []


def test_webhooks_are_listed_newest_first_page_by_page(
    webhooks: WebhookStore, company_id: str
) -> None:
    made = [webhooks.add(a_webhook(company_id=company_id)) for _ in range(5)][::-1]
    assert list(webhooks.list(company_id, after=None, limit=3)) == made[:3]
    assert list(webhooks.list(company_id, after=made[2].id, limit=3)) == made[3:]
    assert list(webhooks.list(company_id, after=made[-1].id, limit=3)) == []


def test_a_webhook_moves_from_the_version_it_was_read_at(
    webhooks: WebhookStore, company_id: str
) -> None:
    webhook = webhooks.add(a_webhook(company_id=company_id))
    moved = webhooks.move(replace(webhook, url="https://other.example.com/"))
    assert moved == replace(webhook, url="https://other.example.com/", version=1)
    with pytest.raises(ChangedMeanwhile):
        webhooks.move(webhook.failed(NOON, "late"))
    assert webhooks.get(company_id, webhook.id) == moved


def test_a_webhook_that_was_removed_does_not_come_back(
    webhooks: WebhookStore, company_id: str
) -> None:
    webhook = webhooks.add(a_webhook(company_id=company_id))
    webhooks.remove(company_id, webhook.id)
    assert webhooks.find(company_id, webhook.id) is None
    with pytest.raises(ChangedMeanwhile):
        webhooks.move(webhook.failed(NOON, "late"))
    assert webhooks.list(company_id, after=None, limit=5) == []


def test_a_company_has_twenty_webhooks_at_most_also_when_all_come_at_once(
    webhooks: WebhookStore, company_id: str
) -> None:
    asking = MOST_WEBHOOKS + 5
    together = Barrier(asking)

    def add(_: int) -> bool:
        webhook = a_webhook(company_id=company_id)
        together.wait()
        try:
            webhooks.add(webhook)
        except TooManyWebhooks:
            return False
        return True

    with ThreadPoolExecutor(max_workers=asking) as pool:
        assert sum(pool.map(add, range(asking))) == MOST_WEBHOOKS
    kept = webhooks.list(company_id, after=None, limit=asking)
    assert len(kept) == MOST_WEBHOOKS
    webhooks.add(a_webhook(company_id=an_id()))
    webhooks.remove(company_id, kept[0].id)
    webhooks.add(a_webhook(company_id=company_id))
    with pytest.raises(TooManyWebhooks):
        webhooks.add(a_webhook(company_id=company_id))


# ── deliveries ───────────────────────────────────────────────────────────────


def test_a_delivery_is_kept_once(deliveries: DeliveryStore, company_id: str) -> None:
    webhook = a_webhook(company_id=company_id)
    delivery = a_delivery(webhook)
    assert deliveries.add_or_get(delivery) == delivery
    moved = deliveries.move(delivery.begun(NOON).ended(NOON, Outcome(503)))
    assert moved.version == 1
    assert deliveries.add_or_get(a_delivery(webhook)) == moved
    assert deliveries.get(delivery.ref) == deliveries.find(delivery.ref) == moved


def test_of_two_who_take_a_delivery_one_gets_it(deliveries: DeliveryStore, company_id: str) -> None:
    delivery = deliveries.add_or_get(a_delivery(a_webhook(company_id=company_id)))
    deliveries.move(delivery.begun(NOON))
    with pytest.raises(ChangedMeanwhile):
        deliveries.move(delivery.begun(NOON))


def test_a_delivery_is_there_for_its_company_and_webhook_only(
    deliveries: DeliveryStore, company_id: str
) -> None:
    ref = deliveries.add_or_get(a_delivery(a_webhook(company_id=company_id))).ref
    others = [replace(ref, **{name: an_id()}) for name in asdict(ref)]
    for other in others:
        assert deliveries.find(other) is None
        with pytest.raises(WebhookDeliveryNotFound):
            deliveries.get(other)
    for one in others[:2]:
        listed = deliveries.list(one.company_id, one.webhook_id, status=None, after=None, limit=5)
        assert listed == []


def test_deliveries_are_listed_newest_first_of_one_status_or_all(
    deliveries: DeliveryStore, company_id: str
) -> None:
    webhook = a_webhook(company_id=company_id)
    made = []
    for number in range(6):
        at = NOON + timedelta(seconds=number // 2)
        delivery = deliveries.add_or_get(a_delivery(webhook, number, created_at=at))
        if number % 2:
            delivery = deliveries.move(delivery.given_up("it was down"))
        made.append(delivery)
    made.sort(key=lambda one: one.place, reverse=True)
    failed = [one for one in made if one.status is DeliveryStatus.FAILED]

    def listed(status: DeliveryStatus | None, limit: int) -> list[Any]:
        seen: list[Any] = []
        after = None
        while page := deliveries.list(
            company_id, webhook.id, status=status, after=after, limit=limit
        ):
            assert len(page) <= limit
            seen += page
            after = page[-1].place
        return seen

    for limit in (1, 2, 100):
        assert listed(None, limit) == made
        assert listed(DeliveryStatus.FAILED, limit) == failed
    assert listed(DeliveryStatus.DELIVERED, 5) == []
    deliveries.move(failed[0].replayed(NOON))
    assert listed(DeliveryStatus.FAILED, 5) == failed[1:]


def test_a_delivery_is_forgotten_after_thirty_days(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    table = deployed.settings.webhooks_table
    delivery = a_delivery(a_webhook(company_id=company_id))
    DynamoDeliveryStore(dynamodb, table).add_or_get(delivery)
    item = dynamodb.get_item(TableName=table, Key=keys.webhook_delivery(delivery.ref))["Item"]
    assert int(item["expires"]["N"]) == (NOON + timedelta(days=30)).timestamp()


# ── the queue ────────────────────────────────────────────────────────────────


def test_what_is_put_comes_and_what_is_put_off_comes_again_later(deployed: Deployed) -> None:
    sqs = deployed.client("sqs")
    url = sqs.create_queue(QueueName=f"deliveries-{an_id()}")["QueueUrl"]
    queue, ref = SqsDeliveryQueue(sqs, url), DeliveryRef(an_id(), an_id(), an_id())
    queue.put(ref)
    [message] = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert DeliveryRef(**json.loads(message["Body"])) == ref
    assert message["Attributes"]["MessageGroupId"] == ref.webhook_id
    queue.put_off(message["ReceiptHandle"], timedelta(0))
    [again] = sqs.receive_message(QueueUrl=url)["Messages"]
    queue.put_off(again["ReceiptHandle"], timedelta(hours=1))
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


class Noting:
    def __init__(self) -> None:
        self.seconds: list[int] = []

    def change_message_visibility(self, **asked: Any) -> None:
        self.seconds.append(asked["VisibilityTimeout"])


def test_a_wait_is_rounded_up_and_never_longer_than_a_queue_can_hide_a_message() -> None:
    noting: Any = Noting()
    queue = SqsDeliveryQueue(noting, "any")
    for wait in (timedelta(seconds=0.2), timedelta(seconds=60), timedelta(days=3)):
        queue.put_off("receipt", wait)
    assert noting.seconds[:2] == [1, 60]
    assert 11 * 3600 < noting.seconds[2] < 12 * 3600


def test_what_cannot_be_put_off_comes_sooner_and_is_no_fault(deployed: Deployed) -> None:
    sqs = deployed.client("sqs")
    url = sqs.create_queue(QueueName=f"deliveries-{an_id()}")["QueueUrl"]
    SqsDeliveryQueue(sqs, url).put_off("no such receipt", timedelta(hours=1))
    nowhere = Deployed(settings=None, endpoint="http://127.0.0.1:1")  # type: ignore[arg-type]
    SqsDeliveryQueue(nowhere.client("sqs"), "http://127.0.0.1:1/q").put_off("any", timedelta(1))


def test_memory_keeps_what_is_put_and_put_off() -> None:
    queue, ref = MemoryDeliveryQueue(), DeliveryRef("c", "w", "d")
    queue.put(ref)
    queue.put_off("receipt", timedelta(hours=1))
    assert queue.waiting == [ref]
    assert queue.put_offs == [("receipt", timedelta(hours=1))]
