"""The examples that the two laws give themselves, and what the rates promise in general."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.annual_rate import Flow, percent, rate_per_period, yearly


def at_first(amount: float) -> list[Flow]:
    return [Flow(amount, 0)]


@pytest.mark.parametrize(
    ("lent", "payments", "rate"),
    [
        # A year and a half is 546 days of 365 a year; in months it would be 18/12.
        (1000, [Flow(1200, 546 / 365)], "12.96"),
        # The same, with costs of 50 kept back when it is paid out.
        (950, [Flow(1200, 546 / 365)], "16.90"),
        (1000, [Flow(600, 1), Flow(600, 2)], "13.07"),
    ],
)
def test_the_examples_of_the_european_annex(lent: int, payments: list[Flow], rate: str) -> None:
    assert percent(rate_per_period(at_first(lent), payments)) == Decimal(rate)


@pytest.mark.parametrize(
    ("lent", "payments", "periods_a_year", "rate"),
    [
        (5000, [Flow(230, 1, times=24)], 12, "9.69"),
        (10000, [Flow(385, 1, 39 / 90, times=40)], 4, "8.97"),
        (400, [Flow(39.50, 1, 5 / 28), Flow(38.31, 2, 5 / 28, times=11)], 13, "28.50"),
    ],
    ids=["regular", "long first period", "odd first payment"],
)
def test_the_examples_of_appendix_j(
    lent: int, payments: list[Flow], periods_a_year: int, rate: str
) -> None:
    found = rate_per_period(at_first(lent), payments)
    assert percent(found * periods_a_year) == Decimal(rate)


def test_a_fraction_of_a_period_bears_simple_interest() -> None:
    """1000 for a period and a half at 10 percent is 1000 times 1.1 times 1.05."""
    assert rate_per_period(at_first(1000), [Flow(1155, 1, 0.5)]) == pytest.approx(0.1, abs=1e-12)


def test_what_is_paid_out_in_parts_counts_from_when_it_is_paid_out() -> None:
    """A second 1 000 after a year: after three, each has grown for its own time."""
    owed = 1000 * 1.05**3 + 1000 * 1.05**2
    advances = [Flow(1000, 0), Flow(1000, 1)]
    assert rate_per_period(advances, [Flow(owed, 3)]) == pytest.approx(0.05, abs=1e-12)


def test_a_credit_that_costs_nothing_has_no_rate() -> None:
    assert rate_per_period(at_first(1200), [Flow(100, 1, times=12)]) == 0.0
    assert rate_per_period(at_first(1200), [Flow(90, 1, times=12)]) == 0.0


def test_a_credit_of_1_with_fees_of_hundreds_still_has_one() -> None:
    rate = rate_per_period(at_first(1), [Flow(325, 1)])
    assert rate == pytest.approx(324)
    assert percent(yearly(rate, 12)) == Decimal("1.38867408767229E+32")


@pytest.mark.parametrize(
    ("rate", "said"),
    [(0.0, "0.00"), (0.12345, "12.35"), (0.123449, "12.34"), (1.005, "100.50"), (2.5e11, "25e12")],
)
def test_percents_have_two_decimals_rounded_half_up(rate: float, said: str) -> None:
    assert percent(rate) == Decimal(said)
    assert percent(Decimal("0.00125").__float__()) == Decimal("0.13")


amounts = st.floats(1, 1e6)
times = st.floats(0.05, 480)
advances = st.lists(st.tuples(amounts, st.floats(0, 12)), min_size=1, max_size=5)
payments = st.lists(
    st.tuples(amounts, st.floats(12, 480), st.floats(0, 0.99), st.integers(1, 60)),
    min_size=1,
    max_size=8,
)


def worth(flows: list[Flow], rate: float) -> float:
    """Term by term, as the law writes it."""
    total = 0.0
    for amount, periods, fraction, times in flows:
        for again in range(times):
            total += amount / ((1 + fraction * rate) * (1 + rate) ** (periods + again))
    return total


@settings(deadline=None)
@given(advances, payments)
def test_at_the_rate_both_sides_are_worth_the_same(
    lent: list[tuple[float, float]], paid: list[tuple[float, float, float, int]]
) -> None:
    first = min(at for _, at in lent)
    out = [Flow(amount, at - first) for amount, at in sorted(lent, key=lambda one: one[1])]
    back = [Flow(*one) for one in sorted(paid, key=lambda one: one[1])]
    rate = rate_per_period(out, back)
    if sum(one.amount for one in out) >= sum(one.amount * one.times for one in back):
        assert rate == 0.0
    else:
        assert rate >= 0.0
        assert worth(back, rate) == pytest.approx(worth(out, rate), rel=1e-9)


@settings(deadline=None)
@given(amounts, st.integers(1, 480), st.floats(0.0001, 0.2))
def test_an_annuity_has_the_rate_it_was_made_with(lent: float, months: int, rate: float) -> None:
    payment = lent * rate / (1 - (1 + rate) ** -months)
    found = rate_per_period(at_first(lent), [Flow(payment, 1, times=months)])
    assert found == pytest.approx(rate, rel=1e-7)
