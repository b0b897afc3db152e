from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.currency import UnknownCurrency
from campaigns.domain.plan import AmountOutOfRange, BadAmount, PlanRefused, read_amount
from tests.amounts import ODD
from tests.builders import a_plan, some_terms


@pytest.mark.parametrize("text", ["55000", "55000.0", "55000.00", "055000", "55000.0000000"])
def test_an_amount_is_whole_units_written_as_a_double(text: str) -> None:
    assert read_amount(text) == 55000


def test_no_amount_is_no_amount() -> None:
    assert read_amount(None) is None


@pytest.mark.parametrize("text", ODD)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(BadAmount):
        read_amount(text)


@settings(deadline=None)
@given(st.text())
def test_whatever_is_read_was_written_in_digits(text: str) -> None:
    try:
        amount = read_amount(text)
    except BadAmount:
        return
    assert amount is not None
    assert amount > 0
    assert int(text.partition(".")[0]) == amount


@settings(deadline=None)
@given(st.floats(min_value=0.001, max_value=1e12).filter(lambda one: not one.is_integer()))
def test_a_fraction_is_refused(amount: float) -> None:
    with pytest.raises(BadAmount):
        read_amount(format(Decimal(repr(amount)), "f"))


def test_an_amount_on_a_bound_is_inside() -> None:
    plan = a_plan(min_amount=1000, max_amount=2000)
    assert [plan.takes(amount) for amount in (999, 1000, 2000, 2001)] == [False, True, True, False]
    assert (plan.offer(1000).amount, plan.offer(2000).amount) == (1000, 2000)
    for amount in (999, 2001):
        with pytest.raises(AmountOutOfRange, match="between 1000 and 2000"):
            plan.offer(amount)


def test_without_an_amount_it_is_the_representative_one_or_else_the_least() -> None:
    assert a_plan(min_amount=1000).offer().amount == 1000
    assert a_plan(min_amount=1000, representative_amount=5000).offer().amount == 5000


def test_the_shortest_comes_first_and_then_the_oldest() -> None:
    plans = [
        a_plan(some_terms(duration=duration), number=number)
        for number, duration in ((4, 6), (1, 24), (3, 12), (2, 12))
    ]
    ranked = sorted((plan.offer() for plan in plans), key=lambda offer: offer.rank)
    assert [offer.plan.number for offer in ranked] == [4, 2, 3, 1]


@pytest.mark.parametrize(
    ("terms", "but", "field"),
    [
        ({"duration": 6, "payment_free_months": 6}, {}, "paymentFreeMonths"),
        ({"duration": 6, "interest_free_months": 7}, {}, "interestFreeMonths"),
        ({"nominal_interest": "8.00001"}, {}, "nominalInterest"),
        ({"administration_fee": "29.005"}, {}, "administrationFee"),
        ({"currency": "JPY", "setup_fee": "29.5"}, {}, "setupFee"),
        ({"currency": "XXX"}, {}, "currency"),
        ({}, {"min_amount": 5, "max_amount": 4}, "minAmount"),
        ({}, {"representative_amount": 999}, "representativeAmount"),
        ({}, {"representative_amount": 100_001}, "representativeAmount"),
        ({"duration": 480, "payment_free_months": 479, "nominal_interest": "100"}, {}, "maxAmount"),
        ({"setup_fee": "99999999999.99"}, {}, "maxAmount"),
    ],
    ids=str,
)
def test_a_plan_that_cannot_be_is_refused(terms: Any, but: Any, field: str) -> None:
    with pytest.raises((PlanRefused, UnknownCurrency)) as refused:
        a_plan(some_terms(**terms), **but).check()
    assert refused.value.field == field


@settings(deadline=None)
@given(st.integers(1, 480), st.decimals(0, 100, places=4), st.data())
def test_what_can_be_offered_costs_what_a_double_keeps_exactly(
    duration: int, interest: Decimal, data: st.DataObject
) -> None:
    free = data.draw(st.integers(0, duration - 1))
    terms = some_terms(
        duration=duration, payment_free_months=free, nominal_interest=interest, currency="CLF"
    )
    plan = a_plan(terms, min_amount=1, max_amount=10_000_000)
    try:
        plan.check()
    except PlanRefused:
        return
    for amount in (plan.min_amount, data.draw(st.integers(1, 10_000_000)), plan.max_amount):
        sums = plan.offer(amount).schedule
        for told in (
            sums.monthly_cost,
            sums.total_cost,
            sums.credit_cost,
            sums.effective_interest,
        ):
            assert Decimal(repr(float(told))) == told
