"""Keys as the management API takes and shows them."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from campaigns.domain.api_key import LONGEST_OVERLAP, ApiKey, RateLimit
from campaigns.edge.wire import Instant, Moment, StrictWire, Wire

Scope = Annotated[str, Field(min_length=1, max_length=50)]
Prefix = Literal["sk_live_", "sk_test_", "cc_", "ag_"]


class RateLimitIn(StrictWire):
    requests: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] = 60

    def kept(self) -> RateLimit:
        return RateLimit(self.requests, self.seconds)


class KeyIn(StrictWire):
    """`fullAccess` has to be said for a key without scopes."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[tuple[Scope, ...], Field(max_length=100)] = ()
    full_access: StrictBool = False
    prefix: Prefix = "sk_live_"
    expires_at: Instant | None = None
    rate_limit: RateLimitIn | None = None

    @model_validator(mode="after")
    def _says_what_it_may(self) -> Self:
        if self.full_access and self.scopes:
            raise ValueError("fullAccess and scopes exclude one another")
        return self


class RotationIn(StrictWire):
    """For how many seconds the old key stays good beside the new one; a day unless said."""

    overlap_seconds: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP // timedelta(seconds=1))] = (
        86_400
    )

    @property
    def overlap(self) -> timedelta:
        return timedelta(seconds=self.overlap_seconds)


class RateLimitOut(Wire):
    requests: int
    seconds: int

    @classmethod
    def of(cls, limit: RateLimit) -> Self:
        return cls(requests=limit.requests, seconds=limit.seconds)


class KeyOut(Wire):
    id: str
    name: str
    prefix: str
    scopes: list[str]
    full_access: bool
    rate_limit: RateLimitOut | None
    created_at: Moment
    created_by: str | None
    expires_at: Moment | None
    revoked_at: Moment | None
    replaced_by: str | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        limit = key.rate_limit
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            scopes=sorted(key.scopes),
            full_access=not key.scopes,
            rate_limit=None if limit is None else RateLimitOut.of(limit),
            created_at=key.created_at,
            created_by=key.created_by,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            replaced_by=key.replaced_by,
        )


class IssuedKeyOut(KeyOut):
    """`key` is the secret itself, shown this once."""

    key: str

    @classmethod
    def issued(cls, key: ApiKey, secret: str) -> Self:
        return cls(**KeyOut.of(key).model_dump(), key=secret)
