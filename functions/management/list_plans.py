"""GET /v1/plans: the company's payment plans, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.params import Listed, RecordAsk, paged
from campaigns.edge.management.plans import PlanOut


@endpoint("GET /v1/plans", scope="manage:plans", wiring=wiring)
def handler(ask: RecordAsk, caller: Caller) -> Listed[PlanOut]:
    page = wiring.plans().list(caller.company_id, ask.slice())
    return paged(page, PlanOut.of)
