"""Who is asking: a key, known by its SHA-256 and remembered while the function is warm."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Protocol

from aws_lambda_powertools.event_handler import Depends

from campaigns.domain.api_key import ApiKey, RateLimit, digest_of
from campaigns.edge.problem import UNAUTHENTICATED, Refused, lacks_scope, too_many

if TYPE_CHECKING:
    from campaigns.ports import Requests

PUBLIC = "public"
_REMEMBERED = timedelta(seconds=60)
_LONGEST_KEY = 200


class Keys(Protocol):
    def find_key(self, digest: str) -> ApiKey | None: ...


class Wiring(Protocol):
    """What the module `wiring` offers for telling who is asking, and how often they did."""

    def access(self) -> Keys: ...

    def requests(self) -> "Requests": ...

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What an API asks of a key beyond its scope."""

    all_if_no_scopes: bool = False
    prefixes: tuple[str, ...] = ()
    """What the key may begin with; anything if empty."""
    rate_limit: RateLimit | None = None
    """Of a key that says nothing about it."""
    bearer_only: bool = False
    """Whether a key comes in no other header than Authorization."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The company and key that a request speaks for; the company in its test space, maybe."""

    company_id: str
    key_id: str
    client_id: str | None = None
    """Of a token of the financing API: whom it was issued to."""


CURRENT: ContextVar[Identity] = ContextVar("caller")
Caller = Annotated[Identity, Depends(lambda: CURRENT.get())]
"""Annotate a handler's parameter with it to be given the caller."""


ANY_KEY = KeyRules()


class Authenticator:
    """Refuses with UNAUTHENTICATED, a missing scope or too many requests.

    A refusal is not remembered. A request that is refused for its key or scope is not counted.
    """

    def __init__(self, wiring: Wiring, rules: KeyRules) -> None:
        self._wiring = wiring
        self._rules = rules
        self._known: dict[str, tuple[datetime, ApiKey]] = {}

    def identify(self, headers: Mapping[str, str], scope: str) -> Identity:
        """Header names are expected in lower case."""
        presented = _presented(headers, bearer_only=self._rules.bearer_only)
        if self._rules.prefixes and not presented.startswith(self._rules.prefixes):
            raise Refused(UNAUTHENTICATED)
        key = self._find(digest_of(presented))
        at = self._wiring.now()
        if not key.is_good(at):
            raise Refused(UNAUTHENTICATED)
        if not key.allows(scope, all_if_none=self._rules.all_if_no_scopes):
            raise Refused(lacks_scope(scope))
        limit = key.rate_limit or self._rules.rate_limit
        if limit is not None:
            wait = self._wiring.requests().spend(key.company_id, key.id, limit, at.timestamp())
            if wait:
                raise Refused(too_many(wait))
        return Identity(key.space_id, key.id, key.client_id)

    def _find(self, digest: str) -> ApiKey:
        at = self._wiring.now()
        known = self._known.get(digest)
        if known and at - known[0] < _REMEMBERED:
            return known[1]
        found = self._wiring.access().find_key(digest)
        if found is None:
            self._known.pop(digest, None)
            raise Refused(UNAUTHENTICATED)
        self._known[digest] = (at, found)
        return found


def _presented(headers: Mapping[str, str], *, bearer_only: bool) -> str:
    key = "" if bearer_only else headers.get("x-api-key", "").strip()
    if not key:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else ""
    if not key or len(key) > _LONGEST_KEY:
        raise Refused(UNAUTHENTICATED)
    return key
