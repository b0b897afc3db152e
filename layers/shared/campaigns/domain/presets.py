"""What the receivers of contact files ask for, as data: one wrong header and a list is refused.

A preset fills every setting of an exporter that nobody chose. What was chosen stays, whatever
preset comes or goes; what was not follows the preset, and without one goes back to the house's
own. What is sent is chosen, with one exception: while the preset stays, to send a value that is
in effect already is no choice, so that sending back what was shown changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from campaigns.domain.customer import ContactType
from campaigns.domain.exporter import (
    Column,
    Criteria,
    Encoding,
    Exporter,
    FileFormat,
    Lists,
    PhoneFormat,
    Quote,
    Rows,
)

MOST_PHONES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What makes a file invalid, or a row; None is no limit."""

    columns: int | None = None
    header: int | None = None
    """Characters of a column's name, which then must not be blank or come twice."""
    value: int | None = None
    """Characters of a cell: a row that has more is rejected."""
    phones: tuple[int, int] | None = None
    """The least and the most columns that show a phone."""
    rows: int | None = None
    """Lines of one file, not counting its header."""


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    name: str
    settings: Mapping[str, Any]
    """By the names that `settings_of` gives them."""
    limits: Limits = field(default_factory=Limits)


def _columns(*named: tuple[str, str]) -> tuple[Column, ...]:
    """Name and field path; without a path the column is there and blank."""
    return tuple(
        Column(output_name=name, field=path) if path else Column(output_name=name, const="")
        for name, path in named
    )


def _preset(name: str, *, limits: Limits = NO_LIMITS, **settings: Any) -> Preset:
    """Settings of the file's format are those that start with `format_`."""
    dotted = {
        given.replace("format_", "format.") if given.startswith("format_") else given: value
        for given, value in settings.items()
    }
    return Preset(name=name, settings=MappingProxyType(dotted), limits=limits)


_PHONES = frozenset({ContactType.PHONE.value})
_A_PHONE = Criteria(contact_type=_PHONES)
_PRESETS = (
    _preset(
        "genesys-wide-v1",
        columns=_columns(
            ("contact_id", "person.externalId"),
            ("account_number", "loan.number"),
            ("loan_id", "loan.externalId"),
            ("first_name", "person.firstName"),
            ("last_name", "person.lastName"),
            ("phone_mobile", "contact.phoneMobile"),
            ("phone_home", "contact.phoneHome"),
            ("phone_work", "contact.phoneWork"),
            ("email", "contact.email"),
            ("zip", "person.postalCode"),
            ("state", "person.state"),
            ("time_zone", "guard.timeZone"),
            ("callable_from_utc", "guard.callableFrom"),
            ("callable_until_utc", "guard.callableUntil"),
            ("days_past_due", "loan.daysPastDue"),
            ("amount_past_due", "loan.amountPastDue"),
            ("next_due_date", "loan.nextDueDate"),
            ("language", "person.language"),
            ("attempts_left_7d", "guard.attemptsLeft7d"),
            ("campaign", "campaign.name"),
            ("run_id", "run.id"),
            ("expires_at", "run.expiresAt"),
        ),
        # Only these have a column: somebody with another phone would be a line without any.
        criteria=Criteria(contact_type=_PHONES, label=frozenset({"mobile", "home", "work"})),
        rows=Rows.WIDE,
        phone_format=PhoneFormat.E164,
        format_max_rows_per_file=1_000_000,
        limits=Limits(columns=50, header=128, value=512, phones=(1, 10), rows=1_000_000),
    ),
    _preset(
        "five9-list-v1",
        columns=_columns(
            ("number1", "contact.phone1"),
            ("number2", "contact.phone2"),
            ("number3", "contact.phone3"),
            ("first_name", "person.firstName"),
            ("last_name", "person.lastName"),
            ("company", ""),
            ("street", "person.street"),
            ("city", "person.city"),
            ("state", "person.state"),
            ("zip", "person.postalCode"),
            ("email", "contact.email"),
            ("account_number", "loan.number"),
            ("amount_due", "loan.amountPastDue"),
            ("days_past_due", "loan.daysPastDue"),
            ("time_to_call", ""),
            ("priority", ""),
        ),
        criteria=_A_PHONE,
        rows=Rows.WIDE,
        max_phones=3,
        phone_format=PhoneFormat.NATIONAL10,
        format_quote=Quote.ALL,
    ),
    _preset(
        "vicidial-standard-v1",
        columns=_columns(
            ("vendor_lead_code", "person.externalId"),
            ("source_id", "run.id"),
            ("list_id", ""),
            ("phone_code", "contact.phoneCode"),
            ("phone_number", "contact.phoneNational"),
            ("title", ""),
            ("first_name", "person.firstName"),
            ("middle_initial", ""),
            ("last_name", "person.lastName"),
            ("address1", "person.street"),
            ("address2", ""),
            ("address3", ""),
            ("city", "person.city"),
            ("state", "person.state"),
            ("province", ""),
            ("postal_code", "person.postalCode"),
            ("country_code", ""),
            ("gender", ""),
            ("date_of_birth", "person.dateOfBirth"),
            ("alt_phone", ""),
            ("email", "contact.email"),
            ("security_phrase", "loan.externalId"),
            ("comments", "loan.pastDueNote"),
        ),
        criteria=_A_PHONE,
        rows=Rows.LONG,
        phone_format=PhoneFormat.DIGITS,
        format_delimiter="|",
        format_quote=Quote.NONE,
        format_header=False,
        format_encoding=Encoding.ASCII,
        format_eol="\n",
    ),
    _preset(
        "suppression-v1",
        columns=_columns(
            ("phone", "contact.phone"),
            ("reason", "guard.reason"),
            ("effective_at", "guard.decidedAt"),
            ("source_run", "run.id"),
        ),
        criteria=_A_PHONE,
        rows=Rows.LONG,
        lists=Lists.SUPPRESSED,
        phone_format=PhoneFormat.E164,
    ),
    _preset(
        "cisco-uccx-v1",
        columns=_columns(
            ("Account Number", "loan.number"),
            ("First Name", "person.firstName"),
            ("Last Name", "person.lastName"),
            ("Phone1", "contact.phone1"),
            ("Phone2", "contact.phone2"),
            ("Phone3", "contact.phone3"),
            ("Dial Time", ""),
        ),
        criteria=_A_PHONE,
        rows=Rows.WIDE,
        max_phones=3,
        phone_format=PhoneFormat.NATIONAL10,
    ),
)
PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _PRESETS}

