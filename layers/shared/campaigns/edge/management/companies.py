"""A company as the management API takes and shows it."""

import re
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, StrictBool, field_validator

from campaigns.domain.company import Company, CompanyChanges
from campaigns.domain.schedule import RunWindow
from campaigns.edge.wire import Moment, StrictWire, Wire

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _only_minutes(value: object) -> object:
    """A number is no time of day, and seconds would be dropped in silence."""
    if isinstance(value, time) or (isinstance(value, str) and _TIME.fullmatch(value)):
        return value
    raise ValueError("must be a time of day like 06:30")


TimeOfDay = Annotated[
    time,
    BeforeValidator(_only_minutes),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str),
]


class RunWindowWire(StrictWire):
    start: TimeOfDay
    end: TimeOfDay


class CompanyIn(StrictWire):
    """Only the fields that are sent count, and none can be cleared."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    timezone: Annotated[str, Field(max_length=100)] | None = None
    run_window: RunWindowWire | None = None
    release_by_another_key: StrictBool | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("cannot be null")
        return value

    def changes(self) -> CompanyChanges:
        """Raises InvalidRunWindow."""
        window = self.run_window
        return CompanyChanges(
            name=self.name,
            zone=self.timezone,
            run_window=None if window is None else RunWindow(window.start, window.end),
            release_by_another_key=self.release_by_another_key,
        )


class CompanyOut(Wire):
    id: str
    name: str
    timezone: str
    run_window: RunWindowWire
    release_by_another_key: bool
    schedules: Literal["moved", "moving"]
    created_at: Moment

    @classmethod
    def of(cls, company: Company) -> Self:
        window = company.run_window
        return cls(
            id=company.id,
            name=company.name,
            timezone=company.zone,
            run_window=RunWindowWire(start=window.start, end=window.end),
            release_by_another_key=company.release_by_another_key,
            schedules="moved" if company.schedules_have_moved else "moving",
            created_at=company.created_at,
        )
