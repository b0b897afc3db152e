"""The sums of a payment plan: examples, and what holds for every plan there can be."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.amortisation import Schedule, Terms, schedule
from campaigns.domain.currency import DECIMALS, UnknownCurrency, smallest_amount
from tests.builders import some_terms

CENT = Decimal("0.01")


def of(amount: int, **terms: Any) -> Schedule:
    return schedule(Decimal(amount), some_terms(**terms))


@pytest.mark.parametrize(
    ("amount", "duration", "free", "interest_free", "rate", "fee", "setup", "expected"),
    [
        (10000, 12, 0, 0, "0", "29", "295", ("862.33", "10643.00", "12.63")),
        (10000, 24, 0, 0, "8.9", "29", "0", ("485.39", "11649.33", "16.20")),
        (55000, 24, 0, 0, "8.9", "29", "0", ("2539.14", "60939.31", "10.52")),
        (5000, 36, 0, 0, "19.9", "0", "0", ("185.56", "6680.32", "21.82")),
        (55000, 12, 0, 12, "0", "0", "295", ("4583.33", "55295.00", "1.00")),
        (12000, 24, 3, 0, "9.9", "19", "0", ("659.29", "13845.19", "13.23")),
    ],
)
def test_the_sums_of_the_contract(
    amount: int,
    duration: int,
    free: int,
    interest_free: int,
    rate: str,
    fee: str,
    setup: str,
    expected: tuple[str, str, str],
) -> None:
    sums = of(
        amount,
        duration=duration,
        payment_free_months=free,
        interest_free_months=interest_free,
        nominal_interest=rate,
        administration_fee=fee,
        setup_fee=setup,
    )
    found = (sums.monthly_cost, sums.total_cost, sums.effective_interest)
    assert tuple(map(str, found)) == expected
    assert sums.credit_cost == sums.total_cost - amount


def test_interest_of_payment_free_months_is_added_and_fees_wait_for_payments() -> None:
    sums = of(
        12000,
        duration=5,
        payment_free_months=2,
        interest_free_months=1,
        nominal_interest="12",
        administration_fee="19",
        setup_fee="5",
    )
    assert [tuple(map(str, month)) for month in sums.months()] == [
        ("1", "0.00", "0.00", "0.00", "0.00", "12000.00"),
        ("2", "0.00", "120.00", "-120.00", "0.00", "12120.00"),
        ("3", "4145.07", "121.20", "3999.87", "24.00", "8120.13"),
        ("4", "4140.07", "81.20", "4039.87", "19.00", "4080.26"),
        ("5", "4140.06", "40.80", "4080.26", "19.00", "0.00"),
    ]


def test_payments_without_interest_come_first_and_count_into_the_annuity() -> None:
    """3 payments without interest, then 9 with: as if each were discounted to the third month."""
    sums = of(10000, duration=12, interest_free_months=3, nominal_interest="12")
    rate = Decimal("0.01")
    expected = 10000 / (3 + (1 - (1 + rate) ** -9) / rate)
    assert sums.instalment == expected.quantize(CENT)
    interests = [month.interest for month in sums.months()]
    assert interests[:3] == [0, 0, 0]
    assert interests[3] == ((10000 - 3 * sums.instalment) * rate).quantize(CENT)


@pytest.mark.parametrize(
    ("currency", "monthly", "total"),
    [("SEK", "456.39", "10953.33"), ("JPY", "456", "10954"), ("KWD", "456.389", "10953.329")],
)
def test_payments_are_rounded_to_what_the_currency_is_paid_in(
    currency: str, monthly: str, total: str
) -> None:
    sums = of(10000, currency=currency)
    assert (str(sums.monthly_cost), str(sums.total_cost)) == (monthly, total)


def test_half_a_cent_is_rounded_to_the_even_one() -> None:
    assert str(of(1, duration=8, nominal_interest="0").instalment) == "0.12"
    assert str(of(3, duration=8, nominal_interest="0").instalment) == "0.38"


def test_what_is_paid_off_before_the_end_is_not_paid_twice() -> None:
    """0.625 cents a month would be 1 cent and pay too much from the 301st on."""
    sums = of(3, duration=480, nominal_interest="0")
    assert set(sums.instalments[:300]) == {CENT}
    assert set(sums.instalments[300:]) == {Decimal("0.00")}
    assert sums.total_cost == 3


def test_a_debt_that_rounding_would_let_grow_does_not() -> None:
    """Rounded down, the instalment is a third of a cent less than the interest of each month."""
    sums = of(1000, duration=480, nominal_interest="100")
    assert (sums.instalment, sums.instalments[0]) == (Decimal("83.33"), Decimal("83.34"))
    assert of(1, currency="JPY", duration=480, nominal_interest="100").total_cost == 1


def test_the_us_rate_is_the_monthly_one_times_twelve() -> None:
    sums = of(10000, nominal_interest="8.9", administration_fee="0")
    assert sums.us_annual_percentage_rate == Decimal("8.90")
    assert sums.effective_interest == Decimal("9.27")


def test_every_currency_says_what_it_is_paid_in() -> None:
    assert [str(smallest_amount(code)) for code in ("EUR", "JPY", "KWD", "CLF")] == [
        "0.01",
        "1",
        "0.001",
        "0.0001",
    ]
    assert all(len(code) == 3 and code.isupper() for code in DECIMALS)
    for code in ("XXX", "sek", "", "EURO"):
        with pytest.raises(UnknownCurrency):
            smallest_amount(code)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    duration = draw(st.integers(1, 480))
    currency = draw(st.sampled_from(["SEK", "JPY", "KWD", "CLF"]))
    places = DECIMALS[currency]
    return Terms(
        currency=currency,
        duration=duration,
        payment_free_months=draw(st.integers(0, min(duration - 1, 24))),
        interest_free_months=draw(st.integers(0, duration)),
        nominal_interest=draw(st.decimals(0, 100, places=4)),
        administration_fee=draw(st.decimals(0, 1000, places=places)),
        setup_fee=draw(st.decimals(0, 10000, places=places)),
    )


credit = st.integers(1, 10_000_000).map(Decimal)


@settings(max_examples=150, deadline=None)
@given(credit, all_terms())
def test_every_table_adds_up(amount: Decimal, terms: Terms) -> None:
    sums = schedule(amount, terms)
    months = list(sums.months())
    assert months[-1].balance == 0
    assert sum(month.payment for month in months) == sum(sums.payments) == sums.total_cost
    assert sum(month.principal for month in months) == amount
    assert sum(month.interest + month.fees for month in months) == sums.credit_cost
    assert len(months) == terms.duration
    assert len(sums.instalments) == terms.number_of_payments
    owed = amount
    for month in months:
        assert owed - month.principal == month.balance
        paid = month.principal + month.interest + month.fees
        assert month.payment == paid
        assert min(month.payment, month.interest, month.balance) >= 0
        assert month.balance <= owed or month.month <= terms.payment_free_months
        owed = month.balance
    smallest = smallest_amount(terms.currency)
    told = (sums.monthly_cost, sums.total_cost, sums.credit_cost, *(m.balance for m in months))
    assert all(one % smallest == 0 for one in told)


@settings(max_examples=150, deadline=None)
@given(credit, all_terms())
def test_at_the_unrounded_rate_the_payments_are_worth_the_credit(
    amount: Decimal, terms: Terms
) -> None:
    sums = schedule(amount, terms)
    if sums.credit_cost <= 0:
        assert (sums.monthly_rate, sums.effective_interest) == (0.0, Decimal(0))
        return
    worth = sum(
        float(payment) * (1 + sums.monthly_rate) ** -month
        for month, payment in enumerate(sums.payments, start=terms.payment_free_months + 1)
    )
    assert abs(worth - float(amount)) < 0.005


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1000, 10_000_000).map(Decimal),
    st.integers(2, 60),
    st.decimals(0, 30, places=2),
    st.data(),
)
def test_without_a_monthly_fee_to_wait_longer_is_never_cheaper(
    amount: Decimal, duration: int, rate: Decimal, data: st.DataObject
) -> None:
    free = data.draw(st.integers(0, duration - 2))

    def total(free: int) -> Decimal:
        terms = some_terms(duration=duration, payment_free_months=free, nominal_interest=rate)
        return schedule(amount, terms).total_cost

    assert total(free + 1) >= total(free)


@settings(deadline=None)
@given(credit)
def test_at_no_interest_and_no_fees_exactly_the_credit_is_paid_back(amount: Decimal) -> None:
    sums = of(int(amount), nominal_interest="0")
    assert sums.total_cost == amount
    assert sums.effective_interest == 0
