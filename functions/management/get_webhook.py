"""GET /v1/webhooks/{webhookId}: one webhook, its secret masked."""

from campaigns import wiring
from campaigns.domain.webhook import webhook_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.webhooks import WebhookOut


@endpoint("GET /v1/webhooks/{webhookId}", scope="manage:webhooks", wiring=wiring)
def handler(webhook_id: Id, caller: Caller) -> WebhookOut:
    return WebhookOut.of(wiring.webhooks().get(caller.company_id, webhook_id_of(webhook_id)))
