"""Reserving what was allowed, with others at it in the same moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.adapters.memory_contacts import MemoryContactLedger
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.customer import Customer, Flag
from campaigns.domain.guard import Ruling, Verdict
from campaigns.domain.guard_rules import ContactPolicy
from campaigns.domain.notices import NoticeClass
from campaigns.pipeline.rulings import Ask, ContactsBusy, release, rule_on
from tests.builders import (
    COMPANY,
    NOON,
    a_customer,
    a_history,
    a_phone,
    an_attempt,
    an_email,
    an_id,
    an_occasion,
)

PEOPLE = [a_customer(str(number), state="TX") for number in range(4)]
OPEN = datetime(2026, 3, 2, 20, tzinfo=UTC)


class CountedLedger(MemoryContactLedger):
    """Counts what is asked of it, and lets others in between a reading and a writing."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.written = 0
        self.meanwhile: list[Callable[[], object]] = []

    def histories(self, company_id: str, person_ids: Iterable[str]) -> Mapping[str, ContactHistory]:
        self.asked.append(list(person_ids))
        return super().histories(company_id, self.asked[-1])

    def write(self, histories: Sequence[ContactHistory]) -> frozenset[str]:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        self.written += len(histories)
        return super().write(histories)


def asks(people: Sequence[Customer], debts: Sequence[str] = ("",)) -> list[Ask]:
    return [Ask(one, debt, one.contacts, most=1) for one in people for debt in debts]


def run(
    ledger: MemoryContactLedger,
    number: int,
    people: Sequence[Customer] = PEOPLE,
    debts: Sequence[str] = ("",),
    policy: ContactPolicy | None = None,
    reserves: bool = True,
) -> list[list[Ruling]]:
    occasion = an_occasion(run_id=an_id(number), policy=policy)
    return rule_on(
        asks(people, debts),
        occasion,
        ledger=ledger,
        company_id=COMPANY,
        campaign_id="c",
        reserves=reserves,
    )


def verdicts(found: list[list[Ruling]]) -> list[str]:
    return [one[-1].decision.verdict for one in found]


def kept(ledger: MemoryContactLedger, person: Customer) -> ContactHistory:
    return ledger.histories(COMPANY, [person.id])[person.id]


def test_whoever_comes_second_is_put_off() -> None:
    ledger = MemoryContactLedger()
    assert verdicts(run(ledger, 1)) == ["allow"] * 4
    second = run(ledger, 2)
    assert verdicts(second) == ["defer"] * 4
    assert {one[0].decision.rule_id for one in second} == {"contacted_today"}


def test_a_list_that_is_decided_again_is_decided_the_same_and_takes_nothing_more() -> None:
    ledger = CountedLedger()
    first = run(ledger, 1)
    assert run(ledger, 1) == first
    assert [len(kept(ledger, one).reservations) for one in PEOPLE] == [1] * 4
    assert ledger.written == 4


def test_a_contact_that_another_row_of_the_run_has_reserved_is_not_ruled_on() -> None:
    ledger = MemoryContactLedger()
    known = {"ledger": ledger, "company_id": COMPANY, "campaign_id": "c"}
    occasion = an_occasion(run_id=an_id(1))
    [first] = asks(PEOPLE[:1], ["A"])
    for row, answers in ((1, 1), (2, 0), (1, 1)):
        [found] = rule_on([replace(first, row=row)], occasion, **known)  # type: ignore[arg-type]
        assert len(found) == answers
    [held] = kept(ledger, PEOPLE[0]).reservations
    assert held.row == 1


def test_every_debt_of_a_person_is_reserved_in_one_write() -> None:
    ledger = CountedLedger()
    assert verdicts(run(ledger, 1, PEOPLE[:1], ["A", "B"])) == ["allow"] * 2
    assert ledger.written == 1
    assert {one.debt for one in kept(ledger, PEOPLE[0]).reservations} == {"A", "B"}


