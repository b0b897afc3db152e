import socket
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from campaigns import wiring
from campaigns.adapters.outbound import Outbound
from campaigns.adapters.receivers import HttpReceivers
from campaigns.domain.webhook_delivery import Outcome
from tests.integration.conftest import Deployment
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke
from tests.integration.management.webhooks import (
    an_event,
    batch,
    deliveries,
    kept,
    made,
    not_done,
    queued,
    sent,
)
from tests.receiver import Receiver

SEND = "management/send_webhooks"


def addressed(deployed: Deployment, lender: Lender, *events: Any) -> list[dict[str, str]]:
    not_done("management/address_events", *events)
    return queued(deployed, lender)


def test_the_sample_is_about_a_delivery_that_does_not_exist(deployed: Deployment) -> None:
    assert invoke(SEND, sample(SEND)) == {"batchItemFailures": []}


def test_an_event_arrives_whole_and_signed(lender: Lender, deployed: Deployment) -> None:
    with Receiver() as receiver:
        webhook = made(lender, url=receiver.url)
        event = an_event(lender)
        sent(deployed, lender, event)
        [received] = receiver.received
    assert received.path == "/events?from=campaigns"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["x-event-id"] == event["detail"]["id"]
    assert received.headers["x-event-type"] == "RunEnded"
    assert received.headers["host"] in receiver.url
    assert received.is_signed_with(webhook["secret"])
    assert not received.is_signed_with("another secret of somebody")
    assert abs(received.signed_at - wiring.now().timestamp()) < 60
    assert received.json == {
        "id": event["detail"]["id"],
        "type": "RunEnded",
        "at": event["time"],
        "data": {"companyId": lender.id, "status": "completed"},
    }


def test_the_outcomes_of_a_batch_are_told_apart(lender: Lender, deployed: Deployment) -> None:
    with Receiver() as well, Receiver(*[500] * 9) as ill:
        made(lender, url=well.url)
        made(lender, url=ill.url)
        refs = addressed(deployed, lender, an_event(lender), an_event(lender))
        failed = {refs[place]["delivery_id"] for place in not_done(SEND, *refs)}
    pending = {ref["delivery_id"] for ref in refs if kept(ref).status == "pending"}
    assert failed == pending
    assert (len(pending), len(well.received), len(ill.received)) == (2, 2, 2)


def test_what_failed_is_not_tried_before_its_time(
    lender: Lender, deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(500) as receiver:
        made(lender, url=receiver.url)
        [ref] = addressed(deployed, lender, an_event(lender))
        assert not_done(SEND, ref) == [0]
        assert not_done(SEND, ref) == [0]
        assert len(receiver.received) == 1
        later = wiring.now() + timedelta(minutes=2)
        monkeypatch.setattr(wiring, "_clock", lambda: later)
        assert not_done(SEND, ref) == []
        assert not_done(SEND, ref) == []
        assert len(receiver.received) == 2


def test_a_receiver_that_is_down_is_told_as_what_it_is(
    lender: Lender, deployed: Deployment, said: Callable[[], str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    webhook = made(lender, url=f"http://127.0.0.1:{port}/?token=of-a-client")
    sent(deployed, lender, an_event(lender))
    [delivery] = deliveries(lender, webhook)
    assert delivery["error"] == "the connection failed (Connection refused)"
    assert delivery["httpStatus"] is None
    logged = said()
    assert delivery["id"] in logged
    assert "of-a-client" not in logged
    assert webhook["secret"] not in logged


def test_a_host_that_is_forbidden_by_now_is_not_called(
    lender: Lender, deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as receiver:
        webhook = made(lender, url=receiver.url)
        refs = addressed(deployed, lender, an_event(lender))
        strict = HttpReceivers(connect=Outbound().connect, allow_http=True)
        monkeypatch.setattr(wiring, "webhook_receivers", lambda: strict)
        not_done(SEND, *refs)
        assert receiver.received == []
    assert "a loopback address" in deliveries(lender, webhook)[0]["error"]


def test_a_slow_receiver_keeps_none_of_the_others(
    lender: Lender, deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Barrier(8)

    class Slow:
        def post(self, *_: Any) -> Outcome:
            """Comes to an end only while all the others are at work, too."""
            together.wait(timeout=30)
            return Outcome(200)

    monkeypatch.setattr(wiring, "webhook_receivers", Slow)
    made(lender)
    refs = addressed(deployed, lender, *(an_event(lender) for _ in range(8)))
    assert not_done(SEND, *refs) == []
    assert {kept(ref).status for ref in refs} == {"delivered"}


def test_one_that_breaks_is_logged_and_comes_again(
    lender: Lender, deployed: Deployment, said: Callable[[], str]
) -> None:
    with Receiver() as receiver:
        made(lender, url=receiver.url)
        [ref] = addressed(deployed, lender, an_event(lender))
        assert invoke(SEND, batch({"no": "delivery"}, ref)) == {
            "batchItemFailures": [{"itemIdentifier": "0"}]
        }
        assert len(receiver.received) == 1
    assert "a message failed" in said()
