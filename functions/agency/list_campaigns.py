"""GET /{uuid}/agency/getCampaignData: the campaigns of an agency, newest first."""

from campaigns import wiring
from campaigns.edge.agency import endpoint
from campaigns.edge.agency.schemas import CampaignLine, CampaignsPage, PageAsk
from campaigns.edge.auth import Caller
from campaigns.usecases.find_agency_campaigns import find_agency_campaigns


@endpoint("GET /{uuid}/agency/getCampaignData", scope="agency:read", wiring=wiring)
def handler(ask: PageAsk, caller: Caller) -> CampaignsPage:
    found, total = find_agency_campaigns(
        caller.company_id, ask.start, ask.limit, campaigns=wiring.agency_campaigns()
    )
    zone, now = wiring.access().company(caller.company_id).zone, wiring.now()
    return CampaignsPage.of([CampaignLine.of(one, zone, now) for one in found], ask, total)
