"""POST /v1/plans: create a payment plan that shops may offer."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.plans import PlanIn, PlanOut
from campaigns.usecases.create_plan import create_plan


@endpoint("POST /v1/plans", scope="manage:plans", wiring=wiring)
def handler(body: PlanIn, caller: Caller) -> PlanOut:
    plan = create_plan(
        caller.company_id,
        body.changes(),
        plans=wiring.plans(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return PlanOut.of(plan)
