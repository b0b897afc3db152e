"""What a column of the contact file can show: every field path, and how it is read.

A path is compiled once per file into a getter, so a row costs one call per column.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from campaigns.domain.account import Account
from campaigns.domain.customer import ContactPoint, ContactType, Customer
from campaigns.domain.exporter import Column, Exporter, PhoneFormat, UnknownField
from campaigns.domain.phones import spell_phone

MAX_PHONES = 10


@dataclass(slots=True)
class Facts:
    """All that is known of one line of the file. `contacts` are those it may use, best first."""

    person: Customer
    account: Account | None
    contacts: Sequence[ContactPoint]
    row: Mapping[str, str]
    campaign: Mapping[str, str]
    run: Mapping[str, str]


Getter = Callable[[Facts], str]


@dataclass(frozen=True, slots=True)
class FieldPath:
    path: str
    type: str
    example: str
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


_PHONE = ContactType.PHONE
CATALOGUE: tuple[FieldPath, ...] = (
    FieldPath("person.id", "uuid", "7f2c…", _person("id")),
    FieldPath("person.externalId", "string", "100001", _person("external_id")),
    FieldPath("person.firstName", "string", "Ada", _person("first_name")),
    FieldPath("person.lastName", "string", "Osei", _person("last_name")),
    FieldPath(
        "person.fullName",
        "string",
        "Ada Osei",
        lambda facts: f"{facts.person.first_name} {facts.person.last_name}".strip(),
    ),
    FieldPath("person.language", "string", "en", _person("language")),
    FieldPath("person.timeZone", "IANA zone", "America/Chicago", _person("time_zone")),
    FieldPath("person.street", "string", "12 Elm St", _person("street")),
    FieldPath("person.city", "string", "Austin", _person("city")),
    FieldPath("person.state", "string", "TX", _person("state")),
    FieldPath("person.postalCode", "string", "73301", _person("postal_code")),
    FieldPath("person.dateOfBirth", "date", "1980-02-29", _person("date_of_birth")),
    FieldPath("contact.value", "string", "+15125550123", _contact("value")),
    FieldPath("contact.type", "string", "phone", _contact("type")),
    FieldPath("contact.label", "string", "mobile", _contact("label")),
    FieldPath("contact.affiliation", "string", "self", _contact("affiliation")),
    FieldPath("contact.status", "string", "active", _contact("status")),
    FieldPath("contact.phone", "phone", "+15125550123", _of_type(_PHONE)),
    FieldPath("contact.phoneMobile", "phone", "+15125550123", _of_type(_PHONE, "mobile")),
    FieldPath("contact.phoneHome", "phone", "+15125550124", _of_type(_PHONE, "home")),
    FieldPath("contact.phoneWork", "phone", "+15125550125", _of_type(_PHONE, "work")),
    *(
        FieldPath(f"contact.phone{n}", "phone", "+15125550123", _of_type(_PHONE, None, n - 1))
        for n in range(1, MAX_PHONES + 1)
    ),
    FieldPath("contact.email", "string", "ada@example.com", _any_email),
    FieldPath("loan.id", "uuid", "91ab…", _loan("id")),
    FieldPath("loan.externalId", "string", "900001", _loan("external_id")),
    FieldPath("loan.number", "string", "L-900001", _loan("number")),
    FieldPath("loan.status", "string", "active", _loan("status")),
    FieldPath("loan.principalBalance", "decimal", "10250.00", _loan("principal_balance")),
    FieldPath("loan.amountPastDue", "decimal", "412.50", _loan("amount_past_due")),
    FieldPath("loan.daysPastDue", "integer", "17", _loan("days_past_due")),
    FieldPath("loan.nextDueDate", "date", "2026-03-01", _loan("next_due_on")),
    FieldPath("loan.openedOn", "date", "2024-06-01", _loan("opened_on")),
    FieldPath("campaign.id", "string", "CM-…", lambda facts: facts.campaign["id"]),
    FieldPath("campaign.name", "string", "Spring", lambda facts: facts.campaign["name"]),
    FieldPath(
        "campaign.externalId", "string", "spring", lambda facts: facts.campaign["externalId"]
    ),
    FieldPath("run.id", "string", "RN-…", lambda facts: facts.run["id"]),
    FieldPath(
        "run.startedAt",
        "timestamp",
        "2026-03-02T11:17:00.000Z",
        lambda facts: facts.run["startedAt"],
    ),
)
_BY_PATH = {known.path: known for known in CATALOGUE}
_QUERY = "query."


def check_path(path: str, *, field: str) -> None:
    """Raises UnknownField. Any `query.<name>` may exist: only the query knows."""
    if path not in _BY_PATH and not (path.startswith(_QUERY) and len(path) > len(_QUERY)):
        raise UnknownField(path, field=field)


def needs_accounts(columns: Sequence[Column]) -> bool:
    return any((column.field or "").startswith("loan.") for column in columns)


def getters(exporter: Exporter) -> list[Getter]:
    """One getter per column, in the file's order."""
    return [_getter(column, exporter) for column in exporter.columns]


def _getter(column: Column, exporter: Exporter) -> Getter:
    if column.const is not None:
        constant = column.const
        return lambda facts: constant
    path = column.field or ""
    check_path(path, field="columnSettings")
    if path.startswith(_QUERY):
        name = path.removeprefix(_QUERY)
        return _masked(column, _blank_as(exporter, lambda facts: facts.row.get(name, "")))
    known = _BY_PATH[path]
    get = known.getter
    if known.type == "phone":
        get = _phone_as(exporter.phone_format, get)
    elif path == "contact.value":
        get = _value_as(exporter.phone_format)
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


def _phone_as(form: PhoneFormat, get: Getter) -> Getter:
    if form is PhoneFormat.E164:
        return get
    return lambda facts: spell_phone(get(facts), form)


def _value_as(form: PhoneFormat) -> Getter:
    def get(facts: Facts) -> str:
        if not facts.contacts:
            return ""
        best = facts.contacts[0]
        return spell_phone(best.value, form) if best.type is _PHONE else best.value

    return get
