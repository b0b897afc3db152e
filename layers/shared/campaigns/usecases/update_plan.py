from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.plan import Plan, PlanEnded
from campaigns.ports import Clock, PlanStore
from campaigns.usecases.plan_changes import changed


def update_plan(
    plan: Plan, changes: Mapping[str, Any], version: int | None, *, plans: PlanStore, now: Clock
) -> Plan:
    """`version` is the one that the caller has seen, if it wants to be sure of that.

    Raises PlanEnded, ChangedMeanwhile, PlanRefused, UnknownCurrency.
    """
    if plan.ended_at is not None:
        raise PlanEnded
    if version is not None and version != plan.version:
        raise ChangedMeanwhile(f"plan {plan.id}")
    return plans.move(replace(changed(plan, changes), updated_at=now()))
