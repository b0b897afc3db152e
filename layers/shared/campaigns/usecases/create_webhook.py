from collections.abc import Mapping
from typing import Any

from campaigns.domain.api_key import NewToken
from campaigns.domain.secret import Sealed
from campaigns.domain.webhook import Webhook
from campaigns.ports import Clock, NewId, WebhookStore
from campaigns.usecases.webhook_changes import WebhookChecks, changed

PREFIX = "whsec_"


def create_webhook(
    company_id: str,
    fields: Mapping[str, Any],
    *,
    webhooks: WebhookStore,
    checks: WebhookChecks,
    token: NewToken,
    new_id: NewId,
    now: Clock,
) -> tuple[Webhook, str]:
    """Keep a webhook; answer it and its secret, made here unless it was given.

    Raises Invalid naming the field, TooManyWebhooks.
    """
    at = now()
    secret: str = fields.get("secret") or PREFIX + token()
    blank = Webhook(
        id=new_id(),
        company_id=company_id,
        url="",
        secret=Sealed(""),
        created_at=at,
        updated_at=at,
    )
    made = changed(blank, {**fields, "secret": secret}, checks)
    return webhooks.add(made), secret
