"""GET /companies/{companyId}/campaigns/{campaignId}/runs/{runId}: one run of a campaign."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.run import RunOut
from campaigns.usecases.find_by_any_id import find_campaign_of_runs, find_run


@endpoint(
    "GET /companies/{companyId}/campaigns/{campaignId}/runs/{runId}",
    scope="runs:read",
    wiring=wiring,
)
def handler(campaign_id: Id, run_id: Id, caller: Caller) -> RunOut:
    campaign = find_campaign_of_runs(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    return RunOut.of(find_run(campaign, run_id, runs=wiring.runs()))
