"""GET /v1/plans/{planId}/amortisation: every month of a plan for an amount, as JSON or CSV."""

from aws_lambda_powertools.event_handler import Response

from campaigns import wiring
from campaigns.domain.plan import read_amount
from campaigns.edge.auth import Caller
from campaigns.edge.financing.schemas import CreditAmount
from campaigns.edge.management import endpoint
from campaigns.edge.management.plans import (
    TABLES,
    Accept,
    AmortisationOut,
    AskedForm,
    amortisation,
)
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_plan import find_plan


@endpoint(
    "GET /v1/plans/{planId}/amortisation",
    scope="manage:plans",
    wiring=wiring,
    produces=TABLES,
)
def handler(
    plan_id: Id,
    caller: Caller,
    credit_amount: CreditAmount = None,
    form: AskedForm = None,
    accept: Accept = None,
) -> Response[AmortisationOut | str]:
    plan = find_plan(caller.company_id, plan_id, plans=wiring.plans())
    return amortisation(plan.offer(read_amount(credit_amount)), form, accept)
