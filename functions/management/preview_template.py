"""POST /v1/templates/{templateId}/preview: fill in a template for a look; nothing is sent."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import template_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.templates import PreviewIn, PreviewOut
from campaigns.pipeline.preview_template import preview_template


@endpoint(
    "POST /v1/templates/{templateId}/preview",
    scope="manage:templates",
    wiring=wiring,
    remembered=False,
)
def handler(template_id: Id, body: PreviewIn, caller: Caller) -> PreviewOut:
    company = wiring.access().company(caller.company_id)
    message = preview_template(
        wiring.templates().get(caller.company_id, template_id_of(template_id)),
        body.sample(),
        company=company,
        today=local_date_of(wiring.now(), company.zone),
        templates=wiring.templates(),
        people=wiring.people(),
        renderer=wiring.renderer(),
    )
    return PreviewOut.of(message)
