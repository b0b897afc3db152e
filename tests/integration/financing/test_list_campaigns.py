import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from tests.amounts import ODD
from tests.builders import some_terms
from tests.integration.events import request
from tests.integration.financing.shop import LIST, Shop, bearer, kept
from tests.integration.lender import Lender, invoke


@pytest.fixture
def shop(lender: Lender) -> Shop:
    return Shop.of(lender)


def test_an_offer_has_every_sum_of_the_contract(lender: Lender, shop: Shop) -> None:
    terms = some_terms(
        duration=24, payment_free_months=3, nominal_interest="9.9", administration_fee="19"
    )
    plan = kept(lender, terms, name="Våren ✓", is_hybrid=True)
    answer = shop.plans(creditAmount="12000")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == [
        {
            "campaignId": plan.number,
            "campaignName": "Våren ✓",
            "monthlyCost": 659.29,
            "nominalInterest": 9.9,
            "effectiveInterest": 13.23,
            "administrationFee": 19,
            "numberOfPayments": 21,
            "paymentFreeMonths": 3,
            "totalCost": 13845.19,
            "setupFee": 0,
            "duration": 24,
            "interestFreeMonths": 0,
            "isHybridCampaign": True,
            "creditCost": 1845.19,
            "calculationAmount": 12000,
        }
    ]


def test_numbers_are_json_numbers_written_as_the_decimals_they_are(
    lender: Lender, shop: Shop
) -> None:
    kept(lender, some_terms(duration=12, interest_free_months=12, setup_fee="295"))
    event = request(LIST, {"clientId": shop.client_id}, headers={"x-api-key": lender.key})
    text = invoke(LIST, event)["body"]
    assert '"monthlyCost":4583.33,' in text
    assert '"totalCost":55295.0,' in text
    assert '"calculationAmount":55000' in text
    assert all(isinstance(one, int | float | str | bool) for one in json.loads(text)[0].values())


def test_plans_come_by_duration_and_then_by_id(lender: Lender, shop: Shop) -> None:
    for number, duration in ((9, 6), (1, 36), (3, 12), (2, 12)):
        kept(lender, some_terms(duration=duration), number=number)
    assert [one["campaignId"] for one in shop.plans().body] == [9, 2, 3, 1]


def test_both_bounds_of_the_amount_are_included(lender: Lender, shop: Shop) -> None:
    kept(lender, min_amount=1000, max_amount=2000)
    found = {
        text: len(shop.plans(creditAmount=text).body)
        for text in ("999", "1000", "1000.0", "2000.00", "2001")
    }
    assert found == {"999": 0, "1000": 1, "1000.0": 1, "2000.00": 1, "2001": 0}


def test_without_an_amount_each_plan_is_computed_on_its_usual_one(
    lender: Lender, shop: Shop
) -> None:
    kept(lender, some_terms(duration=1), min_amount=500)
    kept(lender, some_terms(duration=2), min_amount=500, representative_amount=7000)
    assert [one["calculationAmount"] for one in shop.plans().body] == [500, 7000]


def test_without_plans_the_list_is_empty(shop: Shop, stranger: Lender) -> None:
    kept(stranger)
    assert shop.plans(creditAmount="55000").body == []
    assert shop.plans().body == []


@pytest.mark.parametrize("text", ODD)
def test_an_amount_that_cannot_be_is_400(shop: Shop, text: str) -> None:
    answer = shop.plans(creditAmount=text)
    assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
    assert answer.body == {
        "message": "The request is not valid.",
        "errors": {
            "creditAmount": ["must be whole currency units, more than 0, like 55000 or 55000.00"]
        },
    }


def test_an_amount_that_is_given_twice_is_400(lender: Lender, shop: Shop) -> None:
    event = request(LIST, {"clientId": shop.client_id}, headers={"x-api-key": lender.key})
    # As API Gateway hands it over: joined in one place, as it came in the other.
    event["rawQueryString"] = "creditAmount=5000&creditAmount=6000"
    event["queryStringParameters"] = {"creditAmount": "5000,6000"}
    answer = invoke(LIST, event)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["errors"] == {"creditAmount": ["must be given once"]}


def test_a_client_that_is_not_ours_is_400_in_one_and_the_same_words(
    lender: Lender, shop: Shop, stranger: Lender
) -> None:
    theirs, beside, gone = Shop.of(stranger), Shop.of(lender), Shop.of(lender)
    lender.call("management/revoke_financing_client", ids={"clientId": gone.client_id})
    by_key: dict[str, str | None] = {"x-api-key": lender.key}
    by_token = bearer(shop.token())
    asked: list[tuple[str, Any]] = [
        (id, headers)
        for id in (theirs.client_id, str(uuid4()), "x", "not a uuid", "%00", "-" * 36)
        for headers in (by_key, by_token)
    ]
    asked += [(gone.client_id, by_key), (gone.client_id, by_token), (beside.client_id, by_token)]
    for client_id, headers in asked:
        answer = lender.call(LIST, headers=headers, ids={"clientId": client_id})
        assert (answer.status, answer.body) == (
            400,
            {
                "message": "The request is not valid.",
                "errors": {"clientId": ["is no client that you may ask for"]},
            },
        ), client_id


def test_an_id_may_be_written_in_capitals(lender: Lender, shop: Shop) -> None:
    large = replace(shop, client_id=shop.client_id.upper())
    assert large.plans(shop.token()).status == 200


def test_an_api_key_may_ask_for_every_client_of_its_company(lender: Lender, shop: Shop) -> None:
    reader = lender.allowed("financing:read")
    for client_id in (shop.client_id, Shop.of(lender).client_id):
        answer = lender.call(LIST, headers=bearer(reader.key), ids={"clientId": client_id})
        assert answer.status == 200


def test_a_token_that_has_expired_is_401(
    lender: Lender, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, start = shop.token(), wiring.now()
    monkeypatch.setattr(wiring, "_clock", lambda: start + timedelta(seconds=3590))
    assert shop.plans(token).status == 200
    monkeypatch.setattr(wiring, "_clock", lambda: start + timedelta(seconds=3601))
    answer = shop.plans(token)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.body == {
        "message": "The token is missing, unknown or expired.",
        "errors": {},
    }


def test_a_token_ends_with_its_client_at_once(lender: Lender, shop: Shop) -> None:
    token = shop.token()
    assert shop.plans(token).status == 200
    lender.call("management/revoke_financing_client", ids={"clientId": shop.client_id})
    answer = shop.plans(token)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.body == {"message": "The client of this token has been revoked.", "errors": {}}


def test_a_token_is_good_for_nothing_else(lender: Lender, shop: Shop) -> None:
    token = bearer(shop.token())
    for function in ("management/list_plans", "borrower/list_campaigns", "borrower/start_run"):
        assert lender.call(function, headers=token).status in (403, 404), function


def test_neither_secrets_nor_tokens_are_logged(
    lender: Lender, shop: Shop, said: Callable[[], str]
) -> None:
    token = shop.token()
    shop.plans(token, creditAmount="1")
    shop.ask_token(client_secret="fs_wrong_and_secret")
    logged = said()
    assert "answered" in logged
    for secret in (token, shop.secret, "fs_wrong_and_secret"):
        assert secret not in logged


def test_a_store_that_fails_is_500_without_detail(
    lender: Lender, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shop.token()
    monkeypatch.setattr(wiring, "plans", lambda: None)
    answer = shop.plans(token)
    assert (answer.status, answer.body) == (
        500,
        {"message": "Something went wrong on our side.", "errors": {}},
    )
