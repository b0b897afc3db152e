"""The bases of every schema: camelCase outside, snake_case inside."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from campaigns.domain.identity import moment

Moment = Annotated[datetime, PlainSerializer(moment, return_type=str)]
"""A time on the wire: RFC 3339, UTC, `Z`."""


ExternalId = Annotated[str, Field(min_length=1, max_length=50)]


class Wire(BaseModel):
    """What a client of a public API sends: fields we do not know are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


class StrictWire(Wire):
    """What a client of our own API sends: fields we do not know are refused."""

    model_config = ConfigDict(extra="forbid")
