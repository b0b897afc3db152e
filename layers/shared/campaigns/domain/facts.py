"""What a column of the contact file can show: every field path, and how it is read.

A path is compiled once per file into a getter, so a row costs one call per column.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from campaigns.domain.account import Account
from campaigns.domain.customer import ContactPoint, ContactType, Customer
from campaigns.domain.exporter import Column, Exporter, PhoneFormat, UnknownField
from campaigns.domain.guard import Decision, Ruling, Verdict
from campaigns.domain.identity import moment
from campaigns.domain.local_time import CallableHours
from campaigns.domain.phones import code_of_country, spell_phone, split_phone
from campaigns.domain.presets import MOST_PHONES


@dataclass(slots=True)
class Facts:
    """All that is known of one line of the file, which lists `contacts`, best first."""

    person: Customer
    account: Account | None
    rulings: Sequence[Ruling]
    """What the guard said of each of the contacts; a line can be made of nothing else."""
    row: Mapping[str, str]
    campaign: Mapping[str, str]
    run: Mapping[str, str]
    contacts: Sequence[ContactPoint] = field(init=False)

    def __post_init__(self) -> None:
        self.contacts = [ruling.contact for ruling in self.rulings]

    @property
    def decision(self) -> Decision | None:
        """About the first of the contacts."""
        return self.rulings[0].decision if self.rulings else None

    @property
    def hours(self) -> CallableHours | None:
        """When the person may be called that day."""
        return None if self.decision is None else self.decision.hours


Getter = Callable[[Facts], str]


@dataclass(frozen=True, slots=True)
class FieldPath:
    path: str
    type: str
    example: str
    description: str
    getter: Getter


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


def _person(name: str) -> Getter:
    return lambda facts: _text(getattr(facts.person, name))


def _loan(name: str) -> Getter:
    return lambda facts: "" if facts.account is None else _text(getattr(facts.account, name))


def _contact(name: str) -> Getter:
    return lambda facts: _text(getattr(facts.contacts[0], name)) if facts.contacts else ""


def _of_type(kind: ContactType, label: str | None = None, place: int = 0) -> Getter:
    def get(facts: Facts) -> str:
        seen = 0
        for contact in facts.contacts:
            if contact.type is kind and (label is None or contact.label == label):
                if seen == place:
                    return contact.value
                seen += 1
        return ""

    return get


def _any_email(facts: Facts) -> str:
    """The file's own e-mail contact, else the person's first usable one."""
    for contacts in (facts.contacts, facts.person.contacts):
        for contact in contacts:
            if contact.type is ContactType.EMAIL and contact.is_usable:
                return contact.value
    return ""


def _past_due_note(facts: Facts) -> str:
    account = facts.account
    if account is None:
        return ""
    days, amount = _text(account.days_past_due), _text(account.amount_past_due)
    parts = (f"DPD {days}" if days else "", f"due {amount}" if amount else "")
    return "; ".join(part for part in parts if part)


def _attempts_left(facts: Facts) -> str:
    decision = facts.decision
    return "" if decision is None else _text(decision.attempts_left)


def _reason(facts: Facts) -> str:
    decision = facts.decision
    return "" if decision is None or decision.verdict is Verdict.ALLOW else decision.rule_id


_PHONE = ContactType.PHONE
_NUMBER = "+15125550123"
PHONE_NATIONAL = "contact.phoneNational"
_first_phone = _of_type(_PHONE)
CATALOGUE: tuple[FieldPath, ...] = (
    FieldPath("person.id", "uuid", "7f2c…", "Our own id of the person.", _person("id")),
    FieldPath(
        "person.externalId",
        "string",
        "100001",
        "The lender's id of the person.",
        _person("external_id"),
    ),
    FieldPath("person.firstName", "string", "Ada", "First name.", _person("first_name")),
    FieldPath("person.lastName", "string", "Osei", "Last name.", _person("last_name")),
    FieldPath(
        "person.fullName",
        "string",
        "Ada Osei",
        "First and last name.",
        lambda facts: f"{facts.person.first_name} {facts.person.last_name}".strip(),
    ),
    FieldPath("person.language", "string", "en", "Language, as imported.", _person("language")),
    FieldPath(
        "person.timeZone",
        "IANA zone",
        "America/Chicago",
        "The zone kept of the person; guard.timeZone also knows the state and the phone.",
        _person("time_zone"),
    ),
    FieldPath("person.street", "string", "12 Elm St", "Street and number.", _person("street")),
    FieldPath("person.city", "string", "Austin", "City.", _person("city")),
    FieldPath("person.state", "string", "TX", "State, as imported.", _person("state")),
    FieldPath("person.postalCode", "string", "73301", "Postal code.", _person("postal_code")),
    FieldPath(
        "person.dateOfBirth", "date", "1980-02-29", "Date of birth.", _person("date_of_birth")
    ),
    FieldPath(
        "contact.value",
        "string",
        _NUMBER,
        "Number or address of the line's first contact point.",
        _contact("value"),
    ),
    FieldPath(
        "contact.type", "string", "phone", "phone, email or address, of it.", _contact("type")
    ),
    FieldPath("contact.label", "string", "mobile", "Its label.", _contact("label")),
    FieldPath("contact.affiliation", "string", "self", "Whose it is.", _contact("affiliation")),
    FieldPath("contact.status", "string", "active", "Its status.", _contact("status")),
    FieldPath("contact.phone", "phone", _NUMBER, "The line's first phone.", _first_phone),
    FieldPath(
        "contact.phoneMobile",
        "phone",
        _NUMBER,
        "The first phone labelled mobile.",
        _of_type(_PHONE, "mobile"),
    ),
    FieldPath(
        "contact.phoneHome",
        "phone",
        "+15125550124",
        "The first phone labelled home.",
        _of_type(_PHONE, "home"),
    ),
    FieldPath(
        "contact.phoneWork",
        "phone",
        "+15125550125",
        "The first phone labelled work.",
        _of_type(_PHONE, "work"),
    ),
    *(
        FieldPath(
            f"contact.phone{n}",
            "phone",
            _NUMBER,
            f"Phone {n} of those side by side (layout.rows: wide).",
            _of_type(_PHONE, None, n - 1),
        )
        for n in range(1, MOST_PHONES + 1)
    ),
    FieldPath(
        "contact.phoneCode",
        "digits",
        "1",
        "Country code of the line's first phone.",
        lambda facts: split_phone(_first_phone(facts))[0],
    ),
    FieldPath(
        PHONE_NATIONAL,
        "digits",
        "5125550123",
        "That phone without its country code, whatever phone.format says.",
        lambda facts: split_phone(_first_phone(facts))[1],
    ),
    FieldPath(
        "contact.email",
        "string",
        "ada@example.com",
        "The line's e-mail address, else the person's first usable one.",
        _any_email,
    ),
    FieldPath("loan.id", "uuid", "91ab…", "Our own id of the loan.", _loan("id")),
    FieldPath(
        "loan.externalId", "string", "900001", "The lender's id of the loan.", _loan("external_id")
    ),
    FieldPath("loan.number", "string", "L-900001", "Account number.", _loan("number")),
    FieldPath("loan.status", "string", "active", "Status, as imported.", _loan("status")),
    FieldPath(
        "loan.principalBalance",
        "decimal",
        "10250.00",
        "Principal balance.",
        _loan("principal_balance"),
    ),
    FieldPath(
        "loan.amountPastDue", "decimal", "412.50", "Amount past due.", _loan("amount_past_due")
    ),
    FieldPath("loan.daysPastDue", "integer", "17", "Days past due.", _loan("days_past_due")),
    FieldPath(
        "loan.pastDueNote",
        "string",
        "DPD 17; due 412.50",
        "Days and amount past due, in words for an agent.",
        _past_due_note,
    ),
    FieldPath("loan.nextDueDate", "date", "2026-03-01", "Next due date.", _loan("next_due_on")),
    FieldPath("loan.openedOn", "date", "2024-06-01", "When it was opened.", _loan("opened_on")),
    FieldPath(
        "campaign.id",
        "string",
        "CM-…",
        "The campaign's id, as the API shows it.",
        lambda facts: facts.campaign["id"],
    ),
    FieldPath(
        "campaign.name",
        "string",
        "Spring",
        "The campaign's name when the run began.",
        lambda facts: facts.campaign["name"],
    ),
    FieldPath(
        "campaign.externalId",
        "string",
        "spring",
        "The campaign's external id, blank without one.",
        lambda facts: facts.campaign["externalId"],
    ),
    FieldPath(
        "run.id",
        "string",
        "RN-…",
        "The run's id, as the API shows it.",
        lambda facts: facts.run["id"],
    ),
    FieldPath(
        "run.startedAt",
        "timestamp",
        "2026-03-02T11:17:00.000Z",
        "When the run began.",
        lambda facts: facts.run["startedAt"],
    ),
    FieldPath(
        "run.expiresAt",
        "timestamp",
        "2026-03-03T06:00:00.000Z",
        "The end of the run's day in the company's zone: the list is decided for that day only.",
        lambda facts: facts.run["expiresAt"],
    ),
    FieldPath(
        "guard.timeZone",
        "IANA zone",
        "America/Chicago",
        "The best known zone: the stored one, else that of the address, else the area code's."
        " Blank when none is known, the callable hours are empty, or somebody is suppressed.",
        lambda facts: facts.hours.zone if facts.hours else "",
    ),
    FieldPath(
        "guard.callableFrom",
        "timestamp",
        "2026-03-02T14:00:00.000Z",
        "From when the person may be called on the run's day: the latest 08:00 of all zones of the"
        " person: stored, of their address, of all their phones. Blank like guard.timeZone.",
        lambda facts: moment(facts.hours.start) if facts.hours else "",
    ),
    FieldPath(
        "guard.callableUntil",
        "timestamp",
        "2026-03-03T03:00:00.000Z",
        "Until when: the earliest 21:00 of all those zones.",
        lambda facts: moment(facts.hours.end) if facts.hours else "",
    ),
    FieldPath(
        "guard.attemptsLeft7d",
        "integer",
        "7",
        "Calls that the limits leave within their days (seven), this list's included. Blank where"
        " no limit applies.",
        _attempts_left,
    ),
    FieldPath(
        "guard.reason",
        "string",
        "do_not_contact",
        "The rule that forbids the line's contact (layout.lists: suppressed); blank when allowed.",
        _reason,
    ),
    FieldPath(
        "guard.decidedAt",
        "timestamp",
        "2026-03-02T11:17:00.000Z",
        "As of when that was decided: the moment the run looked at its list.",
        lambda facts: facts.run["decidedAt"],
    ),
)
_BY_PATH = {known.path: known for known in CATALOGUE}
_QUERY = "query."
ANY_COLUMN = FieldPath(
    "query.<column>",
    "as the query has it",
    "A-17",
    "Any column of the query's result, by its exact name. A run whose result lacks it fails.",
    lambda facts: "",
)
"""How the catalogue tells of paths that only a query knows."""


def check_path(path: str, *, field: str) -> None:
    """Raises UnknownField. Any `query.<name>` may exist: only the query knows."""
    if path not in _BY_PATH and query_column(path) is None:
        raise UnknownField(path, field=field)


def query_column(path: str) -> str | None:
    """The column of the query that a path means."""
    return path.removeprefix(_QUERY) if path.startswith(_QUERY) and path != _QUERY else None


def is_phone(path: str) -> bool:
    return path == PHONE_NATIONAL or (path in _BY_PATH and _BY_PATH[path].type == "phone")


def needs_accounts(paths: Iterable[str]) -> bool:
    return any(path.startswith("loan.") for path in paths)


def getters(exporter: Exporter) -> list[Getter]:
    """One getter per column, in the file's order."""
    return [_getter(column, exporter) for column in exporter.columns]


