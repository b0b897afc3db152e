import json
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from campaigns.domain.webhook_delivery import (
    ATTEMPTS,
    DeliveryStatus,
    Outcome,
    Told,
    WebhookDelivery,
    delivery_of,
)
from tests.builders import NOON, a_delivery, a_webhook, an_event

BAD = Outcome(503)
DAY = timedelta(days=1)
HEARD = {
    "id": "the bus's own",
    "source": "campaigns",
    "detail-type": "RunEnded",
    "time": "2026-03-02T12:00:00Z",
    "detail": {"id": "e-1", "companyId": "c-1", "status": "completed", "note": "für Zoë"},
}


def tried(delivery: WebhookDelivery, *outcomes: Outcome) -> WebhookDelivery:
    """Each time as soon as it is due, and answered at once."""
    for outcome in outcomes:
        at = delivery.due_at
        delivery = delivery.begun(at).ended(at, outcome)
    return delivery


def test_what_is_sent_is_the_event_with_its_own_id() -> None:
    told = Told.of(HEARD)
    assert (told.id, told.type, told.company_id) == ("e-1", "RunEnded", "c-1")
    data = {"companyId": "c-1", "status": "completed", "note": "für Zoë"}
    at = "2026-03-02T12:00:00Z"
    assert json.loads(told.body) == {"id": "e-1", "type": "RunEnded", "at": at, "data": data}


def test_an_event_has_one_delivery_for_each_webhook() -> None:
    one, other = a_webhook(), a_webhook()
    first = delivery_of(an_event(1), one, NOON)
    assert delivery_of(an_event(1, at="2026-03-02T12:00:09Z"), one, NOON + DAY).id == first.id
    assert len({first.id, delivery_of(an_event(1), other, NOON).id, a_delivery(one, 2).id}) == 3


def test_it_is_tried_eight_times_within_a_day() -> None:
    delivery = tried(a_delivery(), *[BAD] * (ATTEMPTS - 1))
    assert delivery.status is DeliveryStatus.PENDING
    assert timedelta(hours=20) < delivery.due_at - NOON < DAY
    failed = tried(delivery, BAD)
    assert (failed.status, failed.attempts, failed.error) == ("failed", 8, "it answered 503")


def test_every_pause_is_longer_than_the_one_before_and_fits_into_a_queue() -> None:
    dues = [tried(a_delivery(), *[BAD] * n).due_at for n in range(ATTEMPTS)]
    pauses = [after - before for before, after in pairwise(dues)]
    assert pauses == sorted(pauses)
    assert max(pauses) < timedelta(hours=12)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_good_status_delivers(status: int) -> None:
    delivered = tried(a_delivery(), BAD, Outcome(status))
    assert (delivered.status, delivered.answered, delivered.error) == ("delivered", status, None)
    assert delivered.delivered_at == NOON + timedelta(minutes=1)


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 400, 404, 410, 500])
def test_any_other_status_does_not(status: int) -> None:
    again = tried(a_delivery(), Outcome(status))
    assert again.status is DeliveryStatus.PENDING
    assert again.error is not None
    assert str(status) in again.error
    assert ("redirects are not followed" in again.error) == (300 <= status < 400)


def test_what_could_not_be_tried_for_a_day_is_given_up_with_the_next_failure() -> None:
    late = a_delivery().begun(NOON + DAY).ended(NOON + DAY, Outcome(error="it was down"))
    assert (late.status, late.error) == (DeliveryStatus.FAILED, "it was down")


def test_while_somebody_tries_it_nobody_else_does() -> None:
    begun = a_delivery().begun(NOON)
    assert timedelta(minutes=1) < begun.wait_at(NOON) < timedelta(minutes=10)


def test_a_replay_begins_anew_with_the_same_body() -> None:
    failed = tried(a_delivery(), *[BAD] * ATTEMPTS)
    later = NOON + 3 * DAY
    again = failed.replayed(later)
    assert (again.status, again.attempts, again.replays) == (DeliveryStatus.PENDING, 0, 1)
    assert (again.body, again.id, again.wait_at(later)) == (failed.body, failed.id, timedelta())
    assert again.is_wanted_now
    assert not again.begun(later).is_wanted_now
    assert tried(again, *[BAD] * (ATTEMPTS - 1)).status is DeliveryStatus.PENDING


def test_a_long_reason_is_cut() -> None:
    kept = tried(a_delivery(), Outcome(error="x" * 5000)).error
    assert kept is not None
    assert len(kept) == 300


@given(some.lists(some.sampled_from([200, 302, 404, 500, None]), max_size=12))
def test_it_ends_with_the_first_good_answer_or_after_eight(statuses: list[int | None]) -> None:
    delivery, used = a_delivery(), 0
    for status in statuses:
        if delivery.is_over:
            break
        delivery, used = tried(delivery, Outcome(status, "" if status else "down")), used + 1
    good = 200 in statuses[:ATTEMPTS]
    assert (delivery.status is DeliveryStatus.DELIVERED) == good
    assert (delivery.status is DeliveryStatus.FAILED) == (not good and len(statuses) >= ATTEMPTS)
    assert used == delivery.attempts <= ATTEMPTS
