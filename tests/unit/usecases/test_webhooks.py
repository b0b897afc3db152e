"""An event on its way to webhooks, step by step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.adapters.memory import MemorySecrets
from campaigns.adapters.memory_webhooks import (
    MemoryDeliveryQueue,
    MemoryDeliveryStore,
    MemoryReceivers,
    MemoryWebhookStore,
)
from campaigns.domain.events import EventType
from campaigns.domain.outbound import HostForbidden
from campaigns.domain.secret import Sealed
from campaigns.domain.signature import signature
from campaigns.domain.webhook import (
    Webhook,
    WebhookIsDisabled,
    WebhookNotFound,
    WebhookStatus,
    WebhookUrlInvalid,
)
from campaigns.domain.webhook_delivery import (
    ATTEMPTS,
    DeliveryRef,
    DeliveryStatus,
    Outcome,
    WebhookDelivery,
    WebhookDeliveryNotFound,
)
from campaigns.usecases.address_event import address_event
from campaigns.usecases.campaign_changes import FieldRefused
from campaigns.usecases.create_webhook import create_webhook
from campaigns.usecases.replay_delivery import replay_delivery
from campaigns.usecases.send_to_webhook import send_to_webhook
from campaigns.usecases.update_webhook import update_webhook
from campaigns.usecases.webhook_changes import WebhookChecks
from tests.builders import COMPANY, NOON, OTHER_COMPANY, a_delivery, a_webhook, an_event, an_id
from tests.fakes import SomeHosts

SECRET = "0123456789abcdef"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BAD = Outcome(500)


class World:
    def __init__(self, *outcomes: Outcome) -> None:
        self.at = NOON
        self.webhooks = MemoryWebhookStore()
        self.deliveries = MemoryDeliveryStore()
        self.queue = MemoryDeliveryQueue()
        self.secrets = MemorySecrets()
        self.receivers = MemoryReceivers(*outcomes)
        self.checks = WebhookChecks(self.secrets, SomeHosts("10.0.0.1"), allow_http=False)

    def now(self) -> datetime:
        return self.at

    def webhook(self, **but: Any) -> Webhook:
        made = a_webhook(**but)
        sealed = self.secrets.seal(SECRET, made.secret_context)
        return self.webhooks.add(replace(made, secret=sealed))

    def delivery(self, webhook: Webhook, number: int = 1) -> WebhookDelivery:
        return self.deliveries.add_or_get(a_delivery(webhook, number))

    def address(self, **event: Any) -> int:
        return address_event(
            an_event(**event),
            webhooks=self.webhooks,
            deliveries=self.deliveries,
            queue=self.queue,
            now=self.now,
        )

    def send(self, ref: DeliveryRef) -> timedelta | None:
        return send_to_webhook(
            ref,
            webhooks=self.webhooks,
            deliveries=self.deliveries,
            secrets=self.secrets,
            receivers=self.receivers,
            now=self.now,
        )

    def send_until_over(self, ref: DeliveryRef) -> int:
        """As the queue would; how often it was looked at."""
        for looked in range(1, 1000):
            wait = self.send(ref)
            if wait is None:
                return looked
            assert wait > timedelta()
            self.at += wait
        raise AssertionError("it is looked at for ever")

    def replay(self, ref: DeliveryRef) -> WebhookDelivery:
        return replay_delivery(
            ref,
            webhooks=self.webhooks,
            deliveries=self.deliveries,
            queue=self.queue,
            now=self.now,
        )

    def create(self, **fields: Any) -> tuple[Webhook, str]:
        return create_webhook(
            COMPANY,
            fields,
            webhooks=self.webhooks,
            checks=self.checks,
            token=lambda: "t" * 40,
            new_id=an_id,
            now=self.now,
        )

    def update(self, webhook: Webhook, **fields: Any) -> Webhook:
        return update_webhook(
            COMPANY,
            webhook.id,
            fields,
            webhooks=self.webhooks,
            checks=self.checks,
            now=self.now,
        )


# ── addressing ───────────────────────────────────────────────────────────────


def test_an_event_goes_to_every_webhook_of_its_company_that_wants_it() -> None:
    world = World()
    wanting = [world.webhook(), world.webhook(types=frozenset({EventType.RUN_ENDED}))]
    world.webhook(types=frozenset({EventType.FLIGHT_CHECK_FAILED}))
    world.webhook(status=WebhookStatus.DISABLED)
    world.webhook(company_id=OTHER_COMPANY)
    assert world.address() == 2
    assert {ref.webhook_id for ref in world.queue.waiting} == {one.id for one in wanting}
    assert {ref.company_id for ref in world.queue.waiting} == {COMPANY}


def test_an_event_heard_twice_is_one_delivery() -> None:
    world = World()
    world.webhook()
    world.address()
    world.address()
    first, again = world.queue.waiting
    assert first == again
    world.send(first)
    world.send(again)
    assert len(world.receivers.posted) == 1
    world.address()
    assert len(world.queue.waiting) == 2


# ── sending ──────────────────────────────────────────────────────────────────


def test_what_is_sent_is_signed_and_names_its_event() -> None:
    world = World()
    delivery = world.delivery(world.webhook())
    assert world.send(delivery.ref) is None
    [(url, headers, body)] = world.receivers.posted
    assert url == "https://hooks.example.com/sample"
    assert body == delivery.body.encode()
    assert headers == {
        "Content-Type": "application/json",
        "X-Signature": signature(SECRET, int(NOON.timestamp()), body),
        "X-Event-Id": delivery.event_id,
        "X-Event-Type": "RunEnded",
    }
    assert world.deliveries.get(delivery.ref).status is DeliveryStatus.DELIVERED


def test_what_failed_is_tried_again_later_with_the_same_body_and_a_fresh_signature() -> None:
    world = World(BAD)
    delivery = world.delivery(world.webhook())
    assert world.send(delivery.ref) == MINUTE
    world.at += MINUTE / 2
    assert world.send(delivery.ref) == MINUTE / 2
    world.at += MINUTE / 2
    assert world.send(delivery.ref) is None
    [(_, first, body), (_, second, same)] = world.receivers.posted
    assert body == same
    assert first["X-Signature"] != second["X-Signature"]


def test_a_receiver_that_stays_dead_is_asked_eight_times_in_a_day_for_one_event() -> None:
    world = World(*[BAD] * 100)
    delivery = world.delivery(world.webhook())
    world.send_until_over(delivery.ref)
    assert len(world.receivers.posted) == ATTEMPTS
    assert world.at - NOON < 2 * DAY
    assert world.deliveries.get(delivery.ref).status is DeliveryStatus.FAILED


def test_a_dead_receiver_is_not_hammered_however_many_events_there_are() -> None:
    world = World(*[BAD] * 1000)
    webhook = world.webhook()
    refs = [world.delivery(webhook, number).ref for number in range(50)]
    due = dict.fromkeys(refs, NOON)
    while due:
        ref = min(due, key=lambda one: due[one])
        world.at = max(world.at, due.pop(ref))
        if (wait := world.send(ref)) is not None:
            due[ref] = world.at + wait
    assert {world.deliveries.get(ref).status for ref in refs} == {DeliveryStatus.FAILED}
    # Three at once, then with pauses from a minute to an hour over the time that they may take.
    assert len(world.receivers.posted) < 60
    assert world.at - NOON <= 2 * DAY


def test_what_waits_for_a_dead_receiver_comes_when_it_is_well_again() -> None:
    world = World(*[BAD] * 3)
    webhook = world.webhook()
    refs = [world.delivery(webhook, number).ref for number in range(5)]
    for ref in refs:
        world.send(ref)
    assert len(world.receivers.posted) == 3
    world.at += timedelta(minutes=2)
    for ref in refs:
        world.send(ref)
    assert {world.deliveries.get(ref).status for ref in refs} == {DeliveryStatus.DELIVERED}
    assert world.webhooks.get(COMPANY, webhook.id).failures == 0


def test_a_receiver_that_was_dead_is_tried_by_one_delivery_alone() -> None:
    world = World(*[BAD] * 3)
    webhook = world.webhook()
    for number in range(3):
        world.send(world.delivery(webhook, number).ref)
    world.at += MINUTE
    waiting = world.delivery(webhook, 9).ref
    waits = []

    class Nosy(MemoryReceivers):
        def post(self, *told: Any) -> Outcome:
            waits.append(world.send(waiting))
            return super().post(*told)

    world.receivers = Nosy()
    world.send(world.delivery(webhook, 8).ref)
    [wait] = waits
    assert wait is not None
    assert len(world.receivers.posted) == 1


def test_a_delivery_is_tried_by_one_at_a_time() -> None:
    world = World()
    delivery = world.delivery(world.webhook())
    waits = []

    class Nosy(MemoryReceivers):
        def post(self, *told: Any) -> Outcome:
            waits.append(world.send(delivery.ref))
            return super().post(*told)

    world.receivers = Nosy()
    assert world.send(delivery.ref) is None
    assert waits[0] is not None
    assert len(world.receivers.posted) == 1


def test_an_attempt_that_died_counts_and_is_made_up() -> None:
    world = World()
    delivery = world.delivery(world.webhook())

    class Dying(MemoryReceivers):
        def post(self, *_: Any) -> Outcome:
            raise MemoryError

    world.receivers = Dying()
    with pytest.raises(MemoryError):
        world.send(delivery.ref)
    world.receivers = MemoryReceivers()
    wait = world.send(delivery.ref)
    assert wait is not None
    world.at += wait
    assert world.send(delivery.ref) is None
    assert world.deliveries.get(delivery.ref).attempts == 2


def test_two_who_begin_in_the_same_moment_send_once() -> None:
    world = World()
    delivery = world.delivery(world.webhook())

    class SomebodyIsQuicker(MemoryWebhookStore):
        """Between the look at the webhook and the attempt."""

        def find(self, company_id: str, webhook_id: str) -> Webhook | None:
            world.webhooks = kept
            assert world.send(delivery.ref) is None
            return kept.find(company_id, webhook_id)

    kept, world.webhooks = world.webhooks, SomebodyIsQuicker()
    assert world.send(delivery.ref) is not None
    assert len(world.receivers.posted) == 1


def test_what_is_on_its_way_to_a_webhook_that_is_gone_is_given_up() -> None:
    world = World()
    gone, disabled = world.webhook(), world.webhook(status=WebhookStatus.DISABLED)
    refs = [world.delivery(one).ref for one in (gone, disabled)]
    world.webhooks.remove(COMPANY, gone.id)
    assert [world.send(ref) for ref in refs] == [None, None]
    told = [world.deliveries.get(ref).error for ref in refs]
    assert told == ["the webhook was deleted", "the webhook is disabled"]
    assert world.receivers.posted == []


def test_a_delivery_that_is_not_kept_any_more_is_done() -> None:
    assert World().send(DeliveryRef(COMPANY, an_id(), an_id())) is None


def test_a_receiver_that_fails_for_a_day_is_disabled_and_says_why() -> None:
    world = World(*[BAD] * 10_000)
    webhook = world.webhook()
    for number in range(200):
        world.send(world.delivery(webhook, number).ref)
        world.at += timedelta(minutes=20)
    disabled = world.webhooks.get(COMPANY, webhook.id)
    assert disabled.status is WebhookStatus.DISABLED
    assert disabled.disabled_reason is not None
    assert disabled.disabled_reason.endswith("the last one: it answered 500")
    asked = len(world.receivers.posted)
    world.send(world.delivery(webhook, 999).ref)
    assert len(world.receivers.posted) == asked


def test_a_webhook_that_is_changed_while_it_is_called_keeps_the_change() -> None:
    world = World()
    webhook = world.webhook()

    class Nosy(MemoryReceivers):
        def post(self, *told: Any) -> Outcome:
            world.update(webhook, types=[EventType.RUN_ENDED])
            super().post(*told)
            return BAD

    world.receivers = Nosy()
    world.send(world.delivery(webhook).ref)
    kept = world.webhooks.get(COMPANY, webhook.id)
    assert (kept.types, kept.failures) == (frozenset({EventType.RUN_ENDED}), 1)


# ── replays ──────────────────────────────────────────────────────────────────


def test_a_replay_sends_the_same_body_again_signed_afresh() -> None:
    world = World()
    ref = world.delivery(world.webhook()).ref
    world.send(ref)
    world.at += DAY
    assert world.replay(ref).status is DeliveryStatus.PENDING
    assert world.queue.waiting == [ref]
    world.send(ref)
    [(_, first, body), (_, second, same)] = world.receivers.posted
    assert (body, first["X-Event-Id"]) == (same, second["X-Event-Id"])
    assert first["X-Signature"] != second["X-Signature"]


def test_a_replay_does_not_wait_for_a_receiver_that_was_failing() -> None:
    world = World(*[BAD] * 3)
    webhook = world.webhook()
    refs = [world.delivery(webhook, number).ref for number in range(3)]
    for ref in refs:
        world.send(ref)
    assert world.send(world.delivery(webhook, 9).ref) == MINUTE
    world.replay(refs[0])
    assert world.send(refs[0]) is None


def test_a_replay_that_fails_is_tried_again_like_any_delivery() -> None:
    world = World(BAD, BAD)
    ref = world.delivery(world.webhook()).ref
    world.send_until_over(ref)
    world.receivers.outcomes = [BAD, BAD]
    world.replay(ref)
    world.send_until_over(ref)
    delivery = world.deliveries.get(ref)
    assert (delivery.status, delivery.attempts, delivery.replays) == ("delivered", 3, 1)


def test_only_what_is_there_and_active_is_replayed() -> None:
    world = World()
    delivery = world.delivery(world.webhook(status=WebhookStatus.DISABLED))
    with pytest.raises(WebhookIsDisabled):
        world.replay(delivery.ref)
    with pytest.raises(WebhookNotFound):
        world.replay(replace(delivery.ref, webhook_id=an_id()))
    with pytest.raises(WebhookNotFound):
        world.replay(replace(delivery.ref, company_id=OTHER_COMPANY))
    with pytest.raises(WebhookDeliveryNotFound):
        world.replay(DeliveryRef(COMPANY, world.webhook().id, delivery.id))
    assert world.queue.waiting == []


# ── what may be set ──────────────────────────────────────────────────────────

URL = "https://hooks.example.com/x"


def test_a_secret_is_made_unless_it_is_given() -> None:
    world = World()
    for given, secret in ((SECRET, SECRET), (None, "whsec_" + "t" * 40)):
        webhook, shown = world.create(url=URL, secret=given)
        assert shown == secret
        assert world.secrets.open(webhook.secret, webhook.secret_context) == secret


@pytest.mark.parametrize(
    ("fields", "field", "kind"),
    [
        ({"url": "http://hooks.example.com/"}, "url", WebhookUrlInvalid),
        ({"url": "https://10.0.0.1/"}, "url", HostForbidden),
        ({"url": URL, "secret": "tooshort"}, "secret", FieldRefused),
        ({"url": URL, "secret": "********cdef"}, "secret", FieldRefused),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_kept(
    fields: Any, field: str, kind: Callable[..., Any]
) -> None:
    world = World()
    with pytest.raises(kind) as refused:  # type: ignore[call-overload]
        world.create(**fields)
    assert refused.value.field == field
    assert world.webhooks.list(COMPANY, after=None, limit=20) == []


def test_a_secret_does_not_follow_to_another_host() -> None:
    world = World()
    webhook, _ = world.create(url=URL)
    for url in ("https://other.example.com/x", "https://hooks.example.com:8443/x"):
        with pytest.raises(FieldRefused) as refused:
            world.update(webhook, url=url)
        assert refused.value.field == "secret"
        with pytest.raises(FieldRefused):
            world.update(webhook, url=url, secret=webhook.secret.masked)
    assert world.update(webhook, url="https://hooks.example.com/y").secret == webhook.secret
    moved = world.update(webhook, url="https://other.example.com/x", secret="f" * 20)
    assert world.secrets.open(moved.secret, moved.secret_context) == "f" * 20


def test_a_mask_sent_back_means_unchanged() -> None:
    world = World()
    webhook, _ = world.create(url=URL)
    assert world.update(webhook, secret=webhook.secret.masked).secret == webhook.secret
    with pytest.raises(FieldRefused):
        world.update(webhook, secret="********none")


@pytest.mark.parametrize("field", ["url", "secret", "status"])
def test_only_types_can_be_null(field: str) -> None:
    world = World()
    webhook, _ = world.create(url=URL, types=[EventType.RUN_ENDED])
    with pytest.raises(FieldRefused) as refused:
        world.update(webhook, **{field: None})
    assert refused.value.field == field
    assert world.update(webhook, types=None).types is None


def test_another_address_makes_a_failing_webhook_well() -> None:
    world = World(*[BAD] * 3)
    webhook, _ = world.create(url=URL)
    for number in range(3):
        world.send(world.delivery(webhook, number).ref)
    assert world.update(webhook, url=URL).failures == 3
    assert world.update(webhook, url=URL + "y").failures == 0


def test_what_was_sealed_for_nothing_opens_nothing() -> None:
    world = World()
    delivery = world.delivery(world.webhooks.add(a_webhook(secret=Sealed("elsewhere"))))
    with pytest.raises(KeyError):
        world.send(delivery.ref)
    assert world.receivers.posted == []
