"""GET /v1/plans/{planId}: one payment plan, also when it has ended."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.plans import PlanOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_plan import find_plan


@endpoint("GET /v1/plans/{planId}", scope="manage:plans", wiring=wiring)
def handler(plan_id: Id, caller: Caller) -> PlanOut:
    return PlanOut.of(find_plan(caller.company_id, plan_id, plans=wiring.plans()))
