"""A company, the keys that speak for it, and what a key may do."""

from dataclasses import dataclass, field
from datetime import datetime, time
from hashlib import sha256

from campaigns.domain.errors import Invalid, NotFound
from campaigns.domain.schedule import RunWindow

MANAGE = "manage:*"
SCOPES = frozenset(
    {
        "campaigns:read",
        "campaigns:write",
        "runs:read",
        "runs:write",
        "runs:release",
        "workers:read",
        "workers:write",
        "manage:people",
        MANAGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    id: str
    name: str
    zone: str = "America/New_York"
    run_window: RunWindow = field(default_factory=lambda: RunWindow(time(6), time(8)))
    release_by_another_key: bool = False
    """Whether a run that is held needs another key to go on than the one that asked for it."""
    created_at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key is known by its digest only; the key itself is shown once and never kept."""

    id: str
    company_id: str
    digest: str
    prefix: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def allows(self, scope: str) -> bool:
        """An empty set of scopes means full access; `family:*` covers its family."""
        family = scope.partition(":")[0]
        return not self.scopes or scope in self.scopes or f"{family}:*" in self.scopes


def digest_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def check_scopes(scopes: frozenset[str]) -> None:
    if unknown := sorted(scopes - SCOPES):
        raise UnknownScope(unknown)


class UnknownScope(Invalid):
    code = "unknown_scope"

    def __init__(self, scopes: list[str]) -> None:
        super().__init__(
            f"unknown scope {', '.join(scopes)}; known are {', '.join(sorted(SCOPES))}",
            field="scopes",
        )


class CompanyNotFound(NotFound):
    code = "company_not_found"

    def __init__(self, company_id: str) -> None:
        super().__init__(f"company {company_id} does not exist")
