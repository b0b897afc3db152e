"""POST /{uuid}/agency/template: record a message that the agency has sent by itself."""

from campaigns import wiring
from campaigns.edge.agency import endpoint
from campaigns.edge.agency.schemas import SendIn, SendTaken
from campaigns.edge.auth import Caller
from campaigns.usecases.report_send import report_send


@endpoint("POST /{uuid}/agency/template", scope="agency:write", wiring=wiring)
def handler(body: SendIn, caller: Caller) -> SendTaken:
    report_send(
        caller.company_id,
        body.template_name,
        body.phone_number,
        body.wam_id,
        templates=wiring.templates(),
        sends=wiring.reported_sends(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return SendTaken()
