"""POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/files:
where to upload a file of a run that is worked on outside.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.run import RunFileIn, RunUploadOut
from campaigns.usecases.create_run_file import create_run_file
from campaigns.usecases.find_by_any_id import find_campaign_of_runs, find_run


@endpoint(
    "POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/files",
    scope="runs:write",
    wiring=wiring,
)
def handler(campaign_id: Id, run_id: Id, body: RunFileIn, caller: Caller) -> Item[RunUploadOut]:
    campaign = find_campaign_of_runs(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    run = find_run(campaign, run_id, runs=wiring.runs())
    made = create_run_file(run, body.file_name, files=wiring.files(), now=wiring.now)
    return Item(data=RunUploadOut.of(made.id, made.name, made.url, made.expires_at))
