"""GET /v2/campaigns/{campaignId}: one collection campaign, and how its customers fare."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.edge.auth import Caller
from campaigns.edge.customers import endpoint
from campaigns.edge.customers.schemas import OneCampaignOut, PathId


@endpoint("GET /v2/campaigns/{campaignId}", scope="campaigns:read", wiring=wiring)
def handler(campaign_id: PathId, caller: Caller) -> OneCampaignOut:
    campaign = wiring.collections().get(caller.company_id, campaign_id)
    today = local_date_of(wiring.now(), wiring.access().company(caller.company_id).zone)
    counts = wiring.enrollments().counts(caller.company_id, [campaign.id], today)
    return OneCampaignOut.of(campaign, counts[campaign.id])
