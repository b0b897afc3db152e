from campaigns.domain.plan import Plan
from campaigns.ports import Clock, PlanStore


def end_plan(plan: Plan, *, plans: PlanStore, now: Clock) -> Plan:
    """It is offered no more; ending it again changes nothing. Raises ChangedMeanwhile."""
    return plan if plan.ended_at is not None else plans.move(plan.ended(now()))
