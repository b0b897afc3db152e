from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender
from tests.integration.management.webhooks import URL, made, seen

UPDATE = "management/update_webhook"


def update(lender: Lender, webhook: Any, **fields: Any) -> Answer:
    return lender.call(UPDATE, ids={"webhookId": webhook["id"]}, body=fields)


def test_only_what_is_sent_changes(lender: Lender) -> None:
    webhook = made(lender, types=["RunEnded"])
    answer = update(lender, webhook, status="disabled")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["types"]) == ("disabled", ["RunEnded"])
    assert answer.body["updatedAt"] > webhook["updatedAt"]
    assert answer.body == seen(lender, webhook)
    assert update(lender, webhook, types=None, status="active").body["types"] is None


def test_the_sample_makes_a_disabled_webhook_well_again(lender: Lender) -> None:
    webhook = made(lender, types=["RunEnded"])
    update(lender, webhook, status="disabled")
    again = lender.call(UPDATE, ids={"webhookId": webhook["id"]}).body
    assert (again["status"], again["types"]) == ("active", None)


def test_a_new_secret_is_sealed_and_shown_masked(lender: Lender) -> None:
    webhook = made(lender)
    answer = update(lender, webhook, secret="correct horse battery")
    assert answer.body["secret"] == "********tery"
    kept = wiring.webhooks().get(lender.id, webhook["id"])
    assert wiring.secrets().open(kept.secret, kept.secret_context) == "correct horse battery"
    assert update(lender, webhook, secret="********tery").status == 200
    assert wiring.webhooks().get(lender.id, webhook["id"]).secret == kept.secret


def test_a_secret_does_not_follow_to_another_host(lender: Lender) -> None:
    webhook = made(lender)
    other = "https://other.example.com/"
    assert update(lender, webhook, url=other).fields == ["secret"]
    assert update(lender, webhook, url=f"{URL}/v2").status == 200
    assert update(lender, webhook, url=other, secret="s" * 16).body["url"] == other


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": None}, "url"),
        ({"url": "https://192.168.1.1/"}, "url"),
        ({"secret": None}, "secret"),
        ({"secret": "********none"}, "secret"),
        ({"status": None}, "status"),
        ({"status": "paused"}, "status"),
        ({"types": ["Nothing"]}, "types.0"),
        ({"disabledReason": "mine"}, "disabledReason"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    webhook = made(lender)
    assert field in update(lender, webhook, **fields).fields
    assert seen(lender, webhook)["updatedAt"] == webhook["updatedAt"]


def test_what_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    theirs = made(stranger)
    for id in (theirs["id"], str(uuid4()), "x"):
        assert update(lender, {"id": id}, status="disabled").status == 404
    assert seen(stranger, theirs)["status"] == "active"
