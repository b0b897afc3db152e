from contextlib import suppress
from datetime import datetime, timedelta

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.signature import signature
from campaigns.domain.webhook import Webhook, WebhookNotFound
from campaigns.domain.webhook_delivery import DeliveryRef, Outcome, WebhookDelivery
from campaigns.ports import Clock, DeliveryStore, Receivers, Secrets, WebhookStore
from campaigns.usecases.keep_trying import keep_trying

_MEANWHILE = timedelta(seconds=10)
"""Somebody else has just begun what we were about to do."""


def send_to_webhook(
    ref: DeliveryRef,
    *,
    webhooks: WebhookStore,
    deliveries: DeliveryStore,
    secrets: Secrets,
    receivers: Receivers,
    now: Clock,
) -> timedelta | None:
    """Try a delivery if it is due; answer how long to wait before it is looked at again.

    None: it is over, or there is none. An attempt is written down before it is made, so that no
    two are made at once and one that died is counted.
    """
    delivery = deliveries.find(ref)
    if delivery is None or delivery.is_over:
        return None
    at = now()
    if wait := delivery.wait_at(at):
        return wait
    webhook = webhooks.find(ref.company_id, ref.webhook_id)
    hopeless = _hopeless(delivery, webhook, at)
    try:
        if webhook is None or hopeless:
            deliveries.move(delivery.given_up(hopeless))
            return None
        if (rest := webhook.rest_at(at)) and not delivery.is_wanted_now:
            return rest
        if webhook.is_failing:
            webhook = webhooks.move(webhook.tried(at))
        begun = deliveries.move(delivery.begun(at))
    except ChangedMeanwhile:
        return _MEANWHILE
    secret = secrets.open(webhook.secret, webhook.secret_context)
    outcome = receivers.post(webhook.url, *_request(begun, secret, at))
    return _settled(begun, webhook, outcome, now(), webhooks=webhooks, deliveries=deliveries)


def _hopeless(delivery: WebhookDelivery, webhook: Webhook | None, at: datetime) -> str:
    """Why it is not tried any more; empty if it is."""
    if webhook is None:
        return "the webhook was deleted"
    if not webhook.is_active:
        return "the webhook is disabled"
    if webhook.rest_at(at) and delivery.has_waited_enough(at):
        return "the receiver was failing for as long as it could wait"
    return ""


def _request(delivery: WebhookDelivery, secret: str, at: datetime) -> tuple[dict[str, str], bytes]:
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "X-Signature": signature(secret, int(at.timestamp()), body),
        "X-Event-Id": delivery.event_id,
        "X-Event-Type": delivery.event_type,
    }
    return headers, body


def _settled(
    begun: WebhookDelivery,
    webhook: Webhook,
    outcome: Outcome,
    at: datetime,
    *,
    webhooks: WebhookStore,
    deliveries: DeliveryStore,
) -> timedelta | None:
    """Keep what came of the attempt, first with the delivery, then with the webhook."""
    ended = keep_trying(
        lambda: deliveries.get(begun.ref), lambda one: one.ended(at, outcome), deliveries.move
    )
    if webhook.failures or not outcome.is_good:
        # How the receiver fares is a hint: one that is lost in a crowd is made up by the next.
        with suppress(ChangedMeanwhile, WebhookNotFound):
            keep_trying(
                lambda: webhooks.get(webhook.company_id, webhook.id),
                lambda one: one.answered() if outcome.is_good else one.failed(at, outcome.told),
                webhooks.move,
            )
    return None if ended.is_over else ended.wait_at(at)