def test_histories_are_read_once_for_all_and_not_for_those_who_are_suppressed_anyway() -> None:
    ledger = CountedLedger()
    flagged = a_customer("9", flags=frozenset({Flag.CEASE}))
    run(ledger, 1, [*PEOPLE, flagged])
    assert ledger.asked == [[one.id for one in PEOPLE]]


def test_without_reserving_nothing_is_written() -> None:
    ledger = CountedLedger()
    assert verdicts(run(ledger, 1, reserves=False)) == ["allow"] * 4
    assert ledger.written == 0
    assert verdicts(run(ledger, 2)) == ["allow"] * 4


def test_a_legal_notice_takes_nothing_and_asks_for_nothing() -> None:
    ledger = CountedLedger()
    person = a_customer("1", an_email(), state="TX")
    occasion = an_occasion(purpose=NoticeClass.LEGAL, subject="other")
    [found] = rule_on(asks([person]), occasion, ledger=ledger, company_id=COMPANY, campaign_id="c")
    assert found[0].allows
    assert (ledger.asked, ledger.written) == ([], 0)


def test_another_address_is_tried_where_one_must_not_be_used() -> None:
    gone = a_phone("+15125550199", status="optedOut")
    person = a_customer("1", gone, a_phone(), a_phone("+15125550124", "home"), state="TX")
    [found] = run(MemoryContactLedger(), 1, [person])
    assert [one.decision.verdict for one in found] == [Verdict.SUPPRESS, Verdict.ALLOW]


def test_who_was_faster_in_the_same_moment_has_it() -> None:
    ledger = CountedLedger()
    ledger.meanwhile = [lambda: run(ledger, 2, PEOPLE[:2])]
    assert verdicts(run(ledger, 1)) == ["defer", "defer", "allow", "allow"]
    assert len(ledger.asked) == 3


def test_somebody_whose_record_never_stands_still_is_tried_again_later() -> None:
    ledger = CountedLedger()
    numbers = iter(range(100, 200))

    def changed() -> None:
        attempt = an_attempt(str(next(numbers)), debt="Z")
        was = ledger.histories(COMPANY, [PEOPLE[0].id]).get(PEOPLE[0].id)
        now = (was or a_history(person_id=PEOPLE[0].id)).attempted(attempt, at=NOON)
        MemoryContactLedger.write(ledger, [now])

    ledger.meanwhile = [changed] * 60
    with pytest.raises(ContactsBusy):
        run(ledger, 1, PEOPLE[:1], ["A"])


def test_a_run_gives_back_what_it_had_and_nothing_else() -> None:
    ledger = MemoryContactLedger()
    run(ledger, 1, PEOPLE[:2])
    run(ledger, 2, PEOPLE[2:])
    ids = [one.id for one in PEOPLE]
    assert release(COMPANY, ids, an_id(1), ledger=ledger) == 2
    assert release(COMPANY, ids, an_id(1), ledger=ledger) == 0
    assert verdicts(run(ledger, 3)) == ["allow", "allow", "defer", "defer"]


@given(st.data())
def test_however_runs_come_in_between_no_budget_is_spent_twice(data: st.DataObject) -> None:
    """Between any reading and its writing another run may do all of its own, and so may others
    in between of that."""
    ledger = CountedLedger()
    spent = data.draw(st.lists(st.integers(0, 6), min_size=4, max_size=4))
    for person, calls in zip(PEOPLE, spent, strict=True):
        attempts = [an_attempt(at=OPEN - timedelta(days=1), debt="A") for _ in range(calls)]
        ledger.write([a_history(*attempts, person_id=person.id)])
    most = data.draw(st.integers(1, 3))
    policy = ContactPolicy(exports_a_day=most)
    runs = iter(range(1, 8))
    allowed: dict[str, int] = {}

    def another() -> None:
        number = next(runs, None)
        if number is None:
            return
        people = data.draw(st.lists(st.sampled_from(PEOPLE), min_size=1, unique_by=id))
        ledger.meanwhile = [another] * data.draw(st.integers(0, 3)) + ledger.meanwhile
        for person, verdict in zip(
            people, verdicts(run(ledger, number, people, ["A"], policy)), strict=True
        ):
            allowed[person.id] = allowed.get(person.id, 0) + (verdict == Verdict.ALLOW)

    for _ in range(3):
        another()
    for person, calls in zip(PEOPLE, spent, strict=True):
        history = kept(ledger, person)
        assert len(history.reservations) == allowed.get(person.id, 0)
        assert len(history.reservations) <= min(most, 7 - calls)


