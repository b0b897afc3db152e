"""GET /{uuid}/agency/getCampaign/{campaignId}: one campaign of an agency, with what it sends."""

from campaigns import wiring
from campaigns.edge.agency import endpoint
from campaigns.edge.agency.schemas import CampaignFound, CampaignId, CampaignOut
from campaigns.edge.auth import Caller
from campaigns.usecases.find_agency_campaigns import find_agency_campaign


@endpoint("GET /{uuid}/agency/getCampaign/{campaignId}", scope="agency:read", wiring=wiring)
def handler(campaign_id: CampaignId, caller: Caller) -> CampaignFound:
    found = find_agency_campaign(
        caller.company_id, campaign_id, campaigns=wiring.agency_campaigns()
    )
    sends = wiring.reported_sends().counts(caller.company_id, found.template_id)
    zone = wiring.access().company(caller.company_id).zone
    return CampaignFound(data=[CampaignOut.whole(found, sends, zone, wiring.now())])
