"""PATCH /v1/campaigns/{campaignId}: change the fields of a collection campaign that are sent."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionOut, CollectionPatch
from campaigns.edge.management.schemas import Id
from campaigns.usecases.campaign_changes import Checks
from campaigns.usecases.find_by_any_id import find_collection
from campaigns.usecases.keep_collection import update_collection


@endpoint("PATCH /v1/campaigns/{campaignId}", scope="manage:campaigns", wiring=wiring)
def handler(campaign_id: Id, body: CollectionPatch, caller: Caller) -> CollectionOut:
    campaigns = wiring.collections()
    campaign = update_collection(
        caller.company_id,
        find_collection(caller.company_id, campaign_id, campaigns=campaigns).id,
        body.changes(),
        campaigns=campaigns,
        templates=wiring.templates(),
        checks=Checks(
            wiring.exporters(),
            wiring.senders(),
            wiring.secrets(),
            wiring.hosts(),
            wiring.check_private_key,
            wiring.allow_http(),
        ),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return CollectionOut.of(campaign)
