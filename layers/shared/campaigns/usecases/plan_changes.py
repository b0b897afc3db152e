"""What an operator may set of a payment plan, checked before anything is written."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from campaigns.domain.amortisation import Terms
from campaigns.domain.plan import Plan, PlanRefused

REQUIRED = {
    "name": "campaignName",
    "currency": "currency",
    "duration": "duration",
    "nominal_interest": "nominalInterest",
    "min_amount": "minAmount",
    "max_amount": "maxAmount",
}
"""What a plan cannot be without, and what the wire calls it."""

_TERMS = {field.name for field in fields(Terms)}
_DEFAULTS = {
    field.name: field.default
    for field in (*fields(Plan), *fields(Terms))
    if field.default is not MISSING
}


def changed(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    """The plan with these fields set, those of its terms among them; None takes back what was set.

    Raises PlanRefused, UnknownCurrency.
    """
    for name, wire in REQUIRED.items():
        if name in changes and changes[name] is None:
            raise PlanRefused("is required", field=wire)
    given = {name: _DEFAULTS[name] if one is None else one for name, one in changes.items()}
    terms = {name: one for name, one in given.items() if name in _TERMS}
    rest = {name: one for name, one in given.items() if name not in _TERMS}
    made = replace(plan, **rest, terms=replace(plan.terms, **terms))
    made.check()
    return made
