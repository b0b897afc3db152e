"""POST /v1/templates: create a template with its first version."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.templates import TemplateIn, TemplateOut
from campaigns.usecases.create_template import create_template


@endpoint("POST /v1/templates", scope="manage:templates", wiring=wiring)
def handler(body: TemplateIn, caller: Caller) -> TemplateOut:
    template, first = create_template(
        caller.company_id,
        body.head(),
        body.first(),
        body.effective_on,
        templates=wiring.templates(),
        renderer=wiring.renderer(),
        access=wiring.access(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    zone = wiring.access().company(caller.company_id).zone
    return TemplateOut.of_version(template, first, local_date_of(wiring.now(), zone))
