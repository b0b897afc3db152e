from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.usecases.update_plan import update_plan
from tests.builders import some_terms
from tests.integration.financing.shop import kept
from tests.integration.lender import Answer, Lender

UPDATE = "management/update_plan"
MANY = 12


@pytest.fixture
def plan(lender: Lender) -> Any:
    return lender.call("management/create_plan").body


def change(lender: Lender, plan: Any, **fields: Any) -> Answer:
    return lender.call(UPDATE, ids={"planId": plan["id"]}, body=fields)


def seen(lender: Lender, plan: Any) -> Any:
    return lender.call("management/get_plan", ids={"planId": plan["id"]}).body


def test_the_sample_changes_only_what_it_sends(lender: Lender, plan: Any) -> None:
    answer = lender.call(UPDATE, ids={"planId": plan["id"]})
    assert answer.status == 200
    assert answer.body == plan | {
        "campaignName": "Pay over 24 months, spring",
        "setupFee": "295",
        "updatedAt": answer.body["updatedAt"],
        "version": 1,
    }
    assert seen(lender, plan) == answer.body


@pytest.mark.parametrize(
    ("field", "set_to"),
    [
        ("representativeAmount", 20000),
        ("paymentFreeMonths", 3),
        ("interestFreeMonths", 3),
        ("administrationFee", "19.50"),
        ("setupFee", "100"),
        ("isHybridCampaign", True),
    ],
)
def test_null_takes_back_what_was_set(field: str, set_to: Any, lender: Lender, plan: Any) -> None:
    assert change(lender, plan, **{field: set_to}).body[field] == set_to
    cleared = change(lender, plan, **{field: None}).body[field]
    assert cleared in (None, 0, "0", False)


def test_a_rule_that_spans_two_fields_sees_what_was_there(lender: Lender, plan: Any) -> None:
    assert change(lender, plan, minAmount=100001).fields == ["minAmount"]
    assert change(lender, plan, minAmount=200000, maxAmount=300000).fields == [
        "representativeAmount"
    ]
    moved = {"minAmount": 200000, "maxAmount": 300000, "representativeAmount": 250000}
    assert change(lender, plan, **moved).status == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"duration": None}, "duration"),
        ({"campaignName": None}, "campaignName"),
        ({"nominalInterest": None}, "nominalInterest"),
        ({"duration": 481}, "duration"),
        ({"currency": "JPY", "administrationFee": "29.5"}, "administrationFee"),
        ({"id": "x"}, "id"),
        ({"campaignId": 2}, "campaignId"),
        ({"endedAt": None}, "endedAt"),
        ({"version": "1"}, "version"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_nothing_is_changed(
    fields: Any, field: str, lender: Lender, plan: Any
) -> None:
    assert change(lender, plan, **{"campaignName": "Other", **fields}).fields == [field]
    assert seen(lender, plan) == plan


def test_who_names_the_version_it_read_overwrites_nobody(lender: Lender, plan: Any) -> None:
    first = change(lender, plan, campaignName="first", version=plan["version"])
    assert (first.status, first.body["version"]) == (200, 1)
    second = change(lender, plan, campaignName="second", version=plan["version"])
    assert second.status == 409
    assert "was changed by another request" in second.body["detail"]
    assert seen(lender, plan) == first.body


def test_of_changes_at_the_same_moment_none_is_lost(lender: Lender) -> None:
    """Each adds a month to the plan that it read; who is told to try again does so."""
    id = kept(lender, some_terms(duration=1)).id
    together = Barrier(MANY)

    def prolong(_: int) -> None:
        together.wait()
        while True:
            read = wiring.plans().get(lender.id, id)
            longer = {"duration": read.terms.duration + 1}
            try:
                update_plan(read, longer, None, plans=wiring.plans(), now=wiring.now)
                return
            except ChangedMeanwhile:
                continue

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(prolong, range(MANY)))
    after = wiring.plans().get(lender.id, id)
    assert (after.terms.duration, after.version) == (1 + MANY, MANY)


def test_a_plan_that_has_ended_is_changed_no_more(lender: Lender, plan: Any) -> None:
    ended = lender.call("management/end_plan", ids={"planId": plan["id"]}).body
    answer = change(lender, plan, campaignName="Other")
    assert (answer.status, answer.body["detail"]) == (
        409,
        "the plan has ended and can be changed no more",
    )
    assert seen(lender, plan) == ended
