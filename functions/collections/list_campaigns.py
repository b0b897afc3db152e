"""GET /api/v1/external/campaigns: collection campaigns, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.collections import ListEnvelope, endpoint
from campaigns.edge.collections.schemas import CampaignAsk, CampaignOut, listed
from campaigns.usecases.find_collections import counted, find_collections


@endpoint("GET /api/v1/external/campaigns", scope="campaigns:read", wiring=wiring)
def handler(ask: CampaignAsk, caller: Caller) -> ListEnvelope[CampaignOut]:
    found = find_collections(
        caller.company_id,
        search=ask.search,
        status=ask.status,
        type=ask.type,
        campaigns=wiring.collections(),
    )
    start = (ask.page - 1) * ask.per_page
    page = found[start : start + ask.per_page]
    shown = counted(caller.company_id, page, enrollments=wiring.enrollments())
    return listed([CampaignOut.of(one.campaign, one.counts) for one in shown], ask, len(found))
