"""What a dialer, an agent or a text came back with, one row for each contact that was meant.

A row says what became of it; from that follow an attempt or the release of what was reserved,
what must not be used any more, and an entry of the timeline, which is made last: a row whose
entry exists has had all its effects. All of these may be done again, and rows of one person in
any order, without another end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid5

from campaigns.domain import public_id
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import KEPT, Attempt, ContactHistory
from campaigns.domain.customer import (
    BARRED,
    INVALID,
    OPTED_OUT,
    ContactPoint,
    ContactType,
    Customer,
    Flag,
    place_of,
)
from campaigns.domain.enrollment import OUTCOMES, EnrollmentStatus
from campaigns.domain.errors import Invalid
from campaigns.domain.identity import moment
from campaigns.domain.opt_out import OptOut, OptOutScope, read_opt_out, ways_like
from campaigns.domain.people_rows import account_id, customer_id, normal_email
from campaigns.domain.phones import normal_phone
from campaigns.domain.result_fields import RESULT_FIELDS, ResultOutcome
from campaigns.domain.row_values import (
    CLOCKS_DIFFER,
    EARLIEST,
    RowRefused,
    date_in,
    decimal_in,
    text_in,
)
from campaigns.domain.timeline import EntryKind, TimelineEntry

E = TypeVar("E", bound=StrEnum)

_KINDS = {
    ResultOutcome.NOT_ATTEMPTED: EntryKind.NOT_ATTEMPTED,
    ResultOutcome.OPT_OUT: EntryKind.OPT_OUT,
    ResultOutcome.WRONG_NUMBER: EntryKind.WRONG_NUMBER,
    ResultOutcome.PROMISE: EntryKind.PROMISE,
}
_KEPT_NAMES = UUID("0a6c9f0e-51c1-5a0c-9a3e-2f6d8b1c7e55")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    row_id: str = ""
    company_id: str
    person_id: str
    person_named: str
    """As the row names the person."""
    account_id: str = ""
    channel: Channel
    address: str = ""
    """E.164, or an e-mail address."""
    at: datetime
    outcome: ResultOutcome
    run_id: str | None = None
    promised: Decimal | None = None
    promised_on: str = ""
    opt_out: OptOut | None = None
    campaign_id: str | None = None
    execution: EnrollmentStatus | None = None

    @property
    def entry(self) -> TimelineEntry:
        """Its id follows from the row's own, else from all that it says."""
        details: dict[str, str] = {}
        if self.promised is not None:
            details["amount"] = format(self.promised, "f")
        if self.promised_on:
            details["promisedOn"] = self.promised_on
        if self.opt_out is not None:
            details |= details_of(self.opt_out)
        if self.execution is not None:
            details["executionOutcome"] = self.execution
        kind = _KINDS.get(self.outcome, EntryKind.ATTEMPT)
        made = TimelineEntry(
            id="",
            company_id=self.company_id,
            person_id=self.person_id,
            kind=EntryKind.OPT_OUT if self.opt_out is not None else kind,
            at=self.at,
            channel=self.channel,
            address=self.address or None,
            account_id=self.account_id or None,
            campaign_id=self.campaign_id,
            run_id=self.run_id,
            outcome=self.outcome,
            details=details,
        )
        return replace(made, id=self._id(made))

    def _id(self, entry: TimelineEntry) -> str:
        said = f"id:{self.row_id}"
        if not self.row_id:
            ids = (entry.account_id, entry.campaign_id, entry.run_id)
            parts = [moment(entry.at), entry.channel, entry.address, *ids, entry.outcome]
            details = [f"{name}={one}" for name, one in sorted(entry.details.items())]
            said = f"said:{[str(one or '') for one in (*parts, *details)]}"
        return str(uuid5(_KEPT_NAMES, f"{self.company_id}:{self.person_id}:{said}"))

    def told_to(self, history: ContactHistory, *, now: datetime) -> ContactHistory:
        """What the limits count from here on; of what is long past, nothing."""
        if self.run_id is not None:
            history = history.releasing_about(self.run_id, self.channel, self.account_id)
        outcome = self.outcome.counts_as
        if outcome is None or self.at <= now - KEPT:
            return history
        attempt = Attempt(
            id=self.entry.id,
            at=self.at,
            channel=self.channel,
            debt=self.account_id,
            outcome=outcome,
            run_id=self.run_id,
        )
        return history.attempted(attempt, at=now)

    def told_of(self, person: Customer) -> Customer:
        """The person without what must not be used any more."""
        if self.outcome is ResultOutcome.WRONG_NUMBER:
            person = barring(person, self.channel.reaches, self.address, INVALID)
        if self.opt_out is not None:
            person = opting_out(person, self.opt_out, self.channel, self.address)
        return person


