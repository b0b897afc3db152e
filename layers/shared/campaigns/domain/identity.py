"""How things get their ids: every id in the core is a UUID, and some can be foreseen."""

from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID, uuid5

from campaigns.domain.errors import Invalid

_RUNS = UUID("7a4a3d52-3c1f-5d0e-9a56-0f6a53a1b8c4")


class NotAUuid(Invalid):
    code = "not_a_uuid"

    def __init__(self, text: str, *, field: str | None = None) -> None:
        super().__init__(f"{text!r} is not a UUID", field=field)


def time_ordered(at: datetime, entropy: bytes) -> str:
    """A UUID of version 7: ids sort by the moment they were made.

    `entropy` is 10 random bytes, of which 74 bits are used.
    """
    stamp = int(at.timestamp() * 1000) & (2**48 - 1)
    noise = int.from_bytes(entropy[:10], "big")
    value = stamp << 80 | 0x7 << 76 | (noise >> 62 & 0xFFF) << 64 | 0b10 << 62 | noise & (2**62 - 1)
    return str(UUID(int=value))


_namespace = lru_cache(maxsize=256)(UUID)


def of_external(company_id: str, kind: str, external_id: str) -> str:
    """The id of what an import calls `external_id`, so that an import is an upsert by name."""
    return str(uuid5(_namespace(company_id), f"{kind}:{external_id}"))


def of_scheduled_run(campaign_id: str, local_date: str) -> str:
    """One run per campaign and local date, however often its trigger is delivered."""
    return str(uuid5(_RUNS, f"{campaign_id}:schedule:{local_date}"))


def of_requested_run(campaign_id: str, idempotency_key: str, on: date) -> str:
    """`on` is the UTC day of the request: a key used again later asks for another run."""
    return str(uuid5(_RUNS, f"{campaign_id}:request:{on.isoformat()}:{idempotency_key}"))


def as_uuid(text: str, *, field: str | None = None) -> str:
    """Canonical lower-case form. Raises NotAUuid."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotAUuid(text, field=field) from None


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`: sorts as text, reads as a time."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
