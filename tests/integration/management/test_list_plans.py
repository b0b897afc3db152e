from typing import Any

import pytest

from campaigns import wiring
from tests.integration.financing.shop import kept
from tests.integration.lender import Answer, Lender

LIST = "management/list_plans"


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.body["items"]]


def test_a_company_without_plans_has_an_empty_list(lender: Lender, stranger: Lender) -> None:
    kept(stranger)
    assert lender.call(LIST).body == {"items": [], "nextToken": None}


def test_pages_lead_through_all_plans_newest_first(lender: Lender) -> None:
    newest_first = [plan.id for plan in [kept(lender) for _ in range(5)][::-1]]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        answer = lender.call(LIST, query=query)
        seen += ids(answer)
        if answer.body["nextToken"] is None:
            break
        query["nextToken"] = answer.body["nextToken"]
    assert seen == newest_first
    assert len(ids(lender.call(LIST, query={"limit": 5}))) == 5


def test_what_is_listed_is_what_one_shows(lender: Lender) -> None:
    plan = kept(lender)
    [shown] = lender.call(LIST).body["items"]
    assert shown == lender.call("management/get_plan", ids={"planId": plan.id}).body


def test_plans_that_have_ended_are_left_out_unless_asked_for(lender: Lender) -> None:
    here, gone = kept(lender), kept(lender)
    wiring.plans().move(gone.ended(wiring.now()))
    assert ids(lender.call(LIST)) == [here.id]
    assert ids(lender.call(LIST, query={"includeEnded": "true"})) == [gone.id, here.id]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "all"}, "limit"),
        ({"nextToken": "x"}, "nextToken"),
        ({"nextToken": "x" * 200}, "nextToken"),
        ({"includeEnded": "perhaps"}, "includeEnded"),
    ],
)
def test_a_parameter_that_cannot_be_is_400(query: Any, field: str, lender: Lender) -> None:
    assert lender.call(LIST, query=query).fields == [field]
