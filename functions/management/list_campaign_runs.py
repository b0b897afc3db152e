"""GET /v1/campaigns/{campaignId}/runs: the runs of a collection campaign's steps, newest first."""

from campaigns import wiring
from campaigns.domain.page import Slice
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionRunOut
from campaigns.edge.management.params import Listed, PageAsk, listed
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_steered


@endpoint("GET /v1/campaigns/{campaignId}/runs", scope="manage:campaigns", wiring=wiring)
def handler(campaign_id: Id, ask: PageAsk, caller: Caller) -> Listed[CollectionRunOut]:
    campaign = find_steered(
        caller.company_id,
        campaign_id,
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
    )
    wanted = Slice(limit=ask.limit + 1, starting_after=ask.next_token)
    found = wiring.runs().list(caller.company_id, campaign.id, wanted).items
    return listed(found, ask.limit, CollectionRunOut.of, lambda run: run.id)
