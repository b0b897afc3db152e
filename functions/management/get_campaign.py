"""GET /v1/campaigns/{campaignId}: one collection campaign, or one campaign of an agency."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import AgencyOut, CollectionOut, shown
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_steered


@endpoint("GET /v1/campaigns/{campaignId}", scope="manage:campaigns", wiring=wiring)
def handler(campaign_id: Id, caller: Caller) -> CollectionOut | AgencyOut:
    found = find_steered(
        caller.company_id,
        campaign_id,
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
    )
    return shown(found)
