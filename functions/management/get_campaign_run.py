"""GET /v1/campaigns/{campaignId}/runs/{runId}: one run of a collection campaign's step."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionRunOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_run, find_steered


@endpoint("GET /v1/campaigns/{campaignId}/runs/{runId}", scope="manage:campaigns", wiring=wiring)
def handler(campaign_id: Id, run_id: Id, caller: Caller) -> CollectionRunOut:
    campaign = find_steered(
        caller.company_id,
        campaign_id,
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
    )
    return CollectionRunOut.of(find_run(campaign, run_id, runs=wiring.runs()))
