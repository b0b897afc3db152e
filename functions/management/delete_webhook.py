"""DELETE /v1/webhooks/{webhookId}: delete a webhook; what is on its way is given up."""

from campaigns import wiring
from campaigns.domain.webhook import webhook_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.webhooks import WebhookOut
from campaigns.usecases.delete_webhook import delete_webhook


@endpoint("DELETE /v1/webhooks/{webhookId}", scope="manage:webhooks", wiring=wiring)
def handler(webhook_id: Id, caller: Caller) -> WebhookOut:
    id = webhook_id_of(webhook_id)
    return WebhookOut.of(delete_webhook(caller.company_id, id, webhooks=wiring.webhooks()))
