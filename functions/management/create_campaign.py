"""POST /v1/campaigns: create a collection campaign, a draft."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import CollectionIn, CollectionOut
from campaigns.usecases.campaign_changes import Checks
from campaigns.usecases.keep_collection import create_collection


@endpoint("POST /v1/campaigns", scope="manage:campaigns", wiring=wiring)
def handler(body: CollectionIn, caller: Caller) -> CollectionOut:
    campaign = create_collection(
        caller.company_id,
        body.type,
        body.changes(),
        campaigns=wiring.collections(),
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
