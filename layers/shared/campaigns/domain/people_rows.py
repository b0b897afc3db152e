"""A customer or an account out of one row of a file or one body of a request.

The names are the wire's. A row that cannot be taken raises RowRefused naming the field; a
phone that is no valid number is kept as it is, marked invalid, and never called. A blank
clears what it stands for, except a flag: that is taken back only by an explicit no. Of a consent
a blank says nothing either; a no is taken back only by a yes that is known to be later.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from campaigns.domain.account import Account, AccountKind
from campaigns.domain.channel import Channel
from campaigns.domain.customer import (
    ACTIVE,
    BARRED,
    INACTIVE,
    INVALID,
    OPTED_OUT,
    Consent,
    ContactPoint,
    ContactType,
    Customer,
    Flag,
)
from campaigns.domain.identity import of_external
from campaigns.domain.phones import normal_phone
from campaigns.domain.row_values import CLOCKS_DIFFER, RowRefused, moment_in
from campaigns.domain.row_values import date_in as _date
from campaigns.domain.row_values import decimal_in as _decimal
from campaigns.domain.row_values import text_in as _text
from campaigns.domain.row_values import truth_in as _truth
from campaigns.domain.row_values import whole_in as _whole
from campaigns.domain.schedule import UnknownTimeZone, zone_of

_PHONES = {"phoneMobile": "mobile", "phoneHome": "home", "phoneWork": "work"}
_FLAGS = {flag.value: flag for flag in Flag}
_MARKETING = "marketingOptOut"
_CONSENTS: dict[str, tuple[ContactType, str, Channel]] = {
    **{
        f"{wire}{channel.value.capitalize()}Consent": (ContactType.PHONE, label, channel)
        for wire, label in _PHONES.items()
        for channel in (Channel.CALL, Channel.VOICE, Channel.TEXT, Channel.WHATSAPP)
    },
    "emailConsent": (ContactType.EMAIL, "personal", Channel.EMAIL),
}
"""What somebody said about being contacted, by the address and the way."""
_SOURCE, _SAID_AT = "consentSource", "consentAt"


def _zone(name: str, value: Any) -> str:
    text = _text(name, value)
    try:
        return zone_of(text).key if text else ""
    except UnknownTimeZone:
        # What stands here may have been meant for another column, so it is not said again.
        message = "must be an IANA time zone such as America/New_York"
        raise RowRefused(message, field=name) from None


def _kind(name: str, value: Any) -> AccountKind:
    text = _text(name, value).lower()
    try:
        return AccountKind(text) if text else AccountKind.INVOICE
    except ValueError:
        raise RowRefused("must be invoice or statement", field=name) from None


_CUSTOMER_FIELDS: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "firstName": ("first_name", _text),
    "lastName": ("last_name", _text),
    "language": ("language", _text),
    "state": ("state", _text),
    "postalCode": ("postal_code", _text),
    "timeZone": ("time_zone", _zone),
    "street": ("street", _text),
    "city": ("city", _text),
    "dateOfBirth": ("date_of_birth", _date),
}
_ACCOUNT_FIELDS: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "number": ("number", _text),
    "type": ("kind", _kind),
    "status": ("status", _text),
    "principalBalance": ("principal_balance", _decimal),
    "amountPastDue": ("amount_past_due", _decimal),
    "daysPastDue": ("days_past_due", _whole),
    "nextDueDate": ("next_due_on", _date),
    "openedOn": ("opened_on", _date),
}
EXTERNAL_ID = "externalId"
OWNER = "customerExternalId"
CUSTOMER_COLUMNS = frozenset(
    {EXTERNAL_ID, "email", *_CUSTOMER_FIELDS, *_PHONES, *_FLAGS}
    | {_MARKETING, *_CONSENTS, _SOURCE, _SAID_AT}
)
ACCOUNT_COLUMNS = frozenset({EXTERNAL_ID, OWNER, *_ACCOUNT_FIELDS})


def external_id_of(row: Mapping[str, Any]) -> str:
    text = _text(EXTERNAL_ID, row.get(EXTERNAL_ID))
    if not text:
        raise RowRefused("is required", field=EXTERNAL_ID)
    if len(text) > 100:
        raise RowRefused("is longer than 100 characters", field=EXTERNAL_ID)
    return text


def customer_id(company_id: str, external_id: str) -> str:
    return of_external(company_id, "customer", external_id)


def account_id(company_id: str, external_id: str) -> str:
    return of_external(company_id, "account", external_id)


def customer_of(
    company_id: str,
    row: Mapping[str, Any],
    was: Customer | None,
    merge: bool = True,
    *,
    now: datetime,
) -> Customer:
    """`merge` keeps what `was` and the row does not name; else that is forgotten.

    What forbids contact is never forgotten because a file does not mention it: flags, an opt-out
    of marketing, and contact points that were opted out, told to be wrong or said no to, stay.
    """
    external_id = external_id_of(row)
    start = was or Customer(
        id=customer_id(company_id, external_id), company_id=company_id, external_id=external_id
    )
    if not merge:
        start = Customer(
            id=start.id,
            company_id=company_id,
            external_id=external_id,
            flags=start.flags,
            marketing_opt_out=start.marketing_opt_out,
            contacts=tuple(one for one in start.contacts if one.is_barred or one.is_refused),
            refused=start.refused,
            version=start.version,
        )
    no_marketing = _truth(_MARKETING, row.get(_MARKETING))
    return replace(
        start,
        **_values(row, _CUSTOMER_FIELDS),
        flags=_flags(row, start.flags),
        marketing_opt_out=start.marketing_opt_out if no_marketing is None else no_marketing,
        contacts=_consenting(row, _contacts(row, start.contacts), now),
    )


def account_of(
    company_id: str, row: Mapping[str, Any], was: Account | None, merge: bool = True
) -> Account:
    """`merge` keeps what `was` and the row does not name; else that is forgotten.

    That an account is settled is never forgotten because a file does not mention it.
    """
    version = 0 if was is None else was.version
    settled_at = None if was is None else was.settled_at
    was = was if merge else None
    external_id = external_id_of(row)
    owner = _text(OWNER, row.get(OWNER))
    if not owner and was is None:
        raise RowRefused("is required", field=OWNER)
    owner_id = customer_id(company_id, owner) if owner else was.customer_id if was else ""
    start = was or Account(
        id=account_id(company_id, external_id),
        company_id=company_id,
        external_id=external_id,
        customer_id=owner_id,
        settled_at=settled_at,
        version=version,
    )
    return replace(start, customer_id=owner_id, **_values(row, _ACCOUNT_FIELDS))


def _values(
    row: Mapping[str, Any], fields: Mapping[str, tuple[str, Callable[[str, Any], Any]]]
) -> dict[str, Any]:
    return {name: read(wire, row[wire]) for wire, (name, read) in fields.items() if wire in row}


def _flags(row: Mapping[str, Any], was: frozenset[Flag]) -> frozenset[Flag]:
    named = {flag: _truth(wire, row.get(wire)) for wire, flag in _FLAGS.items()}
    cleared = {flag for flag, is_set in named.items() if is_set is False}
    return (was - cleared) | {flag for flag, is_set in named.items() if is_set}


def _contacts(row: Mapping[str, Any], was: tuple[ContactPoint, ...]) -> tuple[ContactPoint, ...]:
    """Each column is one contact point; a column that is there but empty removes it.

    What forbids an address follows it: to another column, and through its absence.
    """
    forbidden = _forbidden(was)
    kept = {(one.type, one.label, ""): one for one in was if one.label != BARRED}
    for wire, label in _PHONES.items():
        if wire in row:
            _put(kept, ContactType.PHONE, label, _text(wire, row[wire]), normal_phone)
    if "email" in row:
        _put(kept, ContactType.EMAIL, "personal", _text("email", row["email"]), normal_email)
    for key, one in kept.items():
        if one.where in forbidden:
            kept[key] = _forbidding(one, forbidden[one.where])
    there = {one.where for one in kept.values()}
    for place, one in forbidden.items():
        if place not in there:
            # Not opted out for every way, it may come back; until then it is not used.
            status = one.status if one.is_barred else INACTIVE
            kept[one.type, BARRED, one.value] = replace(one, label=BARRED, status=status)
    return tuple(kept[key] for key in sorted(kept))


def _forbidden(was: tuple[ContactPoint, ...]) -> dict[tuple[ContactType, str], ContactPoint]:
    """By address, what nobody may forget of it: that it is barred, and every consent refused."""
    found: dict[tuple[ContactType, str], ContactPoint] = {}
    for one in was:
        if one.is_barred or one.is_refused:
            bare = replace(one, consents=tuple(its for its in one.consents if not its.given))
            known = found.get(one.where)
            found[one.where] = bare if known is None else _forbidding(known, bare)
    return found


def _forbidding(one: ContactPoint, told: ContactPoint) -> ContactPoint:
    """With what is known to be forbidden there; its own word on a channel stands."""
    said = {its.channel: its for its in (*told.consents, *one.consents)}
    lasts = told.is_barred and one.status != OPTED_OUT
    return replace(
        one,
        status=told.status if lasts else one.status,
        consents=tuple(said[name] for name in sorted(said)),
    )


def _put(
    kept: dict[tuple[ContactType, str, str], ContactPoint],
    kind: ContactType,
    label: str,
    text: str,
    normal: Callable[[str], str | None],
) -> None:
    was = kept.pop((kind, label, ""), None)
    if not text:
        return
    value = normal(text)
    made = ContactPoint(
        type=kind,
        label=label,
        value=value or text,
        status=ACTIVE if value else INVALID,
    )
    if was is not None and was.where == made.where and value:
        # The same address keeps what is known of it, an opt-out above all.
        made = replace(was, value=made.value)
    kept[kind, label, ""] = made


def _consenting(
    row: Mapping[str, Any], contacts: tuple[ContactPoint, ...], now: datetime
) -> tuple[ContactPoint, ...]:
    """With what the row says about being contacted. Raises RowRefused.

    It is said of the address that stands there now; another one in its place starts anew.
    """
    said = {wire: _truth(wire, row[wire]) for wire in _CONSENTS if wire in row}
    source, at = _text(_SOURCE, row.get(_SOURCE)), moment_in(_SAID_AT, row.get(_SAID_AT))
    if at is not None and at > now + CLOCKS_DIFFER:
        raise RowRefused("has not come yet", field=_SAID_AT)
    # A clock that is ahead of ours must not keep what is said next from being the later word.
    at = None if at is None else min(at, now)
    kept = {(one.type, one.label): one for one in contacts if one.label != BARRED}
    for wire, given in said.items():
        kind, label, channel = _CONSENTS[wire]
        if given is None:
            continue
        contact = kept.get((kind, label))
        if contact is None:
            raise RowRefused("is about an address that is not there", field=wire)
        others = {one.channel: one for one in contact.consents}
        others[channel] = _consent(others.get(channel), channel, given, source, at)
        consents = tuple(others[name] for name in sorted(others))
        kept[kind, label] = replace(contact, consents=consents)
    barred = [one for one in contacts if one.label == BARRED]
    return tuple(
        sorted((*kept.values(), *barred), key=lambda one: (one.type, one.label, one.value))
    )


def _consent(
    was: Consent | None, channel: Channel, given: bool, source: str, at: datetime | None
) -> Consent:
    """The later word counts; of words whose time nobody knows, a no is later than any yes."""
    new = Consent(channel=channel, given=given, source=source, at=at)
    if was is None:
        return new
    later = at is not None and (was.at is None or at > was.at)
    if was.given is given:
        return replace(new, was_given_at=was.was_given_at) if later else was
    if given:
        return new if later else was
    if at is not None and was.at is not None and at < was.at:
        return was
    return replace(new, was_given_at=was.at)


def normal_email(text: str) -> str | None:
    name, at, host = text.rpartition("@")
    fits = bool(name) and bool(at) and "." in host and not any(c.isspace() for c in text)
    return text if fits else None
