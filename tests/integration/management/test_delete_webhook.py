from uuid import uuid4

from campaigns.domain.webhook import MOST_WEBHOOKS
from tests.integration.conftest import Deployment
from tests.integration.lender import Lender
from tests.integration.management.webhooks import an_event, kept, made, not_done, queued

DELETE = "management/delete_webhook"


def test_a_deleted_webhook_is_gone_and_told_nothing_more(
    lender: Lender, deployed: Deployment
) -> None:
    webhook = made(lender)
    not_done("management/address_events", an_event(lender))
    [on_its_way] = queued(deployed, lender)
    ids = {"webhookId": webhook["id"]}
    assert lender.call(DELETE, ids=ids).body["id"] == webhook["id"]
    for function in ("get_webhook", "list_webhook_deliveries", "update_webhook", "delete_webhook"):
        assert lender.call(f"management/{function}", ids=ids).status == 404
    assert not_done("management/send_webhooks", on_its_way) == []
    assert kept(on_its_way).error == "the webhook was deleted"
    not_done("management/address_events", an_event(lender))
    assert queued(deployed, lender) == []


def test_a_deleted_webhook_makes_room_for_another(lender: Lender) -> None:
    ids = [made(lender)["id"] for _ in range(MOST_WEBHOOKS)]
    assert lender.call(DELETE, ids={"webhookId": ids[0]}).status == 200
    assert lender.call(DELETE, ids={"webhookId": ids[0]}).status == 404
    assert lender.call("management/create_webhook").status == 200
    assert lender.call("management/create_webhook").status == 409


def test_what_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    theirs = made(stranger)["id"]
    for id in (theirs, str(uuid4()), "x"):
        assert lender.call(DELETE, ids={"webhookId": id}).status == 404
    assert stranger.call("management/get_webhook", ids={"webhookId": theirs}).status == 200
