"""PATCH /v1/plans/{planId}: change the fields of a payment plan that are sent."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.plans import PlanChangesIn, PlanOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_plan import find_plan
from campaigns.usecases.update_plan import update_plan


@endpoint("PATCH /v1/plans/{planId}", scope="manage:plans", wiring=wiring)
def handler(plan_id: Id, body: PlanChangesIn, caller: Caller) -> PlanOut:
    plan = update_plan(
        find_plan(caller.company_id, plan_id, plans=wiring.plans()),
        body.changes(),
        body.version,
        plans=wiring.plans(),
        now=wiring.now,
    )
    return PlanOut.of(plan)
