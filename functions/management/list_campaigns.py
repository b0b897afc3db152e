"""GET /v1/campaigns: the company's collection campaigns, newest first."""

from campaigns import wiring
from campaigns.domain.page import Slice
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionOut
from campaigns.edge.management.params import Listed, PageAsk, listed


@endpoint("GET /v1/campaigns", scope="manage:campaigns", wiring=wiring)
def handler(ask: PageAsk, caller: Caller) -> Listed[CollectionOut]:
    wanted = Slice(limit=ask.limit + 1, starting_after=ask.next_token)
    found = wiring.collections().list(caller.company_id, wanted).items
    return listed(found, ask.limit, CollectionOut.of, lambda campaign: campaign.id)
