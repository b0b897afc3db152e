"""PUT /v1/campaigns/{campaignId}/status:
activate, pause, complete, cancel or archive a collection campaign.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionOut, CollectionStatusIn
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_collection
from campaigns.usecases.move_collection import move_collection


@endpoint("PUT /v1/campaigns/{campaignId}/status", scope="manage:campaigns", wiring=wiring)
def handler(campaign_id: Id, body: CollectionStatusIn, caller: Caller) -> CollectionOut:
    campaigns = wiring.collections()
    campaign = move_collection(
        caller.company_id,
        find_collection(caller.company_id, campaign_id, campaigns=campaigns).id,
        body.status,
        access=wiring.access(),
        campaigns=campaigns,
        runs=wiring.runs(),
        engine=wiring.engine(),
        schedules=wiring.schedules(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return CollectionOut.of(campaign)
