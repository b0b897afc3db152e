"""Take what dialers, agents and texts came back with: each row for itself, told once.

For every row, in this order: the person, how an execution ended, the contact history, the
timeline. The person comes first, so that an opt-out is heard even of a row that is refused for its
execution. The entry of the timeline comes last, so a row that was broken off is done again when
it is told again, and one that has its entry is not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.customer import Customer
from campaigns.domain.enrollment import EnrollmentMoved, EnrollmentNotFound
from campaigns.domain.errors import Invalid
from campaigns.domain.results import Became, Result, Taken, result_of
from campaigns.domain.row_values import RowRefused
from campaigns.domain.timeline import TimelineEntry
from campaigns.ports import (
    Access,
    Clock,
    CollectionCampaignStore,
    ContactLedger,
    EnrollmentStore,
    NewId,
    People,
    Timeline,
)
from campaigns.usecases.report_outcome import report_outcome

T = TypeVar("T")
_TRIES = 10
_BUSY = "kept being changed by others; tell it again"


@dataclass(frozen=True, slots=True)
class ResultStores:
    """Where results have their effects."""

    people: People
    ledger: ContactLedger
    timeline: Timeline
    campaigns: CollectionCampaignStore
    enrollments: EnrollmentStore
    access: Access


def take_results(
    company_id: str,
    rows: Sequence[Mapping[str, Any]],
    stores: ResultStores,
    *,
    new_id: NewId,
    now: Clock,
) -> list[Taken]:
    """Of each row, in the order sent, what became of it.

    Whatever was refused, or is broken off by Unavailable, can be told again.
    """
    at = now()
    taken: dict[int, Taken] = {}
    read: dict[int, Result] = {}
    for number, row in enumerate(rows):
        try:
            read[number] = result_of(company_id, row, now=at)
        except Invalid as refusal:
            taken[number] = _rejected(refusal)
    people = stores.people.customers(company_id, (one.person_id for one in read.values()))
    taken |= _strangers(company_id, read, people, stores.people)
    taken |= _told_before(_left(read, taken), stores.timeline)
    while left := _left(read, taken):
        turn = _one_of_each(left)
        taken |= _people(company_id, turn, people, stores.people)
        taken |= _executions(company_id, _left(turn, taken), stores, new_id, now)
        taken |= _histories(company_id, _left(turn, taken), stores.ledger, at)
        done = _left(turn, taken)
        stores.timeline.add([one.entry for one in done.values()])
        taken |= {number: Taken(Became.CREATED, one.entry.id) for number, one in done.items()}
        taken |= _repeated(_left(read, taken), turn, taken)
    return [taken[number] for number in range(len(rows))]


def _left(read: Mapping[int, T], taken: Mapping[int, Taken]) -> dict[int, T]:
    return {number: one for number, one in read.items() if number not in taken}


def _rejected(refusal: Invalid) -> Taken:
    return Taken(Became.REJECTED, refusal=refusal)


def _refused(message: str, field: str | None = None) -> Taken:
    return _rejected(RowRefused(message, field=field))


def _strangers(
    company_id: str, read: Mapping[int, Result], known: Mapping[str, Customer], people: People
) -> dict[int, Taken]:
    """Rows about somebody, or some debt, that there is none of."""
    named = {one.account_id for one in read.values() if one.account_id}
    accounts = people.accounts(company_id, named)
    refused: dict[int, Taken] = {}
    for number, one in read.items():
        account = accounts.get(one.account_id)
        if one.person_id not in known:
            refused[number] = _refused(f"customer {one.person_named} does not exist", "customerId")
        elif one.account_id and account is None:
            refused[number] = _refused("the account does not exist", "accountId")
        elif account is not None and account.customer_id != one.person_id:
            refused[number] = _refused("the account is another customer's", "accountId")
    return refused


def _told_before(read: Mapping[int, Result], timeline: Timeline) -> dict[int, Taken]:
    told = timeline.told(list({one.entry.id: one.entry for one in read.values()}.values()))
    entries = {number: one.entry for number, one in read.items()}
    return {
        number: _again(entry, told[entry.id])
        for number, entry in entries.items()
        if entry.id in told
    }


def _again(entry: TimelineEntry, was: TimelineEntry) -> Taken:
    if was == entry:
        return Taken(Became.UNCHANGED, entry.id)
    return _refused("is another result's", "id")


def _one_of_each(left: Mapping[int, Result]) -> dict[int, Result]:
    """The first row of each id; what the others are depends on what becomes of it."""
    first: dict[str, int] = {}
    for number, one in left.items():
        first.setdefault(one.entry.id, number)
    return {number: left[number] for number in first.values()}


def _repeated(
    left: Mapping[int, Result], turn: Mapping[int, Result], taken: Mapping[int, Taken]
) -> dict[int, Taken]:
    """Of the other rows of an id: told before once one was kept, and refused like their like."""
    first = {one.entry.id: (one.entry, taken[number]) for number, one in turn.items()}
    repeated: dict[int, Taken] = {}
    for number, one in left.items():
        entry = one.entry
        was, became = first[entry.id]
        if became.became is Became.CREATED:
            repeated[number] = _again(entry, was)
        elif was == entry:
            repeated[number] = became
    return repeated


def _executions(
    company_id: str, read: Mapping[int, Result], stores: ResultStores, new_id: NewId, now: Clock
) -> dict[int, Taken]:
    """First of all but the person's, since these may be refused."""
    refused: dict[int, Taken] = {}
    for number, one in read.items():
        if one.execution is None or one.campaign_id is None:
            continue
        try:
            report_outcome(
                company_id,
                one.person_id,
                one.campaign_id,
                one.execution,
                campaigns=stores.campaigns,
                enrollments=stores.enrollments,
                people=stores.people,
                access=stores.access,
                new_id=new_id,
                now=now,
            )
        except EnrollmentNotFound:
            refused[number] = _refused("the customer is not in this campaign", "campaignId")
        except EnrollmentMoved as moved:
            refused[number] = _refused(str(moved), "executionOutcome")
        except ChangedMeanwhile:
            refused[number] = _refused(_BUSY)
    return refused


