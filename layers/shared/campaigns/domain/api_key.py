"""The keys that speak for a company: what a key may do, how often, and how long.

A key is known by its digest only; the key itself is shown once and never kept. What it may do
is a set of scopes. `family:*` covers its family, and `manage:*` may also hand out any scope.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Self

from campaigns.domain.company import test_space_of
from campaigns.domain.errors import Conflict, Invalid, NotFound
from campaigns.domain.identity import NotAUuid, as_uuid, moment

MANAGE = "manage:*"
SCOPES = frozenset(
    {
        "accounts:read",
        "accounts:write",
        "campaigns:read",
        "campaigns:write",
        "customers:read",
        "customers:write",
        "disputes:read",
        "disputes:write",
        "ledgers:read",
        "ledgers:write",
        "runs:read",
        "runs:write",
        "runs:release",
        "runs:preview",
        "statements:read",
        "statements:write",
        "sync:write",
        "workers:read",
        "workers:write",
        "manage:campaigns",
        "manage:destinations",
        "financing:read",
        "manage:clients",
        "manage:audit",
        "manage:keys",
        "manage:people",
        "manage:plans",
        "manage:results",
        "manage:companies",
        "manage:schedules",
        "manage:webhooks",
        "manage:templates",
        "manage:groups",
        "manage:messages",
        "agency:read",
        "agency:write",
        MANAGE,
    }
)


TEST = "sk_test_"
PREFIXES = ("sk_live_", TEST, "cc_", "ag_")
"""What a key begins with tells people, and scanners of leaked secrets, what it is for."""
LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in every window of so many seconds, counted from the epoch."""

    requests: int
    seconds: int = 60

    @property
    def per_second(self) -> Fraction:
        return Fraction(self.requests, self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    id: str
    company_id: str
    digest: str
    prefix: str
    name: str
    scopes: frozenset[str]
    """None at all, if asked for: full access in the collections API, no access elsewhere."""
    rate_limit: RateLimit | None = None
    """None: the limit of the API that is called, if it has one."""
    created_at: datetime
    created_by: str | None = None
    """The key that made it; None for one made by whoever runs the deployment."""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: str | None = None
    """The key that it was rotated for."""
    client_id: str | None = None
    """Of a token of the financing API: the client that it was issued to."""
    version: int = 0

    @property
    def space_id(self) -> str:
        """Whose data it sees: its company's own, or the test data of its company."""
        return test_space_of(self.company_id) if self.prefix == TEST else self.company_id

    def is_good(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def allows(self, scope: str, *, all_if_none: bool = False) -> bool:
        """`all_if_none`: whether no scopes at all mean every scope."""
        return _covers(self.scopes, scope) or (all_if_none and not self.scopes)

    def check_may_make(
        self,
        scopes: frozenset[str],
        *,
        expires_at: datetime | None,
        rate_limit: RateLimit | None,
    ) -> None:
        """Nobody hands out more than they hold, for longer or more often than they may ask.

        Raises ScopeNotHeld, OutlivesItsMaker, FasterThanItsMaker.
        """
        self.check_may_grant(scopes)
        if MANAGE in self.scopes:
            return
        if self.expires_at is not None and (expires_at is None or expires_at > self.expires_at):
            raise OutlivesItsMaker(self.expires_at)
        if self.rate_limit is not None and (
            rate_limit is None or rate_limit.per_second > self.rate_limit.per_second
        ):
            raise FasterThanItsMaker(self.rate_limit)

    def latest_end(self, wanted: datetime | None) -> datetime | None:
        """When a key that it makes has to end, if it should end then; None for never."""
        if MANAGE in self.scopes or self.expires_at is None:
            return wanted
        return self.expires_at if wanted is None else min(wanted, self.expires_at)

    def check_may_grant(self, scopes: frozenset[str]) -> None:
        """Raises ScopeNotHeld."""
        held = self.scopes
        if MANAGE in held:
            return
        if missing := sorted(scope for scope in scopes if not _covers(held, scope)):
            raise ScopeNotHeld(missing)
        if not scopes:
            raise ScopeNotHeld(["full access"])

    def revoked(self, at: datetime) -> Self:
        """Revoking a second time changes nothing."""
        return self if self.revoked_at else replace(self, revoked_at=at)

    def rotated(self, by: str, *, at: datetime, overlap: timedelta) -> Self:
        """Good for the overlap still, never longer than before. Raises KeyEnded, AlreadyRotated."""
        if not self.is_good(at):
            raise KeyEnded
        if self.replaced_by:
            raise AlreadyRotated
        last = at + overlap
        return replace(
            self,
            replaced_by=by,
            expires_at=last if self.expires_at is None else min(last, self.expires_at),
        )


def _covers(held: Iterable[str], scope: str) -> bool:
    return scope in held or f"{scope.partition(':')[0]}:*" in held


def key_id_of(text: str) -> str:
    """Raises KeyNotFound: what cannot be an id names no key."""
    try:
        return as_uuid(text)
    except NotAUuid:
        raise KeyNotFound(text) from None


def digest_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def check_scopes(scopes: frozenset[str]) -> None:
    if unknown := sorted(scopes - SCOPES):
        raise UnknownScope(unknown)


NewToken = Callable[[], str]
"""A fresh secret, too long to guess."""


class UnknownScope(Invalid):
    code = "unknown_scope"

    def __init__(self, scopes: list[str]) -> None:
        super().__init__(
            f"unknown scope {', '.join(scopes)}; known are {', '.join(sorted(SCOPES))}",
            field="scopes",
        )


class NoScopes(Invalid):
    code = "no_scopes"

    def __init__(self) -> None:
        super().__init__(
            "a key without scopes has full access in the collections API; name its scopes, or"
            " ask for that with fullAccess",
            field="scopes",
        )


class ScopeNotHeld(Invalid):
    code = "scope_not_held"

    def __init__(self, scopes: list[str]) -> None:
        super().__init__(
            f"your key does not hold {', '.join(scopes)}, so it cannot hand that out",
            field="scopes",
        )


class OutlivesItsMaker(Invalid):
    code = "outlives_its_maker"

    def __init__(self, ends: datetime) -> None:
        super().__init__(
            f"your key ends at {moment(ends)}, so what it makes ends then at the latest",
            field="expiresAt",
        )


class FasterThanItsMaker(Invalid):
    code = "faster_than_its_maker"

    def __init__(self, limit: RateLimit) -> None:
        super().__init__(
            f"your key has {limit.requests} requests in {limit.seconds} s, so what it makes has"
            " no more",
            field="rateLimit",
        )


class ExpiresInThePast(Invalid):
    code = "expires_in_the_past"

    def __init__(self) -> None:
        super().__init__("must be in the future", field="expiresAt")


class KeyNotFound(NotFound):
    code = "key_not_found"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"key {key_id} does not exist")


class KeyEnded(Conflict):
    code = "key_ended"

    def __init__(self) -> None:
        super().__init__("the key is revoked or expired; create a new one")


class AlreadyRotated(Conflict):
    code = "key_already_rotated"

    def __init__(self) -> None:
        super().__init__("the key was rotated before; rotate the one that took its place")
