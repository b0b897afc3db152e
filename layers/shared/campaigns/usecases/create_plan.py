from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from campaigns.domain.amortisation import Terms
from campaigns.domain.plan import Plan
from campaigns.ports import Clock, NewId, PlanStore
from campaigns.usecases.plan_changes import REQUIRED, changed


def create_plan(
    company_id: str, fields: Mapping[str, Any], *, plans: PlanStore, new_id: NewId, now: Clock
) -> Plan:
    """Raises PlanRefused, UnknownCurrency, NumbersUsedUp."""
    at = now()
    blank = Plan(
        id=new_id(),
        company_id=company_id,
        number=0,
        name="",
        terms=Terms(currency="", duration=0, nominal_interest=Decimal(0)),
        min_amount=0,
        max_amount=0,
        created_at=at,
        updated_at=at,
    )
    made = changed(blank, {**dict.fromkeys(REQUIRED), **fields})
    # Last, so that what is refused takes no number.
    return plans.add(replace(made, number=plans.next_number(company_id)))
