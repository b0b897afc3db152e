"""GET /api/v1/external/campaigns/{campaign_id}: one collection campaign."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.collections import Envelope, endpoint
from campaigns.edge.collections.schemas import CampaignOut, PathId
from campaigns.usecases.find_collections import counted


@endpoint("GET /api/v1/external/campaigns/{campaign_id}", scope="campaigns:read", wiring=wiring)
def handler(campaign_id: PathId, caller: Caller) -> Envelope[CampaignOut]:
    campaign = wiring.collections().get(caller.company_id, campaign_id)
    [one] = counted(caller.company_id, [campaign], enrollments=wiring.enrollments())
    return Envelope(data=CampaignOut.of(one.campaign, one.counts))
