"""POST /v1/templates/{templateId}/test-sends: send a template to one of the test recipients."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import template_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.messages import MessageOut, TestSendIn
from campaigns.edge.management.schemas import Id
from campaigns.pipeline.preview_template import preview_template
from campaigns.pipeline.send_test import check_recipient, send_test


@endpoint("POST /v1/templates/{templateId}/test-sends", scope="manage:templates", wiring=wiring)
def handler(template_id: Id, body: TestSendIn, caller: Caller) -> MessageOut:
    company = wiring.access().company(caller.company_id)
    template = wiring.templates().get(company.id, template_id_of(template_id))
    check_recipient(company.brand, template, body.to)
    written = preview_template(
        template,
        body.sample(),
        company=company,
        today=local_date_of(wiring.now(), company.zone),
        templates=wiring.templates(),
        people=wiring.people(),
        renderer=wiring.renderer(),
    )
    channel = wiring.message_channel(company.id, template.channel)
    message = send_test(
        template, written, body.to, channel=channel, new_id=wiring.new_id, now=wiring.now
    )
    return MessageOut.of(message)
