"""A payment plan that shops may offer, and what it comes to for an amount.

Outside it is called a campaign, with a number of its own in each company.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Self

from campaigns.domain.amortisation import Schedule, Terms, schedule
from campaigns.domain.currency import smallest_amount
from campaigns.domain.errors import Conflict, Invalid, NotFound

LARGEST_NUMBER = 2**31 - 1
LONGEST_DURATION = 480
LARGEST_COST = Decimal(10) ** 11
"""With the four decimals that a currency has at most, still within the 15 digits that a number in
JSON keeps exactly wherever it is read as a double."""

_FINEST_INTEREST = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    id: str
    company_id: str
    number: int
    """The campaignId of the financing API; never given twice in a company."""
    name: str
    terms: Terms
    min_amount: int
    max_amount: int
    """The credit amounts it is offered for, both included, in whole units of the currency."""
    representative_amount: int | None = None
    is_hybrid: bool = False
    """For the shops to know; nothing here depends on it."""
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    version: int = 0

    @property
    def external_id(self) -> None:
        """Plans are found by id only."""
        return

    @property
    def deleted_at(self) -> datetime | None:
        """A plan that has ended is offered no more and stays on record."""
        return self.ended_at

    @property
    def usual_amount(self) -> int:
        """What it is computed on when nobody names an amount."""
        return self.representative_amount or self.min_amount

    def takes(self, amount: int) -> bool:
        return self.min_amount <= amount <= self.max_amount

    def offer(self, amount: int | None = None) -> "Offer":
        """For the usual amount unless another is given. Raises AmountOutOfRange."""
        if amount is None:
            amount = self.usual_amount
        elif not self.takes(amount):
            raise AmountOutOfRange(self)
        return Offer(self, amount)

    def check(self) -> None:
        """Whether it can be offered at all. Raises PlanRefused, UnknownCurrency."""
        self._check_terms()
        if self.min_amount > self.max_amount:
            raise PlanRefused("must not be more than maxAmount", field="minAmount")
        if self.representative_amount and not self.takes(self.representative_amount):
            raise PlanRefused(
                "must lie between minAmount and maxAmount", field="representativeAmount"
            )
        # The more is lent, the more is paid back.
        if self.offer(self.max_amount).schedule.total_cost >= LARGEST_COST:
            raise PlanRefused(
                f"would cost {LARGEST_COST:,f} or more to pay back by these terms",
                field="maxAmount",
            )

    def _check_terms(self) -> None:
        terms = self.terms
        if terms.payment_free_months >= terms.duration:
            raise PlanRefused("must be less than duration", field="paymentFreeMonths")
        if terms.interest_free_months > terms.duration:
            raise PlanRefused("must not be more than duration", field="interestFreeMonths")
        if terms.nominal_interest % _FINEST_INTEREST:
            raise PlanRefused("has more than 4 decimals", field="nominalInterest")
        smallest = smallest_amount(terms.currency)
        for fee, field in (
            (terms.administration_fee, "administrationFee"),
            (terms.setup_fee, "setupFee"),
        ):
            if fee % smallest:
                raise PlanRefused(
                    f"has more decimals than {terms.currency}, which is paid in {smallest:f}",
                    field=field,
                )

    def ended(self, at: datetime) -> Self:
        return replace(self, ended_at=at, updated_at=at)


@dataclass(frozen=True)
class Offer:
    plan: Plan
    amount: int

    @cached_property
    def schedule(self) -> Schedule:
        return schedule(Decimal(self.amount), self.plan.terms)

    @property
    def rank(self) -> tuple[int, int]:
        """Shops see the shortest first."""
        return self.plan.terms.duration, self.plan.number


_WHOLE = re.compile(r"([0-9]{1,20})(?:\.0{1,20})?")


def read_amount(text: str | None) -> int | None:
    """A credit amount: digits, and nothing but zeros after a decimal point. Raises BadAmount."""
    if text is None:
        return None
    found = _WHOLE.fullmatch(text)
    amount = int(found[1]) if found else 0
    if not amount:
        raise BadAmount
    return amount


class BadAmount(Invalid):
    code = "bad_amount"

    def __init__(self) -> None:
        super().__init__(
            "must be whole currency units, more than 0, like 55000 or 55000.00",
            field="creditAmount",
        )


class AmountOutOfRange(Invalid):
    code = "amount_out_of_range"

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            f"must lie between {plan.min_amount} and {plan.max_amount}", field="creditAmount"
        )


class PlanRefused(Invalid):
    code = "plan_refused"


class PlanNotFound(NotFound):
    code = "plan_not_found"

    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan {plan_id} does not exist")


class PlanEnded(Conflict):
    code = "plan_ended"

    def __init__(self) -> None:
        super().__init__("the plan has ended and can be changed no more")


class NumbersUsedUp(Conflict):
    code = "numbers_used_up"

    def __init__(self) -> None:
        super().__init__(f"the company has had {LARGEST_NUMBER} plans and can have no more")
