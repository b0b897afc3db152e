from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest

from campaigns import wiring
from campaigns.usecases.create_plan import create_plan
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender

CREATE = "management/create_plan"
MANY = 20


def create(lender: Lender, **but: Any) -> Answer:
    """The sample with some fields changed; one that is ... is left out."""
    body = {**sample_body(CREATE), **but}
    return lender.call(CREATE, body={k: v for k, v in body.items() if v is not ...})


def test_the_sample_is_created_with_the_first_number(lender: Lender) -> None:
    answer = lender.call(CREATE)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == {
        "id": answer.body["id"],
        "campaignId": 1,
        "campaignName": "Pay over 24 months",
        "currency": "SEK",
        "minAmount": 1000,
        "maxAmount": 100000,
        "representativeAmount": 10000,
        "duration": 24,
        "numberOfPayments": 24,
        "paymentFreeMonths": 0,
        "interestFreeMonths": 0,
        "nominalInterest": "8.9",
        "administrationFee": "29",
        "setupFee": "0",
        "isHybridCampaign": False,
        "createdAt": answer.body["createdAt"],
        "updatedAt": answer.body["createdAt"],
        "endedAt": None,
        "version": 0,
    }
    found = lender.call("management/get_plan", ids={"planId": answer.body["id"]})
    assert found.body == answer.body


def test_every_field_is_kept(lender: Lender) -> None:
    fields = {
        "currency": "KWD",
        "paymentFreeMonths": 3,
        "interestFreeMonths": 6,
        "nominalInterest": 0,
        "administrationFee": "1.005",
        "setupFee": 29.5,
        "isHybridCampaign": True,
        "representativeAmount": None,
    }
    answer = create(lender, **fields)
    shown = {"nominalInterest": "0", "setupFee": "29.5"}
    assert answer.body == answer.body | fields | shown | {"numberOfPayments": 21}


def test_numbers_count_up_and_what_is_refused_takes_none(lender: Lender, stranger: Lender) -> None:
    assert create(lender).body["campaignId"] == 1
    assert create(lender, duration=0).status == 400
    assert create(lender, currency="XXX").status == 400
    assert create(stranger).body["campaignId"] == 1
    assert create(lender).body["campaignId"] == 2


def test_plans_that_are_made_at_once_have_numbers_of_their_own(lender: Lender) -> None:
    """In the store itself: one function takes one request after the other."""
    together = Barrier(MANY)
    fields = {
        "name": "x",
        "currency": "SEK",
        "duration": 12,
        "nominal_interest": Decimal(5),
        "min_amount": 1,
        "max_amount": 2,
    }

    def make(_: int) -> int:
        together.wait()
        plans, new_id, now = wiring.plans(), wiring.new_id, wiring.now
        return create_plan(lender.id, fields, plans=plans, new_id=new_id, now=now).number

    with ThreadPoolExecutor(MANY) as pool:
        assert sorted(pool.map(make, range(MANY))) == list(range(1, MANY + 1))


REQUIRED = ("campaignName", "currency", "minAmount", "maxAmount", "duration", "nominalInterest")


@pytest.mark.parametrize("field", REQUIRED)
@pytest.mark.parametrize("value", [None, ...], ids=["null", "absent"])
def test_what_a_plan_cannot_be_without_is_400(field: str, value: Any, lender: Lender) -> None:
    answer = create(lender, **{field: value})
    assert answer.fields == [field]
    assert answer.body["detail"] == "is required"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"shoeSize": 44}, "shoeSize"),
        ({"campaignId": 5}, "campaignId"),
        ({"version": 0}, "version"),
        ({"campaignName": ""}, "campaignName"),
        ({"campaignName": "x" * 201}, "campaignName"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "sek"}, "currency"),
        ({"minAmount": 0}, "minAmount"),
        ({"minAmount": 999.5}, "minAmount"),
        ({"minAmount": "1000"}, "minAmount"),
        ({"minAmount": True}, "minAmount"),
        ({"minAmount": 100001}, "minAmount"),
        ({"maxAmount": 10**11}, "maxAmount"),
        ({"representativeAmount": 999}, "representativeAmount"),
        ({"representativeAmount": 100001}, "representativeAmount"),
        ({"duration": 0}, "duration"),
        ({"duration": 481}, "duration"),
        ({"duration": 12.5}, "duration"),
        ({"paymentFreeMonths": 24}, "paymentFreeMonths"),
        ({"paymentFreeMonths": -1}, "paymentFreeMonths"),
        ({"interestFreeMonths": 25}, "interestFreeMonths"),
        ({"nominalInterest": -0.1}, "nominalInterest"),
        ({"nominalInterest": 100.1}, "nominalInterest"),
        ({"nominalInterest": "8.12345"}, "nominalInterest"),
        ({"nominalInterest": "NaN"}, "nominalInterest"),
        ({"nominalInterest": "Infinity"}, "nominalInterest"),
        ({"nominalInterest": "1e-9999"}, "nominalInterest"),
        ({"nominalInterest": "much"}, "nominalInterest"),
        ({"administrationFee": "-1"}, "administrationFee"),
        ({"administrationFee": "29.005"}, "administrationFee"),
        ({"administrationFee": "1e9999"}, "administrationFee"),
        ({"currency": "JPY", "setupFee": 0.5}, "setupFee"),
        ({"setupFee": "100000000000"}, "setupFee"),
        ({"isHybridCampaign": "perhaps"}, "isHybridCampaign"),
        ({"isHybridCampaign": 1}, "isHybridCampaign"),
        (
            {"duration": 480, "paymentFreeMonths": 479, "nominalInterest": 100},
            "maxAmount",
        ),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    answer = create(lender, **fields)
    assert answer.fields == [field]
    assert answer.headers["content-type"] == "application/problem+json"
    assert lender.call("management/list_plans").body["items"] == []
