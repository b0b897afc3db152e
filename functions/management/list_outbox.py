"""GET /v1/outbox: the outbox: messages that reached nobody."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.outbox import OutboxOut
from campaigns.edge.management.params import Listed, PageAsk, listed


@endpoint("GET /v1/outbox", scope="manage:messages", wiring=wiring)
def handler(ask: PageAsk, caller: Caller) -> Listed[OutboxOut]:
    found = wiring.outbox().list(caller.company_id, after=ask.after, limit=ask.limit + 1)
    return listed(found, ask.limit, lambda one: OutboxOut.of(*one), lambda one: one[0].id)
