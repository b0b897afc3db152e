"""PATCH /v1/templates/{templateId}: make a new version of a template of the fields sent."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import template_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.templates import TemplateChangesIn, TemplateOut
from campaigns.usecases.update_template import update_template


@endpoint("PATCH /v1/templates/{templateId}", scope="manage:templates", wiring=wiring)
def handler(template_id: Id, body: TemplateChangesIn, caller: Caller) -> TemplateOut:
    template, newest = update_template(
        wiring.templates().get(caller.company_id, template_id_of(template_id)),
        body.name,
        body.says(),
        body.effective_on,
        body.version,
        templates=wiring.templates(),
        renderer=wiring.renderer(),
        access=wiring.access(),
        now=wiring.now,
    )
    zone = wiring.access().company(caller.company_id).zone
    return TemplateOut.of_version(template, newest, local_date_of(wiring.now(), zone))