def _histories(
    company_id: str, read: Mapping[int, Result], ledger: ContactLedger, at: datetime
) -> dict[int, Taken]:
    def change(
        person_id: str, was: ContactHistory | None, rows: Iterable[Result]
    ) -> ContactHistory | None:
        history = was or ContactHistory(company_id=company_id, person_id=person_id)
        for one in rows:
            history = one.told_to(history, now=at)
        return None if was is None and history.is_empty else history

    return _kept(read, lambda ids: ledger.histories(company_id, ids), change, ledger.write)


def _people(
    company_id: str,
    read: Mapping[int, Result],
    known: Mapping[str, Customer],
    people: People,
) -> dict[int, Taken]:
    def change(_: str, was: Customer | None, rows: Iterable[Result]) -> Customer | None:
        for one in rows:
            was = None if was is None else one.told_of(was)
        return was

    # Nearly always nobody is changed, so what was read at first is looked at first.
    first = [known]

    def find(ids: Sequence[str]) -> Mapping[str, Customer]:
        return first.pop() if first else people.customers(company_id, ids)

    return _kept(read, find, change, people.put_customers)


def _kept(
    read: Mapping[int, Result],
    find: Callable[[Sequence[str]], Mapping[str, T]],
    change: Callable[[str, T | None, Iterable[Result]], T | None],
    write: Callable[[Sequence[T]], frozenset[str]],
) -> dict[int, Taken]:
    """Everybody's record with all their rows, applied anew to what others changed meanwhile."""
    rows: dict[str, list[Result]] = {}
    for one in read.values():
        rows.setdefault(one.person_id, []).append(one)
    left = list(rows)
    for _ in range(_TRIES):
        if not left:
            break
        found = find(left)
        made = {id: change(id, found.get(id), rows[id]) for id in left}
        changed = [one for id, one in made.items() if one is not None and one != found.get(id)]
        refused = write(changed) if changed else frozenset()
        left = [id for id in left if id in refused]
    late = set(left)
    return {number: _refused(_BUSY) for number, one in read.items() if one.person_id in late}
