"""GET /v1/keys: the company's keys, newest first, those that have ended too."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.keys import KeyOut
from campaigns.edge.management.params import Listed, PageAsk, listed


@endpoint("GET /v1/keys", scope="manage:keys", wiring=wiring)
def handler(ask: PageAsk, caller: Caller) -> Listed[KeyOut]:
    found = wiring.access().list_keys(caller.company_id, after=ask.after, limit=ask.limit + 1)
    return listed(found, ask.limit, KeyOut.of, lambda key: key.id)
