from typing import Any
from uuid import uuid4

from tests.integration.conftest import Deployment
from tests.integration.lender import Answer, Lender
from tests.integration.management.webhooks import (
    an_event,
    deliveries,
    made,
    not_done,
    queued,
    sent,
)
from tests.receiver import Receiver


def replay(lender: Lender, webhook: Any, delivery: Any) -> Answer:
    ids = {"webhookId": webhook["id"], "deliveryId": delivery["id"]}
    return lender.call("management/replay_webhook_delivery", ids=ids)


def test_a_replay_sends_the_same_body_again(lender: Lender, deployed: Deployment) -> None:
    with Receiver() as receiver:
        webhook = made(lender, url=receiver.url)
        sent(deployed, lender, an_event(lender))
        [delivery] = deliveries(lender, webhook)
        answer = replay(lender, webhook, delivery)
        assert (answer.status, answer.body["status"]) == (200, "pending")
        assert (answer.body["replays"], answer.body["attempts"]) == (1, 0)
        assert not_done("management/send_webhooks", *queued(deployed, lender)) == []
        first, second = receiver.received
    assert first.body == second.body
    assert second.is_signed_with(webhook["secret"])
    [after] = deliveries(lender, webhook)
    assert (after["status"], after["replays"], after["id"]) == ("delivered", 1, delivery["id"])


def test_to_a_disabled_webhook_nothing_is_sent_again(lender: Lender, deployed: Deployment) -> None:
    webhook = made(lender)
    not_done("management/address_events", an_event(lender))
    ids = {"webhookId": webhook["id"]}
    lender.call("management/update_webhook", ids=ids, body={"status": "disabled"})
    queued(deployed, lender)
    answer = replay(lender, webhook, deliveries(lender, webhook)[0])
    assert (answer.status, answer.body["type"]) == (409, "urn:campaigns:webhook_disabled")
    assert queued(deployed, lender) == []


def test_what_is_not_there_or_not_ours_is_404(
    lender: Lender, stranger: Lender, deployed: Deployment
) -> None:
    mine, theirs = made(lender), made(stranger)
    not_done("management/address_events", an_event(stranger))
    [delivery] = deliveries(stranger, theirs)
    for webhook, id in (
        (theirs, delivery["id"]),
        (mine, delivery["id"]),
        (mine, str(uuid4())),
        (mine, "x"),
    ):
        assert replay(lender, webhook, {"id": id}).status == 404
    assert deliveries(stranger, theirs)[0]["replays"] == 0
