"""The promises of enrollments: one active for each account, whole changes, counts that agree."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

import pytest

from campaigns.adapters.dynamodb.audit import DynamoAudit, Trail
from campaigns.adapters.dynamodb.enrollments import DynamoEnrollmentStore
from campaigns.adapters.dynamodb.people import DynamoPeople
from campaigns.adapters.memory import MemoryPeople
from campaigns.adapters.memory_collections import MemoryEnrollmentStore
from campaigns.domain.account import Account
from campaigns.domain.audit import ACTOR, Actor
from campaigns.domain.enrollment import Change, Enrollment, EnrollmentStatus, Holder, enroll
from campaigns.ports import EnrollmentStore, People
from tests.builders import NOON, a_collection, a_step, an_account, an_id
from tests.contract.conftest import Deployed

S = EnrollmentStatus
TODAY = NOON.date()


class Stores(NamedTuple):
    enrollments: EnrollmentStore
    people: People


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        kept = MemoryPeople()
        return Stores(MemoryEnrollmentStore(kept), kept)
    deployed: Deployed = request.getfixturevalue("deployed")
    client = request.getfixturevalue("dynamodb")
    tables = deployed.settings
    return Stores(
        DynamoEnrollmentStore(client, tables.enrollments_table, people_table=tables.people_table),
        DynamoPeople(client, tables.people_table),
    )


@pytest.fixture
def account(stores: Stores, company_id: str) -> Callable[..., Account]:
    def make(number: int = 1, **but: Any) -> Account:
        made = an_account(str(900000 + number), company_id=company_id, **but)
        assert not stores.people.put_accounts([made])
        return stores.people.accounts(company_id, [made.id])[made.id]

    return make


def made(account: Account, campaign_id: str | None = None, **but: Any) -> Enrollment:
    campaign = a_collection(
        id=campaign_id or CAMPAIGN, company_id=account.company_id, steps=(STEP,)
    )
    whole = enroll(account, campaign, id=an_id(), today=TODAY, at=NOON)
    return replace(whole, **but)


CAMPAIGN, OTHER = an_id(1), an_id(2)
STEP = a_step(id=an_id(3))


def test_an_enrollment_comes_back_whole(stores: Stores, account: Callable[..., Account]) -> None:
    one = made(account())
    assert stores.enrollments.write([Change(now=one)]) == {}
    assert stores.enrollments.find(one.ref) == one
    assert stores.enrollments.many([one.ref, replace(one, id=an_id()).ref]) == [one]
    assert stores.enrollments.holders(one.company_id, [one.account_id, an_id()]) == {
        one.account_id: Holder(one.ref)
    }


def test_an_account_is_enrolled_once(stores: Stores, account: Callable[..., Account]) -> None:
    invoice = account()
    first, second = made(invoice), made(invoice, OTHER)
    assert stores.enrollments.write([Change(now=first)]) == {}
    assert stores.enrollments.write([Change(now=second)]) == {invoice.id: Holder(first.ref)}
    assert stores.enrollments.find(second.ref) is None
    counts = stores.enrollments.counts(invoice.company_id, [CAMPAIGN, OTHER])
    assert [counts[id].total for id in (CAMPAIGN, OTHER)] == [1, 0]


def test_of_many_changes_the_good_ones_are_kept(
    stores: Stores, account: Callable[..., Account]
) -> None:
    invoices = [account(number) for number in range(130)]
    taken = [made(one, OTHER) for one in invoices[5:130:25]]
    stores.enrollments.write([Change(now=one) for one in taken])
    wanted = [made(one) for one in invoices]
    refused = stores.enrollments.write([Change(now=one) for one in wanted])
    assert refused == {one.account_id: Holder(one.ref) for one in taken}
    company = invoices[0].company_id
    assert stores.enrollments.counts(company, [CAMPAIGN])[CAMPAIGN].total == 125
    assert len(stores.enrollments.holders(company, [one.id for one in invoices])) == 130


def test_of_many_at_once_one_is_enrolled(stores: Stores, account: Callable[..., Account]) -> None:
    invoice = account()
    campaigns = [an_id() for _ in range(10)]
    wanted = [made(invoice, campaigns[number % 10]) for number in range(40)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda one: stores.enrollments.write([Change(now=one)]), wanted))
    kept = [one for one, answer in zip(wanted, answers, strict=True) if not answer]
    assert len(kept) == 1
    assert all(answer == {invoice.id: Holder(kept[0].ref)} for answer in answers if answer)
    counts = stores.enrollments.counts(invoice.company_id, campaigns)
    assert sum(of.total for of in counts.values()) == 1


def test_an_end_frees_the_account(stores: Stores, account: Callable[..., Account]) -> None:
    invoice = account()
    one = made(invoice)
    stores.enrollments.write([Change(now=one)])
    ended = one.ended(S.FAILED, "reported", at=NOON)
    assert stores.enrollments.write([Change(was=one, now=ended)]) == {}
    assert stores.enrollments.find(one.ref) == replace(ended, version=1)
    assert stores.enrollments.holders(invoice.company_id, [invoice.id]) == {}
    assert stores.enrollments.write([Change(now=made(invoice, OTHER))]) == {}


def test_what_has_changed_since_it_was_read_is_not_overwritten(
    stores: Stores, account: Callable[..., Account]
) -> None:
    one = made(account())
    stores.enrollments.write([Change(now=one)])
    taken = Change(was=one, now=one.taken(an_id(), at=NOON))
    assert stores.enrollments.write([taken]) == {}
    assert stores.enrollments.write([taken]) == {one.account_id: None}
    late = Change(was=one, now=one.ended(S.FAILED, "reported", at=NOON))
    assert stores.enrollments.write([late]) == {one.account_id: None}
    by_status = stores.enrollments.counts(one.company_id, [CAMPAIGN])[CAMPAIGN].by_status
    assert (by_status[S.PENDING], by_status[S.RUNNING], by_status[S.FAILED]) == (0, 1, 0)


def test_completing_marks_the_account_and_hands_its_place_on(
    stores: Stores, account: Callable[..., Account]
) -> None:
    invoice = account()
    one = made(invoice)
    stores.enrollments.write([Change(now=one)])
    follows = made(invoice, OTHER)
    change = Change(
        was=one,
        now=one.ended(S.COMPLETED, "reported", at=NOON).chained(OTHER),
        account=invoice.awaiting_collection(),
        follows=follows,
        called_on=TODAY,
    )
    assert stores.enrollments.write([change]) == {}
    kept = stores.people.accounts(invoice.company_id, [invoice.id])[invoice.id]
    assert kept.status == "PENDING_COLLECTION"
    holders = stores.enrollments.holders(invoice.company_id, [invoice.id])
    assert holders == {invoice.id: Holder(follows.ref)}
    counts = stores.enrollments.counts(invoice.company_id, [CAMPAIGN, OTHER], TODAY)
    done, next_ = counts[CAMPAIGN], counts[OTHER]
    assert (done.total, done.active, done.completed, done.calls, done.calls_today) == (
        *(1, 0, 1),
        *(1, 1),
    )
    assert (next_.total, next_.active, next_.calls) == (1, 1, 0)
    tomorrow = TODAY + timedelta(days=1)
    later = stores.enrollments.counts(invoice.company_id, [CAMPAIGN], tomorrow)[CAMPAIGN]
    assert (later.calls, later.calls_today) == (1, 0)


def test_a_change_with_an_account_that_has_changed_is_refused_whole(
    stores: Stores, account: Callable[..., Account]
) -> None:
    invoice = account()
    one = made(invoice)
    stores.enrollments.write([Change(now=one)])
    stores.people.put_accounts([replace(invoice, number="new")])
    done = one.ended(S.COMPLETED, "reported", at=NOON)
    change = Change(was=one, now=done, account=invoice.awaiting_collection())
    assert stores.enrollments.write([change]) == {invoice.id: None}
    assert stores.enrollments.find(one.ref) == one
    assert stores.people.accounts(invoice.company_id, [invoice.id])[invoice.id].number == "new"


def test_a_settled_account_keeps_its_place_for_good(
    stores: Stores, account: Callable[..., Account]
) -> None:
    invoice = account()
    settled = invoice.settled(NOON)
    assert stores.enrollments.settle(settled)
    assert stores.people.accounts(invoice.company_id, [invoice.id])[invoice.id] == settled
    refused = stores.enrollments.write([Change(now=made(invoice))])
    assert refused == {invoice.id: Holder(None, settled=True)}


def test_an_account_in_execution_is_settled_only_with_it(
    stores: Stores, account: Callable[..., Account]
) -> None:
    invoice = account()
    one = made(invoice)
    stores.enrollments.write([Change(now=one)])
    assert not stores.enrollments.settle(invoice.settled(NOON))
    done = one.ended(S.COMPLETED, "settled", at=NOON)
    assert not stores.enrollments.write([Change(was=one, now=done, account=invoice.settled(NOON))])
    holders = stores.enrollments.holders(invoice.company_id, [invoice.id])
    assert holders == {invoice.id: Holder(None, settled=True)}


def test_a_late_outcome_leaves_the_place_alone(
    stores: Stores, account: Callable[..., Account]
) -> None:
    invoice = account()
    one = made(invoice)
    stores.enrollments.write([Change(now=one)])
    failed = one.ended(S.FAILED, "reported", at=NOON)
    stores.enrollments.write([Change(was=one, now=failed)])
    elsewhere = made(invoice, OTHER)
    stores.enrollments.write([Change(now=elsewhere)])
    was = stores.enrollments.find(one.ref)
    assert was is not None
    late = was.ended(S.COMPLETED, "reported", at=NOON)
    assert stores.enrollments.write([Change(was=was, now=late)]) == {}
    holders = stores.enrollments.holders(invoice.company_id, [invoice.id])
    assert holders == {invoice.id: Holder(elsewhere.ref)}


def test_those_due_are_found_by_step_and_date(
    stores: Stores, account: Callable[..., Account], company_id: str
) -> None:
    days = [TODAY + timedelta(days=number % 3) for number in range(30)]
    all_of_them = [made(account(number + 1), due_on=day) for number, day in enumerate(days)]
    stores.enrollments.write([Change(now=one) for one in all_of_them])
    found = set(stores.enrollments.due(company_id, CAMPAIGN, STEP.id, TODAY))
    assert found == {one.ref for one in all_of_them if one.due_on == TODAY}
    later = TODAY + timedelta(days=9)
    assert len(list(stores.enrollments.due(company_id, CAMPAIGN, STEP.id, later))) == 30
    assert list(stores.enrollments.due(company_id, CAMPAIGN, an_id(), later)) == []
    one = all_of_them[0]
    stores.enrollments.write([Change(was=one, now=one.taken(an_id(), at=NOON))])
    assert len(list(stores.enrollments.due(company_id, CAMPAIGN, STEP.id, later))) == 29


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_a_list_is_in_the_order_of_enrolling(
    stores: Stores, account: Callable[..., Account], company_id: str, at_once: int
) -> None:
    all_of_them = [
        made(
            account(number + 1),
            CAMPAIGN if number % 2 else OTHER,
            enrolled_at=NOON + timedelta(minutes=number * 7 % 25),
        )
        for number in range(25)
    ]
    stores.enrollments.write([Change(now=one) for one in all_of_them])
    for one in all_of_them[:5]:
        stores.enrollments.write([Change(was=one, now=one.taken(an_id(), at=NOON))])
    in_order = sorted(all_of_them, key=lambda one: one.enrolled_at)
    groups = [(id, status) for id in (CAMPAIGN, OTHER) for status in (S.PENDING, S.RUNNING)]

    def listed(newest_first: bool) -> list[str]:
        found = stores.enrollments.by_status(
            company_id, groups, newest_first=newest_first, at_once=at_once
        )
        return [ref.id for ref in found]

    assert listed(False) == [one.id for one in in_order]
    assert listed(True) == [one.id for one in reversed(in_order)]
    running = stores.enrollments.by_status(company_id, [(CAMPAIGN, S.RUNNING)], at_once=at_once)
    assert {ref.id for ref in running} == {one.id for one in all_of_them[1:5:2]}
    assert list(stores.enrollments.by_status(company_id, [])) == []
    assert len(list(islice(stores.enrollments.by_status(company_id, groups), 3))) == 3


def test_all_of_a_customer_are_found(stores: Stores, account: Callable[..., Account]) -> None:
    mine = [made(account(1)), made(account(2)), made(account(3), OTHER)]
    theirs = made(account(4, owner="100002"))
    stores.enrollments.write([Change(now=one) for one in (*mine, theirs)])
    company, customer = mine[0].company_id, mine[0].customer_id
    assert list(stores.enrollments.of_customer(company, customer)) == mine
    assert list(stores.enrollments.of_customer(company, customer, CAMPAIGN)) == mine[:2]
    assert list(stores.enrollments.of_customer(company, customer, an_id())) == []
    assert list(stores.enrollments.of_customer(an_id(), customer)) == []


class DyingClient:
    """A client whose `place`th transaction breaks off, before it is sent or after it was done."""

    def __init__(self, client: Any, place: int, *, after: bool) -> None:
        self._client = client
        self._left = place
        self._after = after

    def transact_write_items(self, **asked: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise ConnectionError("before")
        answer = self._client.transact_write_items(**asked)
        if self._left == 0:
            raise ConnectionError("after")
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_what_broke_off_is_done_by_the_next_attempt(
    deployed: Deployed, dynamodb: Any, company_id: str, place: int, after: bool
) -> None:
    tables = deployed.settings
    people = DynamoPeople(dynamodb, tables.people_table)
    invoices = [an_account(str(number), company_id=company_id) for number in range(120)]
    people.put_accounts(invoices)
    wanted = [made(one) for one in invoices]

    def write(client: Any, enrollments: list[Enrollment]) -> Any:
        store = DynamoEnrollmentStore(
            client, tables.enrollments_table, people_table=tables.people_table
        )
        return store.write([Change(now=one) for one in enrollments])

    with pytest.raises(ConnectionError):
        write(DyingClient(dynamodb, place, after=after), wanted)
    refused = write(dynamodb, [made(one) for one in invoices])
    # Those that had come through hold their places, and nobody is counted twice.
    assert refused == {one.account_id: Holder(one.ref) for one in wanted[: len(refused)]}
    store = DynamoEnrollmentStore(
        dynamodb, tables.enrollments_table, people_table=tables.people_table
    )
    assert store.counts(company_id, [CAMPAIGN])[CAMPAIGN].active == 120
    assert len(store.holders(company_id, [one.id for one in invoices])) == 120


def test_what_a_key_asked_for_is_told_in_the_audit_trail(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    tables = deployed.settings
    people = DynamoPeople(dynamodb, tables.people_table)
    trail = Trail(tables.audit_table, days=1, now=lambda: NOON, new_id=an_id)
    store = DynamoEnrollmentStore(
        dynamodb, tables.enrollments_table, people_table=tables.people_table, trail=trail
    )
    people.put_accounts([an_account(company_id=company_id)])
    [invoice] = people.accounts(company_id, [an_account(company_id=company_id).id]).values()
    one = made(invoice)
    done = one.ended(S.COMPLETED, "reported", at=NOON)
    asked = ACTOR.set(Actor(company_id, "key", "request", "POST /x"))
    try:
        store.write([Change(now=one)])
        store.write([Change(was=one, now=done, account=invoice.awaiting_collection())])
    finally:
        ACTOR.reset(asked)
    told = DynamoAudit(dynamodb, tables.audit_table).list(
        company_id, TODAY, object_id=None, after=None, limit=9
    )
    assert sorted((entry.kind, entry.object_id) for entry in told) == sorted(
        [("enrollment", one.id), ("enrollment", one.id), ("account", invoice.id)]
    )
    first, second = (entry for entry in reversed(told) if entry.kind == "enrollment")
    assert (first.before, first.after) == (None, second.before)
    [account] = (entry for entry in told if entry.kind == "account")
    assert account.before is not None
    assert account.before != account.after
