"""Results told row by row: once, in any order, and whole however often they are broken off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.adapters.memory import MemoryAccess, MemoryImportStore, MemoryPeople, MemoryUploads
from campaigns.adapters.memory_collections import MemoryCollectionCampaigns, MemoryEnrollmentStore
from campaigns.adapters.memory_contacts import MemoryContactLedger, MemoryTimeline
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Reservation
from campaigns.domain.customer import Customer, Flag
from campaigns.domain.enrollment import Change, EnrollmentStatus, enroll
from campaigns.domain.imports import ImportFormat, ImportJob, ImportKind
from campaigns.domain.people_rows import account_id, customer_id
from campaigns.domain.result_fields import ResultOutcome
from campaigns.domain.results import Became, Taken
from campaigns.domain.results_map import ResultsMap
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.usecases.import_results import import_results
from campaigns.usecases.take_results import ResultStores, take_results
from tests.builders import (
    COMPANY,
    NOON,
    a_collection,
    a_company,
    a_customer,
    a_phone,
    an_account,
    an_email,
    an_id,
    an_import,
    new_ids,
)

DAY = timedelta(days=1)
RUN_ID = an_id(1)
PHONE = "+15125550123"


class Died(Exception):
    """The function was taken away."""


@dataclass
class Mortal:
    """A store of which a write fails when it is its turn; the write may have been done or not."""

    inner: Any
    lives: list[int]
    writes: frozenset[str]
    after: bool

    def __getattr__(self, name: str) -> Any:
        do = getattr(self.inner, name)
        if name not in self.writes:
            return do

        def once(*given: Any, **named: Any) -> Any:
            self.lives[0] -= 1
            if self.lives[0] == 0 and not self.after:
                raise Died
            answer = do(*given, **named)
            if self.lives[0] == 0:
                raise Died
            return answer

        return once


@dataclass
class Desk:
    """Two customers, each with an account and an execution in one campaign."""

    people: MemoryPeople = field(default_factory=MemoryPeople)
    ledger: MemoryContactLedger = field(default_factory=MemoryContactLedger)
    timeline: MemoryTimeline = field(default_factory=MemoryTimeline)
    campaigns: MemoryCollectionCampaigns = field(default_factory=MemoryCollectionCampaigns)
    enrollments: Any = None

    def __post_init__(self) -> None:
        self.access = MemoryAccess()
        self.access.put_company(a_company())
        self.campaign = self.campaigns.add(a_collection(id=an_id(5)))
        self.enrollments = MemoryEnrollmentStore(self.people)
        self._ids = new_ids(10_000)
        for number in ("1", "2"):
            account = an_account(f"9{number}", number)
            self.people.put_customers([a_customer(number, a_phone(PHONE), an_email())])
            self.people.put_accounts([account])
            kept = self.people.accounts(COMPANY, [account.id])[account.id]
            execution = enroll(
                kept, self.campaign, id=an_id(int(number)), today=NOON.date(), at=NOON
            )
            assert not self.enrollments.write([Change(now=execution)])
            self.reserve(number, Reservation(run_id=RUN_ID, channel=Channel.CALL, **self.today))

    @property
    def today(self) -> dict[str, Any]:
        return {"start": NOON, "until": NOON + DAY}

    def reserve(self, name: str, one: Reservation) -> None:
        was = self.history(name)
        assert not self.ledger.write([was.reserving(one, at=NOON)])

    def stores(self, wrap: Callable[[Any], Any] = lambda one: one) -> ResultStores:
        return ResultStores(
            people=wrap(self.people),
            ledger=wrap(self.ledger),
            timeline=wrap(self.timeline),
            campaigns=self.campaigns,
            enrollments=wrap(self.enrollments),
            access=self.access,
        )

    def take(self, *rows: Mapping[str, Any], stores: ResultStores | None = None) -> list[Taken]:
        return take_results(
            COMPANY,
            rows,
            stores or self.stores(),
            new_id=lambda: next(self._ids),
            now=lambda: NOON,
        )

    def became(self, *rows: Mapping[str, Any]) -> list[str]:
        return [one.became.value for one in self.take(*rows)]

    def customer(self, name: str = "1") -> Customer:
        id = customer_id(COMPANY, name)
        return self.people.customers(COMPANY, [id])[id]

    def history(self, name: str = "1") -> ContactHistory:
        id = customer_id(COMPANY, name)
        none = ContactHistory(company_id=COMPANY, person_id=id)
        return self.ledger.histories(COMPANY, [id]).get(id, none)

    def entries(self, name: str = "1") -> Sequence[TimelineEntry]:
        return self.timeline.list(COMPANY, customer_id(COMPANY, name), after=None, limit=1000)

    def execution(self, name: str = "1") -> EnrollmentStatus:
        [one] = self.enrollments.of_customer(COMPANY, customer_id(COMPANY, name))
        status: EnrollmentStatus = one.status
        return status

    def end(self) -> Any:
        """All that is kept of the two, without what only says how often it was written."""
        return [
            (
                self.customer(name),
                set(self.history(name).attempts),
                set(self.history(name).reservations),
                self.entries(name),
                self.execution(name),
            )
            for name in ("1", "2")
        ]


def row(**but: Any) -> dict[str, Any]:
    whole = {
        "customerExternalId": "1",
        "channel": "call",
        "at": "2026-03-02T11:00:00Z",
        "outcome": "no_answer",
        **but,
    }
    return {name: value for name, value in whole.items() if value is not None}


def test_an_attempt_takes_the_place_of_the_reservation_and_is_in_the_timeline() -> None:
    desk = Desk()
    [taken] = desk.take(row(runId=RUN_ID))
    history = desk.history()
    assert (taken.became, history.reservations) == (Became.CREATED, ())
    assert [one.id for one in history.attempts] == [taken.id]
    assert [one.id for one in desk.entries()] == [taken.id]


def test_rows_are_answered_in_the_order_sent_and_each_for_itself() -> None:
    desk = Desk()
    taken = desk.take(
        row(customerExternalId="nobody"),
        row(id="a"),
        row(outcome="sold"),
        row(id="a"),
        row(id="a", outcome="busy"),
        row(accountExternalId="92"),
        row(accountExternalId="none"),
        row(customerExternalId="2"),
    )
    assert [one.became for one in taken] == [
        Became.REJECTED,
        Became.CREATED,
        Became.REJECTED,
        Became.UNCHANGED,
        Became.REJECTED,
        Became.REJECTED,
        Became.REJECTED,
        Became.CREATED,
    ]
    fields = [one.refusal.field for one in taken if one.refusal is not None]
    assert fields == ["customerId", "outcome", "id", "accountId", "accountId"]
    assert len(desk.entries("1")) == len(desk.entries("2")) == 1


def test_told_again_nothing_changes() -> None:
    desk = Desk()
    rows = (row(runId=RUN_ID), row(id="7", outcome="conversation"), row(text="stop"))
    assert desk.became(*rows) == ["created"] * 3
    was = desk.end()
    assert desk.became(*rows) == ["unchanged"] * 3
    assert desk.end() == was


def test_an_opt_out_that_was_lifted_since_is_not_made_again_by_an_old_row() -> None:
    desk = Desk()
    desk.take(row(outcome="opt_out", address=PHONE))
    lifted = replace(desk.customer(), contacts=(a_phone(PHONE),))
    desk.people.put_customers([lifted])
    assert desk.became(row(outcome="opt_out", address=PHONE)) == ["unchanged"]
    assert desk.customer() == lifted


def test_an_opt_out_reaches_the_customer() -> None:
    desk = Desk()
    desk.take(row(channel="text", outcome="attempted", address=PHONE, text="STOP"))
    assert [one.status for one in desk.customer().contacts if one.value == PHONE] == ["optedOut"]
    assert [one.kind for one in desk.entries()] == [EntryKind.OPT_OUT]
    assert desk.customer("2").contacts[-1].is_usable


def test_what_was_not_attempted_leaves_no_history_where_there_was_none() -> None:
    desk = Desk()
    desk.people.put_customers([a_customer("3")])
    ask = row(customerExternalId="3", outcome="not_attempted", runId=RUN_ID)
    assert desk.became(ask) == ["created"]
    assert desk.ledger.histories(COMPANY, [customer_id(COMPANY, "3")]) == {}


# ── executions ───────────────────────────────────────────────────────────────


def test_a_conversation_ends_no_execution_and_an_outcome_that_is_told_does() -> None:
    desk = Desk()
    desk.take(row(outcome="conversation"), row(outcome="promise"))
    assert desk.execution() is EnrollmentStatus.PENDING
    told = {"campaignId": desk.campaign.id, "executionOutcome": "completed"}
    assert desk.became(row(outcome="conversation", **told)) == ["created"]
    assert desk.execution() is EnrollmentStatus.COMPLETED
    assert desk.became(row(outcome="conversation", **told)) == ["unchanged"]


def test_an_opt_out_is_heard_even_of_rows_that_are_refused() -> None:
    desk = Desk()
    stop = row(campaignId=an_id(), executionOutcome="failed", text="stop", address=PHONE)
    assert desk.became(stop, stop) == ["rejected", "rejected"]
    assert a_phone(PHONE, status="optedOut") in desk.customer().contacts
    assert (desk.entries(), desk.history().attempts) == ([], ())


def test_a_row_under_the_id_of_a_refused_one_of_the_same_request_is_taken() -> None:
    desk = Desk()
    refused = row(id="7", campaignId=an_id(), executionOutcome="failed")
    rows = (refused, row(id="7"), refused, row(id="7"))
    assert desk.became(*rows) == ["rejected", "created", "rejected", "unchanged"]
    assert len(desk.entries()) == 1


def test_a_row_about_no_execution_is_refused_whole() -> None:
    desk = Desk()
    was = desk.end()
    [taken] = desk.take(row(campaignId=an_id(), executionOutcome="failed"))
    assert taken.refusal is not None
    assert taken.refusal.field == "campaignId"
    assert desk.end() == was


def test_a_cancelled_execution_hears_nothing_more() -> None:
    desk = Desk()
    [one] = desk.enrollments.of_customer(COMPANY, customer_id(COMPANY, "1"))
    ended = one.ended(EnrollmentStatus.CANCELLED, "sample", at=NOON)
    assert not desk.enrollments.write([Change(was=one, now=ended)])
    [taken] = desk.take(row(campaignId=desk.campaign.id, executionOutcome="failed"))
    assert taken.refusal is not None
    assert taken.refusal.field == "executionOutcome"
    assert desk.entries() == []


# ── any order, any interruption, others at work ──────────────────────────────

ROWS = [
    row(runId=RUN_ID),
    row(runId=RUN_ID, outcome="voicemail", at="2026-03-02T10:00:00Z"),
    row(runId=RUN_ID, outcome="not_attempted", customerExternalId="2"),
    row(runId=RUN_ID, outcome="conversation", customerExternalId="2", accountExternalId="92"),
    row(outcome="wrong_number", address=PHONE),
    row(outcome="opt_out", address=PHONE),
    row(outcome="opt_out", address="+15125550199"),
    row(channel="text", text="stop texting me", at="2026-02-20T10:00:00Z"),
    row(channel="email", text="leave me alone", customerExternalId="2"),
    row(id="x1", outcome="promise", promiseAmount="10.00", at="2025-11-01T10:00:00Z"),
    row(id="x2", outcome="busy", accountExternalId="91"),
]


@given(st.permutations(ROWS), st.lists(st.sampled_from(ROWS), max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_in_any_order_and_however_often_the_end_is_the_same(
    rows: list[dict[str, Any]], again: list[dict[str, Any]], data: st.DataObject
) -> None:
    plain, mixed = Desk(), Desk()
    plain.take(*ROWS)
    told = rows + again
    while told:
        count = data.draw(st.integers(1, len(told)))
        mixed.take(*told[:count])
        told = told[count:]
    assert mixed.end() == plain.end()


_WRITES = frozenset({"write", "add", "put_customers"})


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("life", range(1, 6))
def test_a_crash_at_any_write_is_put_right_by_telling_again(life: int, after: bool) -> None:
    told = {"executionOutcome": "failed"}
    plain, crashed = Desk(), Desk()
    rows = [*ROWS, row(campaignId=plain.campaign.id, outcome="conversation", **told)]
    plain.take(*rows)
    lives = [life]
    stores = crashed.stores(lambda inner: Mortal(inner, lives, _WRITES, after))
    if life <= 4:
        with pytest.raises(Died):
            crashed.take(*rows, stores=stores)
    crashed.take(*rows)
    assert crashed.end() == plain.end()


def test_what_others_wrote_meanwhile_is_kept() -> None:
    desk = Desk()
    elsewhere = Reservation(run_id=an_id(), channel=Channel.TEXT, **desk.today)

    class Busy(MemoryContactLedger):
        """Somebody else reserves between our reading and our writing."""

        def __init__(self) -> None:
            super().__init__()
            self._kept = desk.ledger._kept
            self.others = 3

        def write(self, histories: Sequence[ContactHistory]) -> frozenset[str]:
            if self.others:
                self.others -= 1
                desk.reserve("1", elsewhere)
            return super().write(histories)

    busy = replace(desk.stores(), ledger=Busy())
    [taken] = desk.take(row(runId=RUN_ID), stores=busy)
    assert taken.became is Became.CREATED
    assert desk.history().reservations == (elsewhere,)
    assert len(desk.history().attempts) == 1


def test_a_flag_that_is_set_meanwhile_is_kept() -> None:
    desk = Desk()

    class Busy(MemoryPeople):
        def put_customers(self, customers: Sequence[Customer]) -> frozenset[str]:
            was = desk.customer()
            if not was.flags:
                desk.people.put_customers([replace(was, flags=frozenset({Flag.DISPUTE}))])
            return desk.people.put_customers(customers)

        def customers(self, company_id: str, ids: Any) -> Mapping[str, Customer]:
            return desk.people.customers(company_id, ids)

    desk.take(row(outcome="opt_out"), stores=replace(desk.stores(), people=Busy()))
    assert desk.customer().flags == {Flag.DISPUTE}
    assert not desk.customer().has_phone


def test_a_record_that_is_never_left_alone_is_told_again_later() -> None:
    desk = Desk()

    class Contested(MemoryContactLedger):
        def write(self, histories: Sequence[ContactHistory]) -> frozenset[str]:
            return frozenset(one.person_id for one in histories)

    contested = replace(desk.stores(), ledger=Contested())
    [taken] = desk.take(row(outcome="opt_out"), stores=contested)
    assert taken.became is Became.REJECTED
    assert desk.entries() == []
    assert desk.became(row(outcome="opt_out")) == ["created"]


# ── a file ───────────────────────────────────────────────────────────────────


def _taken_file(desk: Desk, text: str, how: ResultsMap) -> tuple[ImportJob, str]:
    imports, uploads = MemoryImportStore(), MemoryUploads()
    job = imports.add(an_import(kind=ImportKind.RESULTS, results_map=how))
    uploads.kept[job.upload_key] = text.encode()
    done = import_results(
        job,
        imports=imports,
        uploads=uploads,
        stores=desk.stores(),
        new_id=lambda: an_id(),
        now=lambda: NOON,
    )
    told = uploads.kept.get(done.errors_key, b"").decode()
    return done, told


def test_a_dialers_own_file_is_taken_and_its_errors_named_in_its_words() -> None:
    desk = Desk()
    how = ResultsMap(
        columns={"customerExternalId": "lead", "at": "when", "outcome": "disp", "address": "num"},
        values={"channel": "call"},
        outcomes={"DNC": ResultOutcome.OPT_OUT},
        time_zone="America/Chicago",
    )
    lines = ["lead,when,disp,num,agent", f"1,2026-03-02 05:00:00,dnc,{PHONE},ann"]
    lines += ["2,2026-03-02 05:00:00,SOLD,,bob", "9,2026-03-02 05:00:00,DNC,,bob"]
    lines += ["1,2026-03-02 05:00:00,DNC,5125550123,cy", "2,2026-03-02 09:00:00,DNC,,dee", "1,2"]
    job, told = _taken_file(desk, "\n".join(lines), how)
    counts = job.counts
    assert (counts.rows, counts.created, counts.unchanged, counts.rejected) == (6, 1, 1, 4)
    assert told.splitlines()[1:] == [
        "2,disp,'SOLD' is no code that outcomes has",
        "3,customerId,customer 9 does not exist",
        "5,when,has not come yet",
        '6,,"has 2 columns, the header has 5"',
    ]
    assert desk.entries()[0].at.isoformat() == "2026-03-02T05:00:00-06:00"


def test_a_file_in_our_own_words_needs_no_map() -> None:
    desk = Desk()
    text = "customerExternalId,channel,at,outcome\n1,call,2026-03-02T11:00:00Z,busy\n"
    job, _ = _taken_file(desk, text, ResultsMap())
    assert job.counts.created == 1
    job, _ = _taken_file(desk, "lead,channel\n1,call\n", ResultsMap())
    assert "unknown columns lead" in (job.error_message or "")
    assert job.format is ImportFormat.CSV


def test_a_file_without_a_column_that_the_map_names_is_no_such_file() -> None:
    how = ResultsMap(columns={"outcome": "disp", "at": "when"})
    job, _ = _taken_file(Desk(), "disp,lead\nA,1\n", how)
    assert job.error_message == "the column when is missing"


def test_the_account_of_a_row_is_the_customers_own() -> None:
    desk = Desk()
    [taken] = desk.take(row(accountId=account_id(COMPANY, "91")))
    assert taken.became is Became.CREATED
    assert desk.history().attempts[0].debt == account_id(COMPANY, "91")
