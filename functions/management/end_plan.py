"""DELETE /v1/plans/{planId}: end a payment plan; it is offered no more and stays on record."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.plans import PlanOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.end_plan import end_plan
from campaigns.usecases.find_plan import find_plan


@endpoint("DELETE /v1/plans/{planId}", scope="manage:plans", wiring=wiring)
def handler(plan_id: Id, caller: Caller) -> PlanOut:
    plan = find_plan(caller.company_id, plan_id, plans=wiring.plans())
    return PlanOut.of(end_plan(plan, plans=wiring.plans(), now=wiring.now))
