"""GET /v1/campaigns/{campaignId}: one collection campaign."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_collection


@endpoint("GET /v1/campaigns/{campaignId}", scope="manage:campaigns", wiring=wiring)
def handler(campaign_id: Id, caller: Caller) -> CollectionOut:
    found = find_collection(caller.company_id, campaign_id, campaigns=wiring.collections())
    return CollectionOut.of(found)
