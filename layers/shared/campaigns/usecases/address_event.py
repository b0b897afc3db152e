from campaigns.domain.webhook import MOST_WEBHOOKS
from campaigns.domain.webhook_delivery import Told, delivery_of
from campaigns.ports import Clock, DeliveryQueue, DeliveryStore, WebhookStore


def address_event(
    told: Told,
    *,
    webhooks: WebhookStore,
    deliveries: DeliveryStore,
    queue: DeliveryQueue,
    now: Clock,
) -> int:
    """Have an event sent to every webhook of its company that wants it; answer to how many.

    Again is fine: what is on its way comes to the queue once more, what is over does not.
    """
    at = now()
    ours = webhooks.list(told.company_id, after=None, limit=MOST_WEBHOOKS)
    wanting = [webhook for webhook in ours if webhook.wants(told.type)]
    for webhook in wanting:
        delivery = deliveries.add_or_get(delivery_of(told, webhook, at))
        if not delivery.is_over:
            queue.put(delivery.ref)
    return len(wanting)
