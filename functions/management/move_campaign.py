"""PUT /v1/campaigns/{campaignId}/status:
activate, pause, complete, cancel or archive a collection campaign, or one of an agency.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.campaigns import AgencyOut, CollectionOut, CollectionStatusIn, shown
from campaigns.edge.management.schemas import Id
from campaigns.usecases.move_steered import move_steered


@endpoint("PUT /v1/campaigns/{campaignId}/status", scope="manage:campaigns", wiring=wiring)
def handler(campaign_id: Id, body: CollectionStatusIn, caller: Caller) -> CollectionOut | AgencyOut:
    moved = move_steered(
        caller.company_id,
        campaign_id,
        body.status,
        access=wiring.access(),
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
        templates=wiring.templates(),
        runs=wiring.runs(),
        engine=wiring.engine(),
        schedules=wiring.schedules(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return shown(moved)
