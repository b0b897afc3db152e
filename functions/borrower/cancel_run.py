"""POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/cancel: end a run."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.run import RunOut
from campaigns.usecases.cancel_run import cancel_run
from campaigns.usecases.find_by_any_id import find_campaign_of_runs, find_run


@endpoint(
    "POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/cancel",
    scope="runs:write",
    wiring=wiring,
)
def handler(campaign_id: Id, run_id: Id, caller: Caller) -> RunOut:
    campaign = find_campaign_of_runs(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    run = find_run(campaign, run_id, runs=wiring.runs())
    return RunOut.of(
        cancel_run(
            run,
            runs=wiring.runs(),
            files=wiring.files(),
            events=wiring.events(),
            engine=wiring.engine(),
            now=wiring.now,
        )
    )
