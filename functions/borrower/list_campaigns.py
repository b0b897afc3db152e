"""GET /companies/{companyId}/campaigns: the company's campaigns, newest first."""

from campaigns import wiring
from campaigns.domain.campaign_view import CampaignView
from campaigns.domain.public_id import CAMPAIGN
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Listed, endpoint
from campaigns.edge.borrower.params import ListUrl, PageAsk, listed
from campaigns.edge.borrower.schemas.campaign import CampaignOut


@endpoint("GET /companies/{companyId}/campaigns", scope="campaigns:read", wiring=wiring)
def handler(ask: PageAsk, at: ListUrl, caller: Caller) -> Listed[CampaignOut]:
    company, now = wiring.access().company(caller.company_id), wiring.now()
    page = wiring.campaigns().list(caller.company_id, ask.slice_of(CAMPAIGN))
    return listed(page, lambda one: CampaignOut.of(CampaignView.of(one, company, at=now)), at)
