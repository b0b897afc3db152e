"""GET /companies/{companyId}/campaigns/{campaignId}/runs: a campaign's runs, newest first."""

from campaigns import wiring
from campaigns.domain.public_id import RUN
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Listed, endpoint
from campaigns.edge.borrower.params import Id, ListUrl, PageAsk, listed
from campaigns.edge.borrower.schemas.run import RunOut
from campaigns.usecases.find_by_any_id import find_campaign_of_runs


@endpoint(
    "GET /companies/{companyId}/campaigns/{campaignId}/runs", scope="runs:read", wiring=wiring
)
def handler(campaign_id: Id, ask: PageAsk, at: ListUrl, caller: Caller) -> Listed[RunOut]:
    campaign = find_campaign_of_runs(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    page = wiring.runs().list(caller.company_id, campaign.id, ask.slice_of(RUN))
    return listed(page, RunOut.of, at)
