"""POST /{uuid}/agency/createCampaign and /agency/createCampaign: an agency schedules messages."""

from http import HTTPStatus

from campaigns import wiring
from campaigns.edge.agency import endpoint
from campaigns.edge.agency.schemas import CampaignCreated, CampaignIn, CreatedRef, NamedAgency
from campaigns.edge.auth import Caller
from campaigns.usecases.create_agency_campaign import create_agency_campaign


@endpoint(
    "POST /{uuid}/agency/createCampaign",
    "POST /agency/createCampaign",
    scope="agency:write",
    wiring=wiring,
    status=HTTPStatus.CREATED,
)
def handler(body: CampaignIn, caller: Caller, _: NamedAgency = None) -> CampaignCreated:
    campaign = create_agency_campaign(
        caller.company_id,
        body.asked(),
        access=wiring.access(),
        campaigns=wiring.agency_campaigns(),
        templates=wiring.templates(),
        groups=wiring.groups(),
        schedules=wiring.schedules(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return CampaignCreated(data=CreatedRef(id=campaign.id))
