from datetime import timedelta
from uuid import uuid4

import pytest

from campaigns import wiring
from tests.integration.conftest import Deployment
from tests.integration.lender import Lender
from tests.integration.management.webhooks import an_event, deliveries, made, sent
from tests.receiver import Receiver

LIST = "management/list_webhook_deliveries"


def test_a_delivery_says_what_was_sent_and_what_came_of_it(
    lender: Lender, deployed: Deployment
) -> None:
    with Receiver(503) as receiver:
        webhook = made(lender, url=receiver.url)
        event = an_event(lender)
        sent(deployed, lender, event)
        [delivery] = deliveries(lender, webhook)
        assert delivery == {
            "id": delivery["id"],
            "eventId": event["detail"]["id"],
            "eventType": "RunEnded",
            "status": "pending",
            "attempts": 1,
            "replays": 0,
            "httpStatus": 503,
            "error": "it answered 503",
            "createdAt": delivery["createdAt"],
            "deliveredAt": None,
            "nextAttemptAt": delivery["nextAttemptAt"],
            "body": receiver.received[0].body.decode(),
        }
        assert delivery["nextAttemptAt"] > delivery["createdAt"]
    assert webhook["secret"] not in str(delivery)


def test_deliveries_are_listed_newest_first_of_one_status_or_all(
    lender: Lender, deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = wiring.now()
    with Receiver(200, 500, 200) as receiver:
        webhook = made(lender, url=receiver.url)
        for second in range(3):
            at = noon + timedelta(seconds=second)
            monkeypatch.setattr(wiring, "_clock", lambda at=at: at)
            sent(deployed, lender, an_event(lender))
    every = deliveries(lender, webhook)
    assert [one["status"] for one in every] == ["delivered", "pending", "delivered"]
    assert every == sorted(every, key=lambda one: one["createdAt"], reverse=True)
    assert deliveries(lender, webhook, status="pending") == [every[1]]
    assert deliveries(lender, webhook, status="failed") == []
    ids = {"webhookId": webhook["id"]}
    first = lender.call(LIST, ids=ids, query={"limit": 2}).body
    token = {"limit": 2, "nextToken": first["nextToken"]}
    rest = lender.call(LIST, ids=ids, query=token).body
    assert first["items"] + rest["items"] == every
    assert rest["nextToken"] is None


def test_a_status_that_cannot_be_is_400(lender: Lender) -> None:
    ids = {"webhookId": made(lender)["id"]}
    assert lender.call(LIST, ids=ids, query={"status": "lost"}).fields == ["status"]
    assert lender.call(LIST, ids=ids, query={"limit": 101}).fields == ["limit"]


def test_of_what_is_not_there_or_not_ours_it_is_404(lender: Lender, stranger: Lender) -> None:
    for id in (made(stranger)["id"], str(uuid4()), "x"):
        assert lender.call(LIST, ids={"webhookId": id}).status == 404
