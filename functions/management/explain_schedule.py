"""GET /v1/schedules/explain: when a schedule comes due next, and why then."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schedules import ExplainAsk, ExplanationOut
from campaigns.usecases.explain_schedule import explain_schedule


@endpoint("GET /v1/schedules/explain", scope="manage:schedules", wiring=wiring)
def handler(ask: ExplainAsk, caller: Caller) -> ExplanationOut:
    company = wiring.access().company(caller.company_id)
    explained = explain_schedule(company, ask.question(wiring.now()), campaigns=wiring.campaigns())
    return ExplanationOut.of(explained)
