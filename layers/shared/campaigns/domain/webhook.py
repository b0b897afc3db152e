"""A webhook: where a company wants to be told of what happens, and how its receiver fares.

A receiver that fails is left alone for as long as it has been failing, from a minute to an
hour, and then tried by one delivery alone. One that has failed for a day is told no more until
somebody says that it is well again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from campaigns.domain.errors import Conflict, Invalid, NotFound
from campaigns.domain.events import EventType
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.secret import Sealed, secret_context
from campaigns.domain.web_url import NoUrl, WebUrl, parse_url

MOST_WEBHOOKS: Final = 20
"""Of one company."""
SHORTEST_SECRET: Final = 16
ATTEMPT: Final = timedelta(minutes=2)
"""Longer than an attempt can take: whoever began one and is not heard of by then is dead."""

_RESTS_AFTER: Final = 3
"""Failures in a row. One or two may be about the event and not about the receiver."""
_SHORTEST_REST: Final = timedelta(minutes=1)
_LONGEST_REST: Final = timedelta(hours=1)
_DISABLED_AFTER: Final = 20
_FAILING_FOR: Final = timedelta(days=1)
_ON_THE_WIRE: Final = frozenset(map(chr, range(0x21, 0x7F)))


class WebhookStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    id: str
    company_id: str
    url: str
    types: frozenset[EventType] | None = None
    """None: all, also those that come to be later."""
    secret: Sealed
    status: WebhookStatus = WebhookStatus.ACTIVE
    disabled_reason: str | None = None
    """Why we disabled it; None if somebody else did."""
    failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    resting_until: datetime | None = None
    created_at: datetime
    updated_at: datetime
    """By somebody; how the receiver fares does not count."""
    version: int = 0

    @property
    def is_active(self) -> bool:
        return self.status is WebhookStatus.ACTIVE

    @property
    def secret_context(self) -> dict[str, str]:
        return secret_context(self.company_id, self.id, "webhook.secret")

    def wants(self, type: str) -> bool:
        return self.is_active and (self.types is None or type in self.types)

    def rest_at(self, at: datetime) -> timedelta:
        """How long it is still left alone."""
        return max(timedelta(), (self.resting_until or at) - at)

    @property
    def is_failing(self) -> bool:
        """Whether it takes one attempt at a time only."""
        return self.failures >= _RESTS_AFTER

    def tried(self, at: datetime) -> Self:
        """Somebody tries whether it is well again; all others wait for what they find."""
        return replace(self, resting_until=at + ATTEMPT)

    def answered(self) -> Self:
        """Well: nothing is held against it any more."""
        return replace(self, failures=0, failing_since=None, resting_until=None)

    def failed(self, at: datetime, why: str) -> Self:
        since = self.failing_since or at
        failing = replace(self, failures=self.failures + 1, failing_since=since)
        if failing.is_failing:
            rest = min(max(at - since, _SHORTEST_REST), _LONGEST_REST)
            failing = replace(failing, resting_until=at + rest)
        if failing.failures < _DISABLED_AFTER or at - since < _FAILING_FOR:
            return failing
        reason = f"{failing.failures} attempts in a row failed in over a day, the last one: {why}"
        return replace(failing, status=WebhookStatus.DISABLED, disabled_reason=reason)

    def set_to(self, status: WebhookStatus) -> Self:
        """Whoever sets it active says that it is well."""
        return replace(self.answered(), status=status, disabled_reason=None)


def webhook_url(text: str, *, allow_http: bool) -> WebUrl:
    """Raises WebhookUrlInvalid."""
    try:
        url = parse_url(text, allow_http=allow_http)
    except NoUrl as misspelt:
        raise WebhookUrlInvalid(str(misspelt)) from None
    if not _ON_THE_WIRE.issuperset(url.target):
        raise WebhookUrlInvalid("characters beyond ASCII have to be percent-encoded")
    return url


def webhook_id_of(text: str) -> str:
    """Raises WebhookNotFound: what cannot be an id names no webhook."""
    try:
        return as_uuid(text)
    except NotAUuid:
        raise WebhookNotFound(text) from None


class WebhookNotFound(NotFound):
    code = "webhook_not_found"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"webhook {webhook_id} does not exist")


class WebhookUrlInvalid(Invalid):
    code = "webhook_url_invalid"

    def __init__(self, message: str) -> None:
        super().__init__(
            f"{message}; a valid URL looks like https://hooks.example.com/campaigns", field="url"
        )


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"

    def __init__(self) -> None:
        super().__init__(f"a company has at most {MOST_WEBHOOKS} webhooks; delete one first")


class WebhookIsDisabled(Conflict):
    code = "webhook_disabled"

    def __init__(self) -> None:
        super().__init__("the webhook is disabled; set its status to active first")
