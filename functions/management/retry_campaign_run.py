"""POST /v1/campaigns/{campaignId}/runs/{runId}/retry: do what a failed run is missing."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionRunOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_run, find_steered
from campaigns.usecases.restart_run import retry_run
from campaigns.usecases.restart_step_run import step_in_role


@endpoint(
    "POST /v1/campaigns/{campaignId}/runs/{runId}/retry", scope="manage:campaigns", wiring=wiring
)
def handler(campaign_id: Id, run_id: Id, caller: Caller) -> CollectionRunOut:
    campaign = find_steered(
        caller.company_id,
        campaign_id,
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
    )
    run = find_run(campaign, run_id, runs=wiring.runs())
    going = retry_run(
        step_in_role(campaign, run),
        run,
        caller.key_id,
        runs=wiring.runs(),
        engine=wiring.engine(),
        now=wiring.now,
    )
    return CollectionRunOut.of(going)