def test_one_budget_is_shared_by_all_channels_that_count_for_it() -> None:
    person = replace(PEOPLE[0], state="MA", time_zone="America/New_York", contacts=(a_phone(),))
    ledger = MemoryContactLedger()
    consenting = an_occasion(run_id=an_id(1), policy=ContactPolicy(consent_channels=frozenset()))
    for number, channel, verdict in (
        (1, Channel.CALL, "allow"),
        (2, Channel.TEXT, "allow"),
        (3, Channel.VOICE, "defer"),
    ):
        [found] = rule_on(
            [Ask(person, "A", person.contacts, channel=channel)],
            replace(consenting, run_id=an_id(number)),
            ledger=ledger,
            company_id=COMPANY,
            campaign_id="c",
        )
        assert verdicts([found]) == [verdict]


BOSTONIAN = replace(PEOPLE[0], state="MA", time_zone="America/New_York")


def ways(
    ledger: MemoryContactLedger, *channels: Channel, person: Customer = BOSTONIAN
) -> list[str]:
    """What one run is told that reaches a person in several ways, about one debt."""
    policy = ContactPolicy(consent_channels=frozenset())
    found = []
    for channel in channels:
        found += rule_on(
            [Ask(person, "A", person.contacts, channel=channel, most=1)],
            an_occasion(run_id=an_id(1), policy=policy),
            ledger=ledger,
            company_id=COMPANY,
            campaign_id="c",
        )
    return verdicts(found)


def test_what_a_run_does_in_one_way_counts_for_what_it_does_in_another() -> None:
    ledger, said = MemoryContactLedger(), ["allow", "allow", "defer"]
    for _ in range(2):
        assert ways(ledger, Channel.TEXT, Channel.CALL, Channel.WHATSAPP) == said
    assert len(kept(ledger, BOSTONIAN).reservations) == 2


@given(st.permutations([Channel.TEXT, Channel.CALL, Channel.WHATSAPP, Channel.VOICE]))
def test_in_whatever_order_a_run_asks_again_it_is_told_the_same(order: list[Channel]) -> None:
    ledger = MemoryContactLedger()
    said = dict(zip(order, ways(ledger, *order), strict=True))
    assert sorted(said.values()) == ["allow", "allow", "defer", "defer"]
    again = order[::-1]
    assert dict(zip(again, ways(ledger, *again), strict=True)) == said


def test_each_contact_of_a_row_that_is_made_in_another_way_counts() -> None:
    person = replace(PEOPLE[0], state="WA", time_zone="America/Los_Angeles")
    person = replace(person, contacts=(a_phone(), an_email(), a_phone("+12065550124")))
    ledger = MemoryContactLedger()
    calls = [an_attempt(at=OPEN - timedelta(days=1), debt="A") for _ in range(2)]
    ledger.write([a_history(*calls, person_id=person.id)])
    for _ in range(2):
        [found] = rule_on(
            [Ask(person, "A", person.contacts)],
            an_occasion(run_id=an_id(1)),
            ledger=ledger,
            company_id=COMPANY,
            campaign_id="c",
        )
        # Both phones are one call; the e-mail would be the fourth contact of the week.
        assert [one.decision.verdict for one in found] == ["allow", "defer", "allow"]
