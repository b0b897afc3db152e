"""GET /v1/plans/{planId}/chart.svg: a plan's balance and cost over its months, drawn."""

from aws_lambda_powertools.event_handler import Response

from campaigns import wiring
from campaigns.domain.plan import read_amount
from campaigns.edge.auth import Caller
from campaigns.edge.financing.schemas import CreditAmount
from campaigns.edge.management import endpoint
from campaigns.edge.management.chart import chart
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_plan import find_plan


@endpoint(
    "GET /v1/plans/{planId}/chart.svg",
    scope="manage:plans",
    wiring=wiring,
    produces={"image/svg+xml": {"type": "string"}},
)
def handler(plan_id: Id, caller: Caller, credit_amount: CreditAmount = None) -> Response[str]:
    plan = find_plan(caller.company_id, plan_id, plans=wiring.plans())
    return chart(plan.offer(read_amount(credit_amount)))
