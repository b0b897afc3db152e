"""GET /v1/campaigns/{campaignId}/runs/{runId}/files:
a link to one of a run's files, or to all as a ZIP.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import FileLinkOut, FileName
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_run, find_steered
from campaigns.usecases.link_run_files import link_run_files


@endpoint(
    "GET /v1/campaigns/{campaignId}/runs/{runId}/files", scope="manage:campaigns", wiring=wiring
)
def handler(campaign_id: Id, run_id: Id, caller: Caller, file_name: FileName = None) -> FileLinkOut:
    campaign = find_steered(
        caller.company_id,
        campaign_id,
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
    )
    run = find_run(campaign, run_id, runs=wiring.runs())
    return FileLinkOut(url=link_run_files(run, file_name, files=wiring.files()))
