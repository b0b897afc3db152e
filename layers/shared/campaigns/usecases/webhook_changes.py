"""What a client may set of a webhook, checked before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from campaigns.domain.secret import is_mask
from campaigns.domain.webhook import SHORTEST_SECRET, Webhook, WebhookStatus, webhook_url
from campaigns.ports import OutboundHosts, Secrets
from campaigns.usecases.campaign_changes import FieldRefused, kept_secret, refuse_to_follow


@dataclass(frozen=True, slots=True)
class WebhookChecks:
    """What the checks have to ask."""

    secrets: Secrets
    hosts: OutboundHosts
    allow_http: bool


def changed(webhook: Webhook, changes: Mapping[str, Any], checks: WebhookChecks) -> Webhook:
    """The webhook with these fields set; only `types` may be None. Raises Invalid naming the field.

    Another address, or being set active, makes it well: what the receiver did before is forgotten.
    """
    for name in ("url", "secret", "status"):
        if name in changes and changes[name] is None:
            raise FieldRefused("cannot be null", field=name)
    made = webhook
    if "types" in changes:
        types = changes["types"]
        made = replace(made, types=None if types is None else frozenset(types))
    if "secret" in changes:
        made = _with_secret(made, changes["secret"], checks)
    if "url" in changes:
        made = _with_url(made, changes["url"], checks)
        if made.secret == webhook.secret and _server(made.url) != _server(webhook.url):
            refuse_to_follow("secret")
    if "status" in changes:
        made = made.set_to(WebhookStatus(changes["status"]))
    return made


def _with_url(webhook: Webhook, text: str, checks: WebhookChecks) -> Webhook:
    url = webhook_url(text, allow_http=checks.allow_http)
    checks.hosts.check(url.host, url.port, field="url")
    whole = url.origin + url.target
    return webhook if whole == webhook.url else replace(webhook.answered(), url=whole)


def _with_secret(webhook: Webhook, secret: str, checks: WebhookChecks) -> Webhook:
    if len(secret) < SHORTEST_SECRET and not is_mask(secret):
        message = f"has to have {SHORTEST_SECRET} characters or more"
        raise FieldRefused(message, field="secret")
    sealed = kept_secret(
        secret,
        webhook.secret if webhook.secret.ciphertext else None,
        field="secret",
        context=webhook.secret_context,
        secrets=checks.secrets,
    )
    return replace(webhook, secret=sealed)


def _server(url: str) -> str:
    return webhook_url(url, allow_http=True).origin if url else ""
