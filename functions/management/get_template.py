"""GET /v1/templates/{templateId}: one template as its newest version, or another, has it."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.templates import AskedVersion, TemplateOut
from campaigns.usecases.find_template import find_template


@endpoint("GET /v1/templates/{templateId}", scope="manage:templates", wiring=wiring)
def handler(template_id: Id, caller: Caller, version: AskedVersion = None) -> TemplateOut:
    template = find_template(caller.company_id, template_id, templates=wiring.templates())
    said = wiring.templates().said(template, version or template.newest)
    zone = wiring.access().company(caller.company_id).zone
    return TemplateOut.of_version(template, said, local_date_of(wiring.now(), zone))
