"""A company as the management API takes and shows it."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    StrictBool,
    ValidationInfo,
    field_validator,
)

from campaigns.domain.brand import MOST_TEST_RECIPIENTS, Brand
from campaigns.domain.channel import Channel
from campaigns.domain.company import Company, CompanyChanges
from campaigns.domain.guard_rules import CapChange, ContactPolicy, Profile, rules_on
from campaigns.domain.notices import CureRule
from campaigns.domain.schedule import RunWindow, local_date_of
from campaigns.domain.secret import SentSecret, is_mask
from campaigns.domain.webhook import SHORTEST_SECRET
from campaigns.edge.sftp import Secret
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


class HoursWire(StrictWire):
    start: TimeOfDay
    end: TimeOfDay


class StateCapIn(StrictWire):
    """Not more than `contacts` by these channels about one debt within any `days` days; with
    null, as many as you like. Days and channels that are left out stay as they are in effect: in
    a state without a cap, 7 days, calls and texts."""

    contacts: Annotated[int, Field(ge=0, le=100, strict=True)] | None
    days: Annotated[int, Field(ge=1, le=31, strict=True)] | None = None
    channels: Annotated[list[Channel], Field(min_length=1)] | None = None


class StateCapOut(Wire):
    contacts: int | None
    days: int
    channels: list[Channel]


class ContactPolicyIn(StrictWire):
    """Only the members that are sent count; null gives one back to the profile."""

    profile: Profile = Profile.THIRD_PARTY
    hours: HoursWire | None = None
    call_frequency: StrictBool | None = None
    calls_in7_days: Annotated[int, Field(ge=0, le=100, strict=True)] | None = None
    pause_days: Annotated[int, Field(ge=0, le=31, strict=True)] | None = None
    consent_channels: list[Channel] | None = None
    exports_a_day: Annotated[int, Field(ge=1, le=50, strict=True)] | None = None
    state_caps: dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], StateCapIn | None] | None = None

    def changes(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name in self.model_fields_set:
            value = getattr(self, name)
            if name == "hours":
                made["first_hour"] = None if value is None else value.start
                made["last_hour"] = None if value is None else value.end
            elif name == "calls_in7_days":
                made["calls_in_7_days"] = value
            elif name == "consent_channels":
                made[name] = None if value is None else frozenset(value)
            elif name == "state_caps":
                made[name] = None if value is None else _caps(value)
            else:
                made[name] = value
        return made


def _caps(value: dict[str, StateCapIn | None]) -> dict[str, CapChange | None]:
    return {state: None if one is None else _cap(one) for state, one in value.items()}


def _cap(one: StateCapIn) -> CapChange:
    channels = None if one.channels is None else frozenset(one.channels)
    return CapChange(most=one.contacts, days=one.days, channels=channels)


class ContactPolicyOut(Wire):
    """Every parameter as it is in effect today, whether it was chosen or is the profile's."""

    profile: Profile
    rule_version: str
    hours: HoursWire
    call_frequency: bool
    calls_in7_days: int | None
    pause_days: int
    consent_channels: list[Channel]
    exports_a_day: int
    state_caps: dict[str, StateCapOut]
    chosen: list[str]
    """The members that the company set itself."""

    @classmethod
    def of(cls, policy: ContactPolicy, today: date) -> Self:
        rules = rules_on(today, policy)
        asks = rules.asks
        return cls(
            profile=policy.profile,
            rule_version=rules.version,
            hours=HoursWire(start=asks.first_hour, end=asks.last_hour),
            call_frequency=asks.calls.most is not None or asks.pause_days > 0,
            calls_in7_days=asks.calls.most,
            pause_days=asks.pause_days,
            consent_channels=sorted(asks.consent_channels),
            exports_a_day=asks.exports_a_day,
            state_caps={
                state: StateCapOut(contacts=cap.most, days=cap.days, channels=sorted(cap.channels))
                for state, cap in sorted(asks.state_caps.items())
            },
            chosen=[
                wire
                for wire, values in (
                    ("hours", (policy.first_hour, policy.last_hour)),
                    ("callFrequency", (policy.call_frequency,)),
                    ("callsIn7Days", (policy.calls_in_7_days,)),
                    ("pauseDays", (policy.pause_days,)),
                    ("consentChannels", (policy.consent_channels,)),
                    ("exportsADay", (policy.exports_a_day,)),
                    ("stateCaps", (policy.state_caps or None,)),
                )
                if any(one is not None for one in values)
            ],
        )


def _long_enough(secret: str) -> str:
    if len(secret) < SHORTEST_SECRET and not is_mask(secret):
        raise ValueError(f"has to have {SHORTEST_SECRET} characters or more")
    return secret


class CompanyIn(StrictWire):
    """Only the fields that are sent count, and none but the secret can be cleared."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    timezone: Annotated[str, Field(max_length=100)] | None = None
    run_window: RunWindowWire | None = None
    release_by_another_key: StrictBool | None = None
    brand: BrandIn | None = None
    right_to_cure: Annotated[dict[State, CureRuleWire], Field(max_length=60)] | None = None
    """By state: all rules of the company's own, beside those built in."""
    contact_policy: ContactPolicyIn | None = None

    agency_signing_secret: Annotated[Secret, AfterValidator(_long_enough)] | None = None
    """With which requests to the agency API have to be signed; null: with none."""

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name != "agency_signing_secret":
            raise ValueError("cannot be null")
        return value

    def agency_secret(self) -> SentSecret | None:
        """None if it was not sent."""
        was_sent = "agency_signing_secret" in self.model_fields_set
        return SentSecret(self.agency_signing_secret) if was_sent else None

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
            contact_policy={} if self.contact_policy is None else self.contact_policy.changes(),
        )


class CompanyOut(Wire):
    id: str
    name: str
    timezone: str
    run_window: RunWindowWire
    release_by_another_key: bool
    brand: BrandOut
    right_to_cure: dict[str, CureRuleWire]
    contact_policy: ContactPolicyOut
    agency_signing_secret: str | None
    schedules: Literal["moved", "moving"]
    created_at: Moment

    @classmethod
    def of(cls, company: Company, now: datetime) -> Self:
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
            contact_policy=ContactPolicyOut.of(
                company.contact_policy, local_date_of(now, company.zone)
            ),
            agency_signing_secret=None
            if company.agency_secret is None
            else company.agency_secret.masked,
            schedules="moved" if company.schedules_have_moved else "moving",
            created_at=company.created_at,
        )
