"""GET /v1/campaigns/{campaignId}/runs/{runId}/decisions: what a run decided about somebody."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.runs import CustomerId, RunDecisionsOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_run_of_any_campaign
from campaigns.usecases.find_decisions import find_decisions, who


@endpoint("GET /v1/campaigns/{campaignId}/runs/{runId}/decisions", scope="runs:read", wiring=wiring)
def handler(
    campaign_id: Id, run_id: Id, caller: Caller, customer_id: CustomerId
) -> RunDecisionsOut:
    run = find_run_of_any_campaign(
        caller.company_id,
        campaign_id,
        run_id,
        campaigns=wiring.campaigns(),
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
        runs=wiring.runs(),
    )
    asked = who(caller.company_id, customer_id, people=wiring.people())
    found = find_decisions(run, asked, files=wiring.files())
    return RunDecisionsOut.of(found, asked.id)
