"""POST /v1/campaigns/{campaignId}/runs/{runId}/cancel: end a run; who was due is due again."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionRunOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.cancel_run import cancel_run
from campaigns.usecases.find_by_any_id import find_run, find_steered


@endpoint(
    "POST /v1/campaigns/{campaignId}/runs/{runId}/cancel", scope="manage:campaigns", wiring=wiring
)
def handler(campaign_id: Id, run_id: Id, caller: Caller) -> CollectionRunOut:
    campaign = find_steered(
        caller.company_id,
        campaign_id,
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
    )
    run = find_run(campaign, run_id, runs=wiring.runs())
    ended = cancel_run(
        run,
        runs=wiring.runs(),
        files=wiring.files(),
        events=wiring.events(),
        engine=wiring.engine(),
        now=wiring.now,
    )
    return CollectionRunOut.of(ended)
