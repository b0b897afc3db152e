"""POST /companies/{companyId}/campaigns: create a campaign."""

from campaigns import wiring
from campaigns.domain.campaign_view import CampaignView
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.schemas.campaign import CampaignIn, CampaignOut
from campaigns.usecases.campaign_changes import Checks
from campaigns.usecases.create_campaign import create_campaign


@endpoint("POST /companies/{companyId}/campaigns", scope="campaigns:write", wiring=wiring)
def handler(body: CampaignIn, caller: Caller) -> Item[CampaignOut]:
    campaign = create_campaign(
        caller.company_id,
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
        new_id=wiring.new_id,
        now=wiring.now,
    )
    company = wiring.access().company(caller.company_id)
    return Item(data=CampaignOut.of(CampaignView.of(campaign, company, at=wiring.now())))
