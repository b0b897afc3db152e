"""The promises of the contact ledger: one record per person, never written over a change."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.contacts import DynamoContactLedger
from campaigns.adapters.memory_contacts import MemoryContactLedger
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import (
    KEPT,
    Attempt,
    ContactHistory,
    Listing,
    Outcome,
    Reservation,
)
from campaigns.domain.guard import Ruling
from campaigns.domain.guard_rules import ContactPolicy
from campaigns.pipeline.rulings import Ask, rule_on
from campaigns.ports import ContactLedger
from tests.builders import NOON, a_customer, an_attempt, an_id, an_occasion
from tests.contract.conftest import Deployed

DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> ContactLedger:
    if request.param == "memory":
        return MemoryContactLedger()
    deployed: Deployed = request.getfixturevalue("deployed")
    dynamodb = request.getfixturevalue("dynamodb")
    return DynamoContactLedger(dynamodb, deployed.settings.contacts_table)


def a_history(company_id: str, *attempts: Attempt, **but: Any) -> ContactHistory:
    return ContactHistory(company_id=company_id, person_id=an_id(), attempts=attempts, **but)


def test_every_field_of_a_history_comes_back(ledger: ContactLedger, company_id: str) -> None:
    attempt = Attempt(
        id="a1",
        at=NOON,
        channel=Channel.CALL,
        debt=an_id(),
        outcome=Outcome.CONVERSATION,
        run_id=an_id(),
    )
    reservation = Reservation(
        run_id=an_id(),
        channel=Channel.TEXT,
        debt=an_id(),
        campaign_id=an_id(),
        start=NOON,
        until=NOON + DAY,
    )
    listing = Listing(
        run_id=an_id(),
        campaign_id=an_id(),
        channel=Channel.CALL,
        debt=an_id(),
        addresses=("+15125550123", "+15125550199"),
        until=NOON + DAY,
    )
    full = a_history(company_id, attempt, reservations=(reservation,), listings=(listing,))
    assert ledger.write([full]) == frozenset()
    assert ledger.histories(company_id, [full.person_id]) == {full.person_id: full}


def test_only_those_who_have_one_are_answered(ledger: ContactLedger, company_id: str) -> None:
    known = a_history(company_id)
    ledger.write([known])
    id = known.person_id
    assert ledger.histories(company_id, [an_id(), id, id]) == {id: known}
    assert ledger.histories(company_id, []) == {}
    assert ledger.histories(an_id(), [id]) == {}


def test_hundreds_are_written_and_read(ledger: ContactLedger, company_id: str) -> None:
    many = [a_history(company_id, an_attempt()) for _ in range(230)]
    assert ledger.write(many) == frozenset()
    assert ledger.histories(company_id, [one.person_id for one in many]) == {
        one.person_id: one for one in many
    }


def test_what_changed_since_it_was_read_is_not_written_but_the_others_are(
    ledger: ContactLedger, company_id: str
) -> None:
    both = [a_history(company_id) for _ in range(2)]
    ledger.write(both)
    read = ledger.histories(company_id, [one.person_id for one in both])
    first, second = (read[one.person_id] for one in both)
    told = replace(first, attempts=(an_attempt("told"),))
    ledger.write([told])
    late = [replace(one, attempts=(an_attempt("late"),)) for one in (first, second)]
    assert ledger.write(late) == {first.person_id}
    assert ledger.write(both) == {first.person_id, second.person_id}
    assert ledger.histories(company_id, read) == {
        first.person_id: told,
        second.person_id: late[1],
    }


def test_of_many_who_write_what_they_read_at_once_exactly_one_does(
    ledger: ContactLedger, company_id: str
) -> None:
    person = a_history(company_id)
    for reader in ("nobody", "everybody"):
        if reader == "everybody":
            [person] = ledger.histories(company_id, [person.person_id]).values()
        ready = Barrier(8)

        def write(number: int, was: ContactHistory = person, ready: Barrier = ready) -> bool:
            ready.wait()
            mine = replace(was, attempts=(an_attempt(f"{was.version}-{number}"),))
            return not ledger.write([mine])

        with ThreadPoolExecutor(8) as writers:
            won = list(writers.map(write, range(8)))
        [kept] = ledger.histories(company_id, [person.person_id]).values()
        assert won.count(True) == 1
        assert kept.attempts[0].id == f"{person.version}-{won.index(True)}"


def test_attempts_told_at_once_are_all_kept_by_whoever_tries_again(
    ledger: ContactLedger, company_id: str
) -> None:
    person = a_history(company_id)

    def tell(number: int) -> None:
        while True:
            read = ledger.histories(company_id, [person.person_id])
            was = read.get(person.person_id, person)
            if not ledger.write([was.attempted(an_attempt(f"a{number:02}"), at=NOON)]):
                return

    with ThreadPoolExecutor(8) as tellers:
        list(tellers.map(tell, range(24)))
    [kept] = ledger.histories(company_id, [person.person_id]).values()
    assert [one.id for one in kept.attempts] == [f"a{number:02}" for number in range(24)]


def test_a_record_expires_when_nothing_in_it_counts_any_more(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    table = deployed.settings.contacts_table
    tried = a_history(company_id, an_attempt())
    DynamoContactLedger(dynamodb, table).write([tried])
    item = dynamodb.get_item(TableName=table, Key=keys.contact_history(company_id, tried.person_id))
    assert int(item["Item"]["expires"]["N"]) == int((NOON + KEPT + DAY).timestamp())


def test_runs_at_the_same_moment_never_spend_one_budget_twice(
    ledger: ContactLedger, company_id: str
) -> None:
    """Six runs at once, for the last two calls that anybody has left."""
    people = [a_customer(str(number), state="TX", company_id=company_id) for number in range(12)]
    called = [an_attempt(at=NOON - DAY) for _ in range(5)]
    histories = [
        ContactHistory(company_id=company_id, person_id=one.id, attempts=tuple(called))
        for one in people
    ]
    assert not ledger.write(histories)
    together = Barrier(6)
    often = ContactPolicy(exports_a_day=9)

    def run(number: int) -> list[list[Ruling]]:
        together.wait()
        return rule_on(
            [Ask(one, "", one.contacts) for one in people],
            an_occasion(run_id=an_id(number), policy=often),
            ledger=ledger,
            company_id=company_id,
            campaign_id="c",
        )

    with ThreadPoolExecutor(6) as runs:
        found = list(runs.map(run, range(6)))
    kept = ledger.histories(company_id, [one.id for one in people])
    for place, person in enumerate(people):
        assert sum(one[place][0].allows for one in found) == 2
        assert len(kept[person.id].reservations) == 2
