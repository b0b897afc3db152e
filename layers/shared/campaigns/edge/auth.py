"""Who is asking: a key, known by its SHA-256 and remembered while the function is warm."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from aws_lambda_powertools.event_handler import Depends

from campaigns.domain.company import ApiKey, digest_of
from campaigns.edge.problem import UNAUTHENTICATED, Refused, lacks_scope

PUBLIC = "public"
_REMEMBERED = timedelta(seconds=60)
_LONGEST_KEY = 200


class Keys(Protocol):
    def find_key(self, digest: str) -> ApiKey | None: ...


class Wiring(Protocol):
    """What the module `wiring` offers for telling who is asking."""

    def access(self) -> Keys: ...

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """The company and key that a request speaks for."""

    company_id: str
    key_id: str


CURRENT: ContextVar[Identity] = ContextVar("caller")
Caller = Annotated[Identity, Depends(lambda: CURRENT.get())]
"""Annotate a handler's parameter with it to be given the caller."""


class Authenticator:
    """Refuses with UNAUTHENTICATED or a missing scope; a refusal is not remembered."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._known: dict[str, tuple[datetime, ApiKey]] = {}

    def identify(self, headers: Mapping[str, str], scope: str) -> Identity:
        """Header names are expected in lower case."""
        key = self._find(digest_of(_presented(headers)))
        if not key.is_good(self._wiring.now()):
            raise Refused(UNAUTHENTICATED)
        if not key.allows(scope):
            raise Refused(lacks_scope(scope))
        return Identity(key.company_id, key.id)

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


def _presented(headers: Mapping[str, str]) -> str:
    key = headers.get("x-api-key", "").strip()
    if not key:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else ""
    if not key or len(key) > _LONGEST_KEY:
        raise Refused(UNAUTHENTICATED)
    return key
