"""GET /v1/webhooks: the company's webhooks, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.params import Listed, PageAsk, listed
from campaigns.edge.management.webhooks import WebhookOut


@endpoint("GET /v1/webhooks", scope="manage:webhooks", wiring=wiring)
def handler(ask: PageAsk, caller: Caller) -> Listed[WebhookOut]:
    found = wiring.webhooks().list(caller.company_id, after=ask.next_token, limit=ask.limit + 1)
    return listed(found, ask.limit, WebhookOut.of, lambda webhook: webhook.id)
