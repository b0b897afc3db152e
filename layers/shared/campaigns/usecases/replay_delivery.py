from campaigns.domain.webhook import WebhookIsDisabled
from campaigns.domain.webhook_delivery import DeliveryRef, WebhookDelivery
from campaigns.ports import Clock, DeliveryQueue, DeliveryStore, WebhookStore
from campaigns.usecases.keep_trying import keep_trying


def replay_delivery(
    ref: DeliveryRef,
    *,
    webhooks: WebhookStore,
    deliveries: DeliveryStore,
    queue: DeliveryQueue,
    now: Clock,
) -> WebhookDelivery:
    """Have a delivery sent again at once, whatever came of it before.

    Raises WebhookNotFound, WebhookIsDisabled, WebhookDeliveryNotFound, ChangedMeanwhile.
    """
    if not webhooks.get(ref.company_id, ref.webhook_id).is_active:
        raise WebhookIsDisabled
    at = now()
    replayed: WebhookDelivery = keep_trying(
        lambda: deliveries.get(ref), lambda one: one.replayed(at), deliveries.move
    )
    queue.put(ref)
    return replayed
