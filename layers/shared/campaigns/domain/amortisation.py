"""How a credit is paid back, month by month: the sums of a payment plan, and nothing else.

The months are equal and counted from the day the credit is paid out. Interest accrues on the
balance at the end of each month, a twelfth of the nominal rate, but not in the first
`interest_free_months`; what accrues while nothing is paid is added to the balance. Payments fall at
the end of the months after `payment_free_months`. The regular instalment is the annuity that clears
the balance over the payments, with no interest in the interest-free months that remain:

    instalment = balance / (m + (1 - (1+r)^-k) / r)

for m payments without interest and k with it at r a month. Rounding:

- Balances and interest are exact; only what is paid is rounded, to the smallest amount of the
  currency (0.01 for most), half to even. The last payment takes the difference, so that the
  balance ends at exactly 0.
- An instalment is never more than what is owed, nor less than the month's interest, rounded up.
  That matters only where rounding outweighs what the annuity repays, as with 3.00 over 480 months:
  what is paid off stays paid off, and no debt grows while it is paid.
- Balances are shown rounded half up, and the interest of a month as what is left when they and the
  payment are known, so every line of the table adds up and so do its columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from campaigns.domain.annual_rate import Flow, percent, rate_per_period, yearly
from campaigns.domain.currency import smallest_amount

_CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN)
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a credit costs and when it is paid back; amounts in units of the currency."""

    currency: str
    duration: int
    """Months from the credit to its last payment."""
    payment_free_months: int = 0
    interest_free_months: int = 0
    nominal_interest: Decimal
    """Percent a year."""
    administration_fee: Decimal = Decimal(0)
    """With each payment."""
    setup_fee: Decimal = Decimal(0)
    """Once, with the first payment."""

    @property
    def number_of_payments(self) -> int:
        return self.duration - self.payment_free_months

    @property
    def monthly_rate(self) -> Decimal:
        return self.nominal_interest / 1200


class Month(NamedTuple):
    """A line of the table: payment = principal + interest + fees where something is paid.

    In a month without payment, the principal is minus the interest that was added.
    """

    month: int
    payment: Decimal
    interest: Decimal
    principal: Decimal
    fees: Decimal
    balance: Decimal


@dataclass(frozen=True)
class Schedule:
    """A credit of `amount` with the sums that follow from its terms."""

    amount: Decimal
    terms: Terms
    instalment: Decimal
    """The regular one, without fees."""
    instalments: tuple[Decimal, ...]
    """All of them, without fees."""
    balances: tuple[Decimal, ...]
    """Exact, at the end of each month before its payment would be rounded; the last is left out."""

    @property
    def monthly_cost(self) -> Decimal:
        return self.instalment + self.terms.administration_fee

    @cached_property
    def total_cost(self) -> Decimal:
        terms = self.terms
        fees = terms.administration_fee * terms.number_of_payments + terms.setup_fee
        return sum(self.instalments, fees)

    @property
    def credit_cost(self) -> Decimal:
        return self.total_cost - self.amount

    @property
    def payments(self) -> tuple[Decimal, ...]:
        """With fees, the first at the end of the month after the payment-free ones."""
        fee = self.terms.administration_fee
        first, *others = self.instalments
        return (first + fee + self.terms.setup_fee, *(one + fee for one in others))

    @cached_property
    def monthly_rate(self) -> float:
        """Of all that the credit costs, unrounded: 0.01 is one percent a month."""
        first = self.terms.payment_free_months + 1
        payments: list[Flow] = []
        for payment, same in groupby(self.payments):
            times = len(list(same))
            payments.append(Flow(float(payment), first, times=times))
            first += times
        return rate_per_period([Flow(float(self.amount), 0)], payments)

    @property
    def effective_interest(self) -> Decimal:
        """The annual percentage rate of the European Union, in percent."""
        return percent(yearly(self.monthly_rate, _MONTHS))

    @property
    def us_annual_percentage_rate(self) -> Decimal:
        """By Regulation Z, Appendix J, with the month as unit-period, in percent."""
        return percent(self.monthly_rate * _MONTHS)

    def months(self) -> Iterator[Month]:
        """The table, rounded as the module says."""
        terms = self.terms
        smallest = smallest_amount(terms.currency)
        none = Decimal(0).quantize(smallest)
        owed = self.amount.quantize(smallest)
        for month, exact in enumerate((*self.balances, none), start=1):
            balance = exact.quantize(smallest, ROUND_HALF_UP)
            place = month - 1 - terms.payment_free_months
            if place < 0:
                yield Month(month, none, balance - owed, owed - balance, none, balance)
            else:
                principal = owed - balance
                interest = self.instalments[place] - principal
                fees = none + terms.administration_fee + (terms.setup_fee if place == 0 else 0)
                paid = self.instalments[place] + fees
                yield Month(month, paid, interest, principal, fees, balance)
            owed = balance


def schedule(amount: Decimal, terms: Terms) -> Schedule:
    """How `amount`, more than 0, is paid back."""
    with localcontext(_CONTEXT):
        smallest = smallest_amount(terms.currency)
        rate = terms.monthly_rate
        free, interest_free = terms.payment_free_months, terms.interest_free_months
        balance = amount
        balances: list[Decimal] = []
        for month in range(1, free + 1):
            if month > interest_free:
                balance += balance * rate
            balances.append(balance)
        instalment = _annuity(balance, terms).quantize(smallest)
        instalments: list[Decimal] = []
        for month in range(free + 1, terms.duration):
            interest = balance * rate if month > interest_free else _NOTHING
            owed = balance + interest
            paid = instalment
            if paid < interest:
                paid = interest.quantize(smallest, ROUND_CEILING)
            if paid > owed:
                paid = owed = owed.quantize(smallest)
            balance = owed - paid
            balances.append(balance)
            instalments.append(paid)
        last = balance if terms.duration <= interest_free else balance + balance * rate
        instalments.append(last.quantize(smallest))
        return Schedule(amount, terms, instalment, tuple(instalments), tuple(balances))


_NOTHING = Decimal(0)


def _annuity(balance: Decimal, terms: Terms) -> Decimal:
    rate = terms.monthly_rate
    payments = terms.number_of_payments
    without = min(max(terms.interest_free_months - terms.payment_free_months, 0), payments)
    bearing = payments - without
    if not rate:
        return balance / payments
    return balance / (without + (1 - (1 + rate) ** -bearing) / rate)
