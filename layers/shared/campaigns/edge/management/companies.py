"""A company as the management API takes and shows it."""

import re
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, StrictBool, field_validator

from campaigns.domain.brand import MOST_TEST_RECIPIENTS, Brand
from campaigns.domain.company import Company, CompanyChanges
from campaigns.domain.notices import CureRule
from campaigns.domain.schedule import RunWindow
from campaigns.edge.wire import Moment, StrictWire, Wire, sent

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


Line = Annotated[str, Field(max_length=500)]
Tag = Annotated[str, Field(max_length=20)]
State = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class BrandIn(StrictWire):
    """What messages say of the company. Only the fields that are sent count; null clears."""

    name: Line | None = None
    phone: Line | None = None
    hours: Line | None = None
    portal_url: Annotated[str, Field(max_length=2000)] | None = None
    postal_address: Line | None = None
    opt_out_text: Annotated[dict[Tag, Line], Field(max_length=50)] | None = None
    language: Tag | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    test_recipients: (
        Annotated[
            tuple[Annotated[str, Field(max_length=320)], ...],
            Field(max_length=MOST_TEST_RECIPIENTS),
        ]
        | None
    ) = None


class BrandOut(Wire):
    name: str
    phone: str
    hours: str
    portal_url: str
    postal_address: str
    opt_out_text: dict[str, str]
    language: str
    currency: str
    test_recipients: list[str]

    @classmethod
    def of(cls, brand: Brand) -> Self:
        return cls(
            name=brand.name,
            phone=brand.phone,
            hours=brand.hours,
            portal_url=brand.portal_url,
            postal_address=brand.postal_address,
            opt_out_text=dict(brand.opt_out_text),
            language=brand.language,
            currency=brand.currency,
            test_recipients=list(brand.test_recipients),
        )


class CureRuleWire(StrictWire):
    days: Annotated[int, Field(ge=1, le=365, strict=True)]
    to_cosigners: StrictBool = False


class CompanyIn(StrictWire):
    """Only the fields that are sent count, and none can be cleared."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    timezone: Annotated[str, Field(max_length=100)] | None = None
    run_window: RunWindowWire | None = None
    release_by_another_key: StrictBool | None = None
    brand: BrandIn | None = None
    right_to_cure: Annotated[dict[State, CureRuleWire], Field(max_length=60)] | None = None
    """By state: all rules of the company's own, beside those built in."""

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("cannot be null")
        return value

    def changes(self) -> CompanyChanges:
        """Raises InvalidRunWindow."""
        window, cure = self.run_window, self.right_to_cure
        return CompanyChanges(
            name=self.name,
            zone=self.timezone,
            run_window=None if window is None else RunWindow(window.start, window.end),
            release_by_another_key=self.release_by_another_key,
            brand=None if self.brand is None else sent(self.brand),
            cure_rules=None
            if cure is None
            else {state: CureRule(one.days, one.to_cosigners) for state, one in cure.items()},
        )


class CompanyOut(Wire):
    id: str
    name: str
    timezone: str
    run_window: RunWindowWire
    release_by_another_key: bool
    brand: BrandOut
    right_to_cure: dict[str, CureRuleWire]
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
            brand=BrandOut.of(company.brand),
            right_to_cure={
                state: CureRuleWire(days=one.days, to_cosigners=one.to_cosigners)
                for state, one in company.cure_rules.items()
            },
            schedules="moved" if company.schedules_have_moved else "moving",
            created_at=company.created_at,
        )
