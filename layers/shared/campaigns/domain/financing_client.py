"""A shop that may ask for a company's payment plans: it has an id, a secret and, for an hour at a
time, a token. Secrets and tokens are known by their digests only.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Self

from campaigns.domain.errors import Conflict, Invalid, NotFound

SCOPE = "financing:read"
TOKEN_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancingClient:
    id: str
    company_id: str
    name: str
    secret_digest: str
    former_digest: str | None = None
    """Of the secret before the last rotation, which is good until `former_until`."""
    former_until: datetime | None = None
    created_at: datetime
    updated_at: datetime
    revoked_at: datetime | None = None
    version: int = 0

    @property
    def external_id(self) -> None:
        """Clients are found by id only."""
        return

    @property
    def deleted_at(self) -> datetime | None:
        """A client that was revoked stays on record."""
        return self.revoked_at

    def knows(self, digest: str, at: datetime) -> bool:
        """Whether this is the digest of a secret that is good now.

        Both are compared, and in the same time whatever they hold.
        """
        is_former_good = self.former_until is not None and at < self.former_until
        is_current = compare_digest(digest, self.secret_digest)
        is_former = compare_digest(digest, self.former_digest or "")
        return self.revoked_at is None and (is_current or (is_former and is_former_good))

    def rotated(self, digest: str, *, at: datetime, overlap: timedelta) -> Self:
        """With a new secret; the one before stays good for as long as `overlap`."""
        return replace(
            self,
            secret_digest=digest,
            former_digest=self.secret_digest if overlap else None,
            former_until=at + overlap if overlap else None,
            updated_at=at,
        )

    def revoked(self, at: datetime) -> Self:
        return replace(self, revoked_at=at, updated_at=at)


class ClientNotFound(NotFound):
    """In the management API, where an operator may know what was asked for."""

    code = "client_not_found"

    def __init__(self, client_id: str) -> None:
        super().__init__(f"financing client {client_id} does not exist")


class UnknownClient(Invalid):
    """In the financing API: the same words whether the id is malformed, unknown or another's."""

    code = "unknown_client"

    def __init__(self) -> None:
        super().__init__("is no client that you may ask for", field="clientId")


class ClientRevoked(Conflict):
    """A token has outlived its client."""

    code = "client_revoked"

    def __init__(self) -> None:
        super().__init__("The client of this token has been revoked.")


class BadClientCredentials(Invalid):
    """The same words whether there is no such client, it was revoked or the secret is wrong."""

    code = "invalid_client"

    def __init__(self) -> None:
        super().__init__("The client is unknown or its secret is wrong.")
