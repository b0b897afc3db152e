"""PUT, PATCH /companies/{companyId}/campaigns/{campaignId}:
change the fields of a campaign that are sent.
"""

from campaigns import wiring
from campaigns.domain.campaign_view import CampaignView
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.campaign import CampaignIn, CampaignOut
from campaigns.usecases.campaign_changes import Checks
from campaigns.usecases.find_by_any_id import find_campaign
from campaigns.usecases.update_campaign import update_campaign


@endpoint(
    "PUT /companies/{companyId}/campaigns/{campaignId}",
    "PATCH /companies/{companyId}/campaigns/{campaignId}",
    scope="campaigns:write",
    wiring=wiring,
)
def handler(campaign_id: Id, body: CampaignIn, caller: Caller) -> Item[CampaignOut]:
    campaign = update_campaign(
        find_campaign(caller.company_id, campaign_id, campaigns=wiring.campaigns()),
        body.changes(),
        campaigns=wiring.campaigns(),
        checks=Checks(
            wiring.exporters(),
            wiring.senders(),
            wiring.secrets(),
            wiring.hosts(),
            wiring.check_private_key,
            wiring.allow_http(),
        ),
        access=wiring.access(),
        schedules=wiring.schedules(),
        now=wiring.now,
    )
    company = wiring.access().company(caller.company_id)
    return Item(data=CampaignOut.of(CampaignView.of(campaign, company, at=wiring.now())))
