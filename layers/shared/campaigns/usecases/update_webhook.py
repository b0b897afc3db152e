from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.webhook import Webhook
from campaigns.ports import Clock, WebhookStore
from campaigns.usecases.keep_trying import keep_trying
from campaigns.usecases.webhook_changes import WebhookChecks, changed


def update_webhook(
    company_id: str,
    webhook_id: str,
    changes: Mapping[str, Any],
    *,
    webhooks: WebhookStore,
    checks: WebhookChecks,
    now: Clock,
) -> Webhook:
    """Raises WebhookNotFound, Invalid naming the field, ChangedMeanwhile."""
    return keep_trying(
        lambda: webhooks.get(company_id, webhook_id),
        lambda webhook: replace(changed(webhook, changes, checks), updated_at=now()),
        webhooks.move,
    )
