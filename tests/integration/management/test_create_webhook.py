from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.webhook import MOST_WEBHOOKS
from tests.integration.lender import Lender
from tests.integration.management.webhooks import create, made


def test_the_sample_answers_a_webhook_with_the_secret_that_was_made(lender: Lender) -> None:
    answer = lender.call("management/create_webhook")
    webhook = answer.body
    assert answer.status == 200
    assert webhook == {
        "id": webhook["id"],
        "url": "https://hooks.example.com/campaigns",
        "types": ["RunEnded"],
        "secret": webhook["secret"],
        "status": "active",
        "disabledReason": None,
        "failures": 0,
        "failingSince": None,
        "createdAt": webhook["createdAt"],
        "updatedAt": webhook["createdAt"],
    }
    assert webhook["secret"].startswith("whsec_")
    assert len(webhook["secret"]) > 40


def test_a_secret_is_kept_sealed_for_its_place(lender: Lender) -> None:
    webhook = made(lender, secret="correct horse battery")
    assert webhook["secret"] == "correct horse battery"
    kept = wiring.webhooks().get(lender.id, webhook["id"])
    assert "horse" not in repr(kept) + kept.secret.ciphertext
    assert wiring.secrets().open(kept.secret, kept.secret_context) == "correct horse battery"


def test_all_types_unless_some_are_named(lender: Lender) -> None:
    assert made(lender)["types"] is None
    named = made(lender, types=["RunEnded", "FlightCheckFailed", "RunEnded"])["types"]
    assert named == ["FlightCheckFailed", "RunEnded"]


def test_one_more_than_a_company_may_have_is_409(lender: Lender, stranger: Lender) -> None:
    for _ in range(MOST_WEBHOOKS):
        made(lender)
    answer = create(lender)
    assert (answer.status, answer.body["type"]) == (409, "urn:campaigns:too_many_webhooks")
    assert create(stranger).status == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": None}, "url"),
        ({"url": ""}, "url"),
        ({"url": "hooks.example.com"}, "url"),
        ({"url": "ftp://hooks.example.com/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://10.1.2.3/"}, "url"),
        ({"url": "https://me:pw@hooks.example.com/"}, "url"),
        ({"url": "https://hooks.example.com/" + "x" * 2048}, "url"),
        ({"types": []}, "types"),
        ({"types": ["RunBegan"]}, "types.0"),
        ({"secret": ""}, "secret"),
        ({"secret": "tooshort"}, "secret"),
        ({"secret": "s" * 4097}, "secret"),
        ({"secret": "********1234"}, "secret"),
        ({"status": "active"}, "status"),
        ({"name": "mine"}, "name"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    assert field in create(lender, **fields).fields
    assert wiring.webhooks().list(lender.id, after=None, limit=5) == []


def test_plain_http_is_for_deployments_that_allow_it(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert create(lender, url="http://hooks.example.com/").status == 200
    monkeypatch.setattr(wiring, "allow_http", lambda: False)
    answer = create(lender, url="http://hooks.example.com/")
    assert answer.fields == ["url"]
    assert "plain http is not allowed" in answer.body["detail"]
