"""PUT, PATCH /companies/{companyId}/campaigns/{campaignId}/runs/{runId}:
report on a run from outside.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.run import RunOut, RunUpdateIn
from campaigns.observability import report_end
from campaigns.usecases.find_by_any_id import find_campaign_of_runs, find_run
from campaigns.usecases.update_run import update_run


@endpoint(
    "PUT /companies/{companyId}/campaigns/{campaignId}/runs/{runId}",
    "PATCH /companies/{companyId}/campaigns/{campaignId}/runs/{runId}",
    scope="runs:write",
    wiring=wiring,
)
def handler(campaign_id: Id, run_id: Id, body: RunUpdateIn, caller: Caller) -> RunOut:
    campaign = find_campaign_of_runs(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    run = find_run(campaign, run_id, runs=wiring.runs())
    told = update_run(
        campaign,
        run,
        body.report(),
        runs=wiring.runs(),
        files=wiring.files(),
        events=wiring.events(),
        engine=wiring.engine(),
        now=wiring.now,
    )
    if told.status is not run.status and told.stands_still:
        report_end(told.id, told.status.value)
    return RunOut.of(told)
