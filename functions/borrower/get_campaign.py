"""GET /companies/{companyId}/campaigns/{campaignId}: one campaign."""

from campaigns import wiring
from campaigns.domain.campaign_view import CampaignView
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.campaign import CampaignOut
from campaigns.usecases.find_by_any_id import find_campaign


@endpoint(
    "GET /companies/{companyId}/campaigns/{campaignId}", scope="campaigns:read", wiring=wiring
)
def handler(campaign_id: Id, caller: Caller) -> Item[CampaignOut]:
    campaign = find_campaign(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    company = wiring.access().company(caller.company_id)
    return Item(data=CampaignOut.of(CampaignView.of(campaign, company, at=wiring.now())))
