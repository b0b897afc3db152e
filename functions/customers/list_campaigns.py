"""GET /v2/campaigns: collection campaigns as dialers see them."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.customers import Listed, endpoint, listed
from campaigns.edge.customers.schemas import CampaignAsk, CampaignOut
from campaigns.usecases.find_collections import find_collections, in_order


@endpoint("GET /v2/campaigns", scope="campaigns:read", wiring=wiring)
def handler(ask: CampaignAsk, caller: Caller) -> Listed[CampaignOut]:
    found = find_collections(
        caller.company_id, search=ask.search, status=ask.status, campaigns=wiring.collections()
    )
    ordered = in_order(found, ask.sort_by, descending=ask.sort_order == "desc")
    start = (ask.page - 1) * ask.limit
    page = [CampaignOut.of(one) for one in ordered[start : start + ask.limit]]
    return listed(page, len(found), ask.page, ask.limit)
