from uuid import uuid4

from tests.integration.lender import Lender
from tests.integration.management.webhooks import made

GET = "management/get_webhook"


def test_a_webhook_is_shown_with_its_secret_masked(lender: Lender) -> None:
    webhook = made(lender, secret="correct horse battery")
    answer = lender.call(GET, ids={"webhookId": webhook["id"]})
    assert answer.status == 200
    assert answer.body == {**webhook, "secret": "********tery"}


def test_what_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    for id in (made(stranger)["id"], str(uuid4()), "x", "x" * 3000):
        answer = lender.call(GET, ids={"webhookId": id})
        assert (answer.status, answer.body["type"]) == (404, "urn:campaigns:webhook_not_found")
