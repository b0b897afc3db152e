"""POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/retry:
do what a failed run is missing.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.run import RunOut
from campaigns.usecases.find_by_any_id import find_campaign, find_run
from campaigns.usecases.restart_run import retry_run


@endpoint(
    "POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/retry",
    scope="runs:write",
    wiring=wiring,
)
def handler(campaign_id: Id, run_id: Id, caller: Caller) -> RunOut:
    campaign = find_campaign(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    run = retry_run(
        campaign,
        find_run(campaign, run_id, runs=wiring.runs()),
        caller.key_id,
        runs=wiring.runs(),
        engine=wiring.engine(),
        now=wiring.now,
    )
    return RunOut.of(run)
