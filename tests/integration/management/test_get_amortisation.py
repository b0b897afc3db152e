import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from campaigns.domain.plan import Plan
from tests.amounts import ODD
from tests.builders import some_terms
from tests.integration.financing.shop import kept
from tests.integration.lender import Answer, Lender

GET = "management/get_amortisation"


@pytest.fixture
def plan(lender: Lender) -> Plan:
    terms = some_terms(
        duration=5,
        payment_free_months=2,
        interest_free_months=1,
        nominal_interest="12",
        administration_fee="19",
        setup_fee="5",
    )
    return kept(lender, terms, representative_amount=12000)


def get(lender: Lender, plan: Plan, accept: str | None = None, **query: Any) -> Answer:
    return lender.call(GET, ids={"planId": plan.id}, query=query, headers={"accept": accept})


def test_every_month_is_shown_with_what_it_comes_to(lender: Lender, plan: Plan) -> None:
    answer = get(lender, plan, creditAmount="12000.00")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    months = answer.body.pop("months")
    assert answer.body == {
        "planId": plan.id,
        "currency": "SEK",
        "creditAmount": 12000,
        "monthlyCost": "4140.07",
        "totalCost": "12425.20",
        "creditCost": "425.20",
        "effectiveInterest": "11.02",
        "usAnnualPercentageRate": "10.50",
    }
    assert months[2] == {
        "month": 3,
        "payment": "4145.07",
        "interest": "121.20",
        "principal": "3999.87",
        "fees": "24.00",
        "balance": "8120.13",
    }
    assert [one["balance"] for one in months] == [
        "12000.00",
        "12120.00",
        "8120.13",
        "4080.26",
        "0.00",
    ]


def test_without_an_amount_it_is_the_usual_one(lender: Lender, plan: Plan) -> None:
    assert get(lender, plan).body == get(lender, plan, creditAmount="12000").body


@pytest.mark.parametrize(
    ("accept", "query"),
    [
        (None, {"format": "csv"}),
        ("application/json", {"format": "csv"}),
        ("text/csv", {}),
        ("Text/CSV; q=0.9, */*", {}),
    ],
    ids=str,
)
def test_as_csv_it_says_the_same(
    lender: Lender, plan: Plan, accept: str | None, query: Any
) -> None:
    answer = get(lender, plan, accept, creditAmount="12000", **query)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    named = f'attachment; filename="plan-{plan.number}-12000.csv"'
    assert answer.headers["content-disposition"] == named
    rows = list(csv.DictReader(io.StringIO(answer.body)))
    told = get(lender, plan, creditAmount="12000").body["months"]
    assert rows == [{name: str(one) for name, one in month.items()} for month in told]
    assert sum(Decimal(row["principal"]) for row in rows) == 12000


@pytest.mark.parametrize("accept", [None, "*/*", "application/json, text/csv", "text/html"])
def test_else_it_is_json(lender: Lender, plan: Plan, accept: str | None) -> None:
    assert get(lender, plan, accept).headers["content-type"] == "application/json"
    told = get(lender, plan, "text/csv", format="json")
    assert told.headers["content-type"] == "application/json"


@pytest.mark.parametrize("text", [*ODD, "999", "100001"])
def test_an_amount_that_the_plan_cannot_have_is_400(lender: Lender, plan: Plan, text: str) -> None:
    for function in (GET, "management/draw_plan"):
        query = {"creditAmount": text}
        answer = lender.call(function, ids={"planId": plan.id}, query=query)
        assert answer.fields == ["creditAmount"]


def test_an_unknown_format_is_400(lender: Lender, plan: Plan) -> None:
    assert get(lender, plan, format="xml").fields == ["format"]


def test_the_longest_plan_is_shown_whole(lender: Lender) -> None:
    plan = kept(lender, some_terms(duration=480, nominal_interest="100"), max_amount=10_000_000)
    months = get(lender, plan, creditAmount="10000000").body["months"]
    assert (len(months), months[-1]["balance"]) == (480, "0.00")
