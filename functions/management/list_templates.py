"""GET /v1/templates: the company's templates, newest first, without what they say."""

from campaigns import wiring
from campaigns.domain.schedule import local_date_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.params import Listed, RecordAsk, paged
from campaigns.edge.management.templates import TemplateHeadOut


@endpoint("GET /v1/templates", scope="manage:templates", wiring=wiring)
def handler(ask: RecordAsk, caller: Caller) -> Listed[TemplateHeadOut]:
    page = wiring.templates().list(caller.company_id, ask.slice())
    today = local_date_of(wiring.now(), wiring.access().company(caller.company_id).zone)
    return paged(page, lambda one: TemplateHeadOut.of(one, today))