class Became(StrEnum):
    CREATED = "created"
    UNCHANGED = "unchanged"
    """It had been told before."""
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one row. `id` is that of its entry."""

    became: Became
    id: str | None = None
    refusal: Invalid | None = None


def opting_out(
    person: Customer, wish: OptOut, channel: Channel | None, address: str = ""
) -> Customer:
    """The person, not to be contacted in the ways that they refuse.

    An address is opted out for every channel that could use it. Where no address is known, it
    is all of the channel, also at addresses that are learned later; where no channel is, it is
    the person.
    """
    if wish.scope is OptOutScope.PERSON or not (wish.channels or channel):
        return replace(person, flags=person.flags | {Flag.DO_NOT_CONTACT})
    if wish.scope is OptOutScope.ADDRESS and channel is not None and address:
        return barring(person, channel.reaches, address, OPTED_OUT)
    ways = wish.channels or ways_like(channel)
    person = replace(person, refused=person.refused | ways)
    for kind in sorted({one.reaches for one in ways}):
        for contact in person.contacts:
            if contact.type is kind:
                person = barring(person, kind, contact.value, OPTED_OUT)
    if channel is not None and address and (not wish.channels or channel in wish.channels):
        person = barring(person, channel.reaches, address, OPTED_OUT)
    return person


def barring(person: Customer, kind: ContactType, address: str, status: str) -> Customer:
    """Every contact point of that address with the status, which lifts no opt-out.

    One that is not known is kept too, so that it is not used when it becomes known.
    """

    place = place_of(kind, address)

    def barred(one: ContactPoint) -> ContactPoint:
        same = one.where == place
        return replace(one, status=status) if same and one.status != OPTED_OUT else one

    if any(one.where == place for one in person.contacts):
        return replace(person, contacts=tuple(barred(one) for one in person.contacts))
    learned = ContactPoint(type=kind, value=address, label=BARRED, status=status)
    contacts = sorted([*person.contacts, learned], key=lambda one: (one.type, one.label, one.value))
    return replace(person, contacts=tuple(contacts))


def details_of(wish: OptOut) -> dict[str, str]:
    """As an entry tells of it."""
    told = {"scope": str(wish.scope)}
    if wish.channels:
        told["channels"] = ",".join(sorted(wish.channels))
    return told


def result_of(company_id: str, row: Mapping[str, Any], *, now: datetime) -> Result:
    """Raises RowRefused, which names the field."""
    if unknown := sorted(row.keys() - RESULT_FIELDS.keys()):
        raise RowRefused("is no field of a result", field=unknown[0])
    values = {name: text_in(name, value) for name, value in row.items() if name != "text"}
    person, named = _person(company_id, values)
    channel = _one_of(Channel, "channel", values)
    outcome = _one_of(ResultOutcome, "outcome", values)
    result = Result(
        row_id=_short("id", values.get("id", "")),
        company_id=company_id,
        person_id=person,
        person_named=named,
        account_id=_account(company_id, values),
        channel=channel,
        address=address_of(channel, values.get("address", "")),
        at=_moment("at", values.get("at", ""), now),
        outcome=outcome,
        run_id=_id(public_id.RUN, "runId", values),
        promised=decimal_in("promiseAmount", values.get("promiseAmount")),
        promised_on=str(date_in("promiseDate", values.get("promiseDate")) or ""),
        opt_out=_wish(outcome, row.get("text")),
        campaign_id=_id(public_id.CAMPAIGN, "campaignId", values),
        execution=_execution(values),
    )
    _check(result)
    return result


def _check(result: Result) -> None:
    promises = result.outcome is ResultOutcome.PROMISE
    if result.promised is not None and (not promises or result.promised <= 0):
        raise RowRefused("is for the outcome promise, and more than 0", field="promiseAmount")
    if result.promised_on and not promises:
        raise RowRefused("is for the outcome promise", field="promiseDate")
    if result.outcome is ResultOutcome.WRONG_NUMBER and not result.address:
        raise RowRefused("is required with wrong_number", field="address")
    if result.outcome is ResultOutcome.NOT_ATTEMPTED and result.run_id is None:
        raise RowRefused("is required with not_attempted", field="runId")
    if result.execution is not None and result.campaign_id is None:
        raise RowRefused("is required with executionOutcome", field="campaignId")
    if result.campaign_id is not None and result.execution is None:
        raise RowRefused("is required with campaignId", field="executionOutcome")


def _person(company_id: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The person's id, and how the row calls them."""
    ours, theirs = values.get("customerId", ""), values.get("customerExternalId", "")
    if bool(ours) == bool(theirs):
        raise RowRefused("is required, or customerExternalId, and not both", field="customerId")
    if theirs:
        name = _short("customerExternalId", theirs)
        return customer_id(company_id, name), name
    id = public_id.read(public_id.BORROWER, ours)
    if id is None:
        raise RowRefused("is no id of a customer", field="customerId")
    return id, ours


