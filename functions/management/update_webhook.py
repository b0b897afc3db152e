"""PATCH /v1/webhooks/{webhookId}: change the fields of a webhook that are sent."""

from campaigns import wiring
from campaigns.domain.webhook import webhook_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.webhooks import WebhookChangesIn, WebhookOut
from campaigns.edge.wire import sent
from campaigns.usecases.update_webhook import update_webhook
from campaigns.usecases.webhook_changes import WebhookChecks


@endpoint("PATCH /v1/webhooks/{webhookId}", scope="manage:webhooks", wiring=wiring)
def handler(webhook_id: Id, body: WebhookChangesIn, caller: Caller) -> WebhookOut:
    webhook = update_webhook(
        caller.company_id,
        webhook_id_of(webhook_id),
        sent(body),
        webhooks=wiring.webhooks(),
        checks=WebhookChecks(wiring.secrets(), wiring.hosts(), wiring.allow_http()),
        now=wiring.now,
    )
    return WebhookOut.of(webhook)
