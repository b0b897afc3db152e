"""GET /v1/groups: the company's groups, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.groups import GroupOut
from campaigns.edge.management.params import Listed, RecordAsk, paged


@endpoint("GET /v1/groups", scope="manage:groups", wiring=wiring)
def handler(ask: RecordAsk, caller: Caller) -> Listed[GroupOut]:
    page = wiring.groups().list(caller.company_id, ask.slice())
    sizes = wiring.groups().sizes(caller.company_id, [one.id for one in page.items])
    return paged(page, lambda one: GroupOut.of(one, sizes[one.id]))