def _account(company_id: str, values: Mapping[str, str]) -> str:
    ours, theirs = values.get("accountId", ""), values.get("accountExternalId", "")
    if ours and theirs:
        raise RowRefused("is given, and accountExternalId too", field="accountId")
    if theirs:
        return account_id(company_id, _short("accountExternalId", theirs))
    return _id("", "accountId", values) or ""


def _id(kind: str, name: str, values: Mapping[str, str]) -> str | None:
    text = values.get(name, "")
    id = public_id.read(kind, text) if text else None
    if text and id is None:
        raise RowRefused("is no id", field=name)
    return id


def _short(name: str, text: str) -> str:
    if len(text) > 100:
        raise RowRefused("is longer than 100 characters", field=name)
    return text


def _one_of(kind: type[E], name: str, values: Mapping[str, str]) -> E:
    text = values.get(name, "")
    if not text:
        raise RowRefused("is required", field=name)
    try:
        return kind(text)
    except ValueError:
        raise RowRefused(f"must be one of {', '.join(kind)}", field=name) from None


def address_of(channel: Channel, text: str) -> str:
    """E.164 or an e-mail address; "" for none. Raises RowRefused."""
    if not text or channel.reaches is ContactType.ADDRESS:
        return text
    email = channel.reaches is ContactType.EMAIL
    found = normal_email(text) if email else normal_phone(text)
    if found is None:
        raise RowRefused(f"is nothing that {channel} reaches", field="address")
    return found


def _moment(name: str, text: str, now: datetime) -> datetime:
    if not text:
        raise RowRefused("is required", field=name)
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        at = datetime.fromisoformat(text.upper())
        too_early = at < EARLIEST
        in_future = at > now + CLOCKS_DIFFER
    except (ValueError, OverflowError):
        message = "must be a time with its offset, like 2026-03-02T12:00:00Z"
        raise RowRefused(message, field=name) from None
    if too_early:
        raise RowRefused(f"must not be before {EARLIEST.year}", field=name)
    if in_future:
        raise RowRefused("has not come yet", field=name)
    return at


def _wish(outcome: ResultOutcome, text: Any) -> OptOut | None:
    """What an agent marked as an opt-out is one, whatever the words."""
    said = said_in("text", text)
    wish = read_opt_out(said) if said else None
    if wish is None and outcome is ResultOutcome.OPT_OUT:
        return OptOut(OptOutScope.ADDRESS)
    return wish


def said_in(name: str, text: Any) -> str:
    """What somebody wrote. Raises RowRefused."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise RowRefused("must be text", field=name)
    if len(text) > _LONGEST_TEXT:
        raise RowRefused(f"is longer than {_LONGEST_TEXT} characters", field=name)
    return text


def _execution(values: Mapping[str, str]) -> EnrollmentStatus | None:
    text = values.get("executionOutcome", "")
    found = next((one for one in OUTCOMES if one == text), None)
    if text and found is None:
        raise RowRefused("must be one of completed, failed", field="executionOutcome")
    return found
