"""GET /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/files:
one of a run's files, or all as a ZIP.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Redirect, endpoint, redirect
from campaigns.edge.borrower.params import FileName, Id, SpreadsheetSafe
from campaigns.pipeline.spreadsheet import spreadsheet_pieces
from campaigns.usecases.find_by_any_id import find_campaign_of_runs, find_run
from campaigns.usecases.link_run_files import link_run_files


@endpoint(
    "GET /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/files",
    scope="runs:read",
    wiring=wiring,
)
def handler(
    campaign_id: Id,
    run_id: Id,
    caller: Caller,
    file_name: FileName = None,
    spreadsheet_safe: SpreadsheetSafe = False,
) -> Redirect:
    campaign = find_campaign_of_runs(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    run = find_run(campaign, run_id, runs=wiring.runs())
    rewriting = spreadsheet_pieces if spreadsheet_safe else None
    return redirect(link_run_files(run, file_name, files=wiring.files(), rewriting=rewriting))
