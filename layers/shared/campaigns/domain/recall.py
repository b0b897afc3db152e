"""Recall: whoever must not be contacted any more is taken off lists that have left.

A list is fetched in the morning and called from all day. Who pays, opts out, disputes or dies
meanwhile is put down for the recall of every list that names them, once for each address and
reason, and told to whoever has the list by a numbered suppression file.

Recalls of a run are put down under the number of the file that will tell them. A number is closed
before its file is made, and nothing is put down under a closed one, so that a file made again is
the same file, and none is told twice or forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self
from uuid import UUID, uuid5

from campaigns.domain.account import Account
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Listing
from campaigns.domain.customer import ContactPoint, Customer, place_of
from campaigns.domain.exporter import Exporter
from campaigns.domain.facts import PHONE_NATIONAL, is_phone
from campaigns.domain.guard import forbids, send_at
from campaigns.domain.guard_rules import ContactPolicy, rules_on
from campaigns.domain.identity import moment
from campaigns.domain.notices import NoticeClass, class_of
from campaigns.domain.phones import code_of_country, spell_phone, split_phone
from campaigns.domain.public_id import RUN, show
from campaigns.domain.run import RunRef
from campaigns.domain.timeline import EntryKind, TimelineEntry

SETTLED = "settled"
"""The reason that no rule of the guard has: the debt was paid."""
GATHERED = timedelta(minutes=2)
"""How long recalls of a run are gathered for one file."""
CLAIMED = timedelta(minutes=12)
"""How long whoever makes a file has it for themselves: longer than they may take."""
WAITS = timedelta(minutes=5)
"""When a list that has not left yet is looked at again."""
_LONGEST_PAUSE = timedelta(minutes=15)
_ENTRIES = UUID("c8f6b0c1-2d0e-5f53-8c4b-7b1f3d5a9e21")
_MARKETING = "marketing_opt_out"

COLUMNS = ("phone", "reason", "effective_at", "source_run")


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What a customer was, None of one who was new, and is now."""

    before: Customer | None
    now: Customer
    at: datetime

    @property
    def person_id(self) -> str:
        return self.now.id


@dataclass(frozen=True, slots=True)
class AccountChange:
    before: Account | None
    now: Account
    at: datetime

    @property
    def person_id(self) -> str:
        return self.now.customer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """One address that a list names, not to be used any more; `at` is when that came about."""

    person_id: str
    channel: Channel
    debt: str = ""
    address: str
    reason: str
    at: datetime
    until: datetime
    """When the list ends."""
    file: int = 0
    """The number of the file that tells it; 0 as long as it is not put down."""

    @property
    def name(self) -> str:
        """Of the person, the address and the reason, which is told once; hides the address."""
        return f"{self.person_id}#{self.reason}#{sha256(self.address.encode()).hexdigest()[:16]}"

    def entry(self, ref: RunRef, at: datetime) -> TimelineEntry:
        return TimelineEntry(
            id=str(uuid5(_ENTRIES, f"{ref.run_id}:{self.name}")),
            company_id=ref.company_id,
            person_id=self.person_id,
            kind=EntryKind.RECALLED,
            at=at,
            channel=self.channel,
            address=self.address,
            account_id=self.debt or None,
            campaign_id=ref.campaign_id,
            run_id=ref.run_id,
            details={"reason": self.reason, "effectiveAt": moment(self.at)},
        )


def recalls_of(
    change: PersonChange | AccountChange, history: ContactHistory, now: datetime
) -> Iterator[tuple[RunRef, Recall]]:
    """What a change takes off the lists that name the person and have not ended.

    Only what the change has forbidden: who was forbidden before was so when the list was made.
    """
    if isinstance(change, AccountChange):
        was, account = change.before, change.now
        if account.settled_at is None or (was is not None and was.settled_at is not None):
            return
        for one in history.listings_about(account.id, now):
            for address in one.addresses:
                yield _recalled(change, one, address, SETTLED)
        return
    for one in history.listings_about("", now):
        for address in one.addresses:
            reason = _forbids(change.now, one, address, now)
            before = change.before
            if reason and (before is None or not _forbids(before, one, address, now)):
                yield _recalled(change, one, address, reason)


