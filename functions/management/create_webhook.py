"""POST /v1/webhooks: create a webhook; the answer is the only one that shows its secret."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.webhooks import WebhookIn, WebhookOut
from campaigns.edge.wire import sent
from campaigns.usecases.create_webhook import create_webhook
from campaigns.usecases.webhook_changes import WebhookChecks


@endpoint("POST /v1/webhooks", scope="manage:webhooks", wiring=wiring, shown_once=("secret",))
def handler(body: WebhookIn, caller: Caller) -> WebhookOut:
    webhook, secret = create_webhook(
        caller.company_id,
        sent(body),
        webhooks=wiring.webhooks(),
        checks=WebhookChecks(wiring.secrets(), wiring.hosts(), wiring.allow_http()),
        token=wiring.new_token,
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return WebhookOut.of(webhook, secret=secret)
