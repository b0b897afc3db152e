"""DELETE /v1/templates/{templateId}: use a template no more; its versions stay readable."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import template_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.templates import TemplateHeadOut


@endpoint("DELETE /v1/templates/{templateId}", scope="manage:templates", wiring=wiring)
def handler(template_id: Id, caller: Caller) -> TemplateHeadOut:
    at, templates = wiring.now(), wiring.templates()
    template = templates.get(caller.company_id, template_id_of(template_id))
    today = local_date_of(at, wiring.access().company(caller.company_id).zone)
    return TemplateHeadOut.of(templates.move(template.deleted(at)), today)
