from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from tests.integration.financing.shop import Shop
from tests.integration.lender import Answer, Lender

ROTATE = "management/rotate_financing_secret"


@pytest.fixture
def shop(lender: Lender) -> Shop:
    return Shop.of(lender)


def rotate(shop: Shop, body: Any) -> Answer:
    return shop.lender.call(ROTATE, ids={"clientId": shop.client_id}, body=body)


def rotated(shop: Shop, body: Any) -> Shop:
    answer = rotate(shop, body)
    assert answer.status == 200, answer.body
    return replace(shop, secret=answer.body["clientSecret"])


def test_the_secret_before_may_end_at_once(shop: Shop) -> None:
    after = rotated(shop, {"overlapSeconds": 0})
    assert after.ask_token().status == 200
    assert shop.ask_token().status == 401


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 86_400), ("{}", 86_400), ('{"overlapSeconds": 60}', 60)]
)
def test_the_secret_before_stays_good_for_a_while(
    shop: Shop, text: str, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = shop.lender.call(ROTATE, ids={"clientId": shop.client_id}, text=text)
    assert answer.body["formerSecretUntil"] is not None
    after = replace(shop, secret=answer.body["clientSecret"])
    assert (shop.ask_token().status, after.ask_token().status) == (200, 200)
    later = wiring.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(wiring, "_clock", lambda: later)
    assert (shop.ask_token().status, after.ask_token().status) == (401, 200)


def test_tokens_that_are_out_stay_good(shop: Shop) -> None:
    token = shop.token()
    rotated(shop, {})
    assert shop.plans(token).status == 200


def test_a_client_that_is_not_there_not_ours_or_revoked_is_404(
    lender: Lender, stranger: Lender
) -> None:
    theirs, gone = Shop.of(stranger), Shop.of(lender)
    lender.call("management/revoke_financing_client", ids={"clientId": gone.client_id})
    for id in (theirs.client_id, gone.client_id, str(uuid4()), "x"):
        answer = lender.call(ROTATE, ids={"clientId": id})
        assert answer.status == 404
        assert answer.body["detail"] == f"financing client {id} does not exist"
    assert theirs.ask_token().status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"overlapSeconds": -1}, "overlapSeconds"),
        ({"overlapSeconds": 2592001}, "overlapSeconds"),
        ({"overlapSeconds": "soon"}, "overlapSeconds"),
        ({"clientSecret": "mine"}, "clientSecret"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_the_secret_stays(
    body: Any, field: str, shop: Shop
) -> None:
    assert rotate(shop, body).fields == [field]
    assert shop.ask_token().status == 200