_OF_EXPORTER = (
    "criteria",
    "columns",
    "compliance",
    "rows",
    "max_phones",
    "phone_order",
    "lists",
    "phone_format",
    "phone_country",
    "order",
    "empty_file",
)
_OF_FORMAT = tuple(f"format.{one.name}" for one in fields(FileFormat))
SETTINGS = frozenset((*_OF_EXPORTER, *_OF_FORMAT))


def limits_of(exporter: Exporter) -> Limits:
    preset = PRESETS.get(exporter.preset or "")
    return NO_LIMITS if preset is None else preset.limits


def with_settings(
    exporter: Exporter, changes: Mapping[str, Any], preset: str | None, *, is_new: bool = False
) -> Exporter:
    """The exporter with this preset and these settings; None takes a setting back."""
    was, plain = settings_of(exporter), _filled(exporter, exporter.preset)
    told = _filled(exporter, preset)
    all_is_chosen = is_new or preset != exporter.preset
    chosen = {name for name in SETTINGS if name in exporter.chosen or was[name] != plain[name]}
    now = {name: was[name] if name in chosen else told[name] for name in SETTINGS}
    for name, value in changes.items():
        if value is None:
            chosen.discard(name)
            now[name] = told[name]
        elif all_is_chosen or name in chosen or value != was[name]:
            chosen.add(name)
            now[name] = value
    now["criteria"] = _of_types(now["criteria"], told["criteria"])
    made = {name: now[name] for name in _OF_EXPORTER}
    form = {name.removeprefix("format."): now[name] for name in _OF_FORMAT}
    return replace(
        exporter,
        **made,
        format=FileFormat(**form),
        preset=preset,
        chosen=frozenset(chosen),
    )


def settings_of(exporter: Exporter) -> dict[str, Any]:
    """Every setting that may be chosen, by name; those of the file's format after a dot."""
    form = exporter.format
    return {name: getattr(exporter, name) for name in _OF_EXPORTER} | {
        name: getattr(form, name.removeprefix("format.")) for name in _OF_FORMAT
    }


def _filled(exporter: Exporter, preset: str | None) -> dict[str, Any]:
    """What is in effect where nothing is chosen."""
    blank = Exporter(
        id=exporter.id,
        company_id=exporter.company_id,
        name="",
        created_at=exporter.created_at,
        updated_at=exporter.updated_at,
    )
    known = PRESETS.get(preset or "")
    return settings_of(blank) | (dict(known.settings) if known else {})


def _of_types(chosen: Criteria, told: Criteria) -> Criteria:
    """Criteria that name no type of contact keep to the preset's: a dialer calls no mailbox."""
    if chosen.contact_type is None and told.contact_type is not None:
        return replace(chosen, contact_type=told.contact_type)
    return chosen
