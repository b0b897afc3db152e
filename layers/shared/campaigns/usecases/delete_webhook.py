from campaigns.domain.webhook import Webhook
from campaigns.ports import WebhookStore


def delete_webhook(company_id: str, webhook_id: str, *, webhooks: WebhookStore) -> Webhook:
    """With its secret; what is on its way to it will be given up. Raises WebhookNotFound."""
    webhook = webhooks.get(company_id, webhook_id)
    webhooks.remove(company_id, webhook_id)
    return webhook