def _recalled(
    change: PersonChange | AccountChange, one: Listing, address: str, reason: str
) -> tuple[RunRef, Recall]:
    ref = RunRef(change.now.company_id, one.campaign_id, one.run_id)
    return ref, Recall(
        person_id=change.person_id,
        channel=one.channel,
        debt=one.debt,
        address=address,
        reason=reason,
        at=change.at,
        until=one.until,
    )


def _forbids(person: Customer, one: Listing, address: str, now: datetime) -> str | None:
    """The rule of the guard by which the person must not be contacted there, whatever the time.

    Asked as of marketing, which has every rule that a list may be under; see `is_meant_for`.
    """
    rules = rules_on(now.date(), ContactPolicy())
    occasion = send_at(now, rules=rules, purpose=NoticeClass.MARKETING)
    found = (
        forbids(person, contact, one.channel, occasion)
        for contact in _contacts_at(person, one, address)
    )
    return next((rule for rule in found if rule is not None), None)


def _contacts_at(person: Customer, one: Listing, address: str) -> list[ContactPoint]:
    """The person's contact points there. One that is gone is asked about by the person's flags."""
    kind = one.channel.reaches
    place = place_of(kind, address)
    found = [its for its in person.contacts if its.where == place]
    return found or [ContactPoint(type=kind, value=address)]


def is_meant_for(recall: Recall, exporter: Exporter | None) -> bool:
    """An opt-out of marketing takes nobody off another list."""
    compliance = exporter.compliance if exporter else None
    purpose = class_of(compliance.subject if compliance else None)
    return recall.reason != _MARKETING or purpose is NoticeClass.MARKETING


def line_of(recall: Recall, ref: RunRef, exporter: Exporter | None) -> tuple[str, str, str, str]:
    """A row of the suppression file."""
    spelled = _spelled(recall.address, exporter) or recall.address
    return spelled, recall.reason, moment(recall.at), show(RUN, ref.run_id)


def _spelled(address: str, exporter: Exporter | None) -> str:
    """As the list spells it, which is how whoever has the list looks for it."""
    if exporter is None or not address.startswith("+"):
        return address
    if [path for path in exporter.paths if is_phone(path)] == [PHONE_NATIONAL]:
        return split_phone(address)[1]
    code = code_of_country(exporter.phone_country)
    return spell_phone(address, exporter.phone_format, code)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallProgress:
    """How far the recalls of one run are told."""

    ref: RunRef
    closed: int = 0
    """The highest number that nothing is put down under any more."""
    done: int = 0
    """The highest number whose file has arrived, or cannot any more."""
    used: int = 0
    """The highest number that something is put down under."""
    failures: int = 0
    """How often the file that is due could not be brought."""
    until: datetime
    """When the last of the lists' hours ends."""
    due_at: datetime | None = None
    """When it is looked at next; None while there is nothing to tell."""
    version: int = field(default=0, compare=False)

    @property
    def open(self) -> int:
        """The number that recalls are put down under."""
        return self.closed + 1

    def taking(self, until: datetime, *, at: datetime) -> Self:
        """With more put down under the open number."""
        due = self.due_at or at + GATHERED
        return replace(self, used=self.open, until=max(self.until, until), due_at=due)

    def claimed(self, *, at: datetime) -> Self:
        """Its next number closed, and in one pair of hands for a while."""
        return replace(self, closed=self.done + 1, due_at=at + CLAIMED)

    def put_off(self, wait: timedelta, *, at: datetime) -> Self:
        """Looked at again then, and when it is too late at the latest."""
        return replace(self, due_at=max(min(at + wait, self.until), at))

    def failed(self, *, at: datetime) -> Self:
        wait = min(GATHERED * 2**self.failures, _LONGEST_PAUSE)
        return replace(self.put_off(wait, at=at), failures=self.failures + 1)

    def told(self, *, at: datetime) -> Self:
        """The closed number is done; what was put down meanwhile is due a while later."""
        due = at + GATHERED if self.used > self.closed else None
        return replace(self, done=self.closed, failures=0, due_at=due)

    def ended(self) -> Self:
        """Nothing of it is told any more, also what was put down under the open number."""
        last = max(self.closed, self.used)
        return replace(self, closed=last, done=last, failures=0, due_at=None)