def type_of(path: str) -> str | None:
    """None for a column of the query, which may hold anything."""
    return _BY_PATH[path].type if path in _BY_PATH else None


def plain_getter(path: str) -> Getter:
    """The fact itself, as nothing but an order needs it."""
    check_path(path, field="order")
    name = query_column(path)
    if name is not None:
        return lambda facts: facts.row.get(name, "")
    return _BY_PATH[path].getter


def _getter(column: Column, exporter: Exporter) -> Getter:
    if column.const is not None:
        constant = column.const
        return lambda facts: constant
    path = column.field or ""
    check_path(path, field="columnSettings")
    get = plain_getter(path)
    if type_of(path) == "phone":
        get = _phone_as(exporter, get)
    elif path == "contact.value":
        get = _value_as(exporter)
    return _masked(column, _blank_as(exporter, get))


def _blank_as(exporter: Exporter, get: Getter) -> Getter:
    null = exporter.format.null_text
    return (lambda facts: get(facts) or null) if null else get


def _masked(column: Column, get: Getter) -> Getter:
    if not column.mask:
        return get

    def mask(facts: Facts) -> str:
        value = get(facts)
        return "*" * max(len(value) - 4, 0) + value[-4:] if len(value) > 4 else "*" * len(value)

    return mask


def _phone_as(exporter: Exporter, get: Getter) -> Getter:
    form, code = exporter.phone_format, code_of_country(exporter.phone_country)
    if form is PhoneFormat.E164:
        return get
    return lambda facts: spell_phone(get(facts), form, code)


def _value_as(exporter: Exporter) -> Getter:
    form, code = exporter.phone_format, code_of_country(exporter.phone_country)

    def get(facts: Facts) -> str:
        if not facts.contacts:
            return ""
        best = facts.contacts[0]
        return spell_phone(best.value, form, code) if best.type is _PHONE else best.value

    return get
