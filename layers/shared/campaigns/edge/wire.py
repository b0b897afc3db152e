"""The bases of every schema: camelCase outside, snake_case inside."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from campaigns.domain.identity import moment
from campaigns.domain.row_values import EARLIEST

Moment = Annotated[
    datetime,
    PlainSerializer(moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A time on the wire: RFC 3339, UTC, `Z`."""


def _in_utc(at: datetime) -> datetime:
    """At either end of the calendar there are times that UTC does not have."""
    try:
        found = at.astimezone(UTC)
    except OverflowError:
        raise ValueError("is no time that there is in UTC") from None
    if found < EARLIEST:
        raise ValueError(f"must not be before {EARLIEST.year}")
    return found


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time that a client tells."""


def _not_yet(value: Any) -> Any:
    if value:
        raise ValueError("is not supported yet")
    return value


NotYet = Annotated[Any, AfterValidator(_not_yet)]
"""A field of the contract that would be left undone in silence: only its empty value is taken."""

Short = Annotated[str, Field(max_length=100)]
Long = Annotated[str, Field(max_length=500)]
"""A limit also refuses half of a surrogate pair, which could not be written anywhere."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def as_uuid_text(text: str) -> str:
    if _UUID.fullmatch(text) is None:
        raise ValueError("must be a UUID")
    return text.lower()


Uuid = Annotated[str, AfterValidator(as_uuid_text)]

ExternalId = Annotated[str, Field(min_length=1, max_length=50)]


class Wire(BaseModel):
    """What a client of a public API sends: fields we do not know are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


class StrictWire(Wire):
    """What a client of our own API sends: fields we do not know are refused."""

    model_config = ConfigDict(extra="forbid")


def sent(body: Wire) -> dict[str, Any]:
    """The fields that a client sent, by our names; those of a part of it likewise."""
    values = {name: getattr(body, name) for name in body.model_fields_set}
    return {k: sent(v) if isinstance(v, Wire) else v for k, v in values.items()}
