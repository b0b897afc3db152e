"""Runs and the guard: who is reserved, who is put off, and what is given back."""

import json
from dataclasses import replace

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.company import CompanyChanges
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.customer import Consent
from campaigns.domain.delivery import DirectoryMissing
from campaigns.domain.exporter import Compliance, Lists
from campaigns.domain.people_rows import account_id
from campaigns.domain.run import RunStatus
from campaigns.domain.safety import Safety
from campaigns.usecases.restart_run import retry_run
from tests.builders import (
    COMPANY,
    NOON,
    a_customer,
    a_history,
    a_phone,
    a_run,
    an_account,
    an_attempt,
    an_email,
    an_exporter,
    an_id,
)
from tests.fakes import SometimesEngine
from tests.unit.pipeline.test_interruptions import Interrupted, RememberingSteps
from tests.unit.pipeline.world import World

NUMBERS = range(1, 6)
PEOPLE = [a_customer(str(number), state="TX") for number in NUMBERS]
ROWS = [{"borrowerId": number, "loanId": f"L-{number}"} for number in NUMBERS]


def a_world(**but: object) -> World:
    return World(ROWS, **{"people": PEOPLE, **but})  # type: ignore[arg-type]


def kept(world: World, place: int = 0) -> ContactHistory | None:
    return world.ledger.histories(COMPANY, [PEOPLE[place].id]).get(PEOPLE[place].id)


def reserved(world: World, place: int = 0) -> int:
    history = kept(world, place)
    return 0 if history is None else len(history.reservations)


def again(world: World) -> World:
    """Another run of the same campaign on the same day."""
    world.opened = world.runs.open(a_run(id=an_id(), campaign_id=world.campaign_id))
    return world


def test_whoever_is_in_a_file_is_reserved_for_the_day_and_their_debt() -> None:
    world = a_world()
    run = world.execute()
    assert run.counts.exported == 5
    history = kept(world)
    assert history is not None
    [held] = history.reservations
    assert (held.run_id, held.channel, held.campaign_id) == (
        run.id,
        Channel.CALL,
        world.campaign_id,
    )
    assert held.debt == account_id(COMPANY, "L-1")


def test_a_second_file_of_the_day_has_nobody_of_the_first() -> None:
    world = a_world()
    world.execute()
    run = again(world).execute()
    assert (run.counts.exported, run.counts.deferred) == (0, 5)
    assert run.counts.reasons == {"contacted_today": 5}
    first = world.table("decisions.csv")[1]
    assert first[5:8] == ["defer", "contacted_today", "2026-01/third-party"]
    assert json.loads(first[8])["until"] == "2026-03-03T15:00:00.000Z"


def test_a_run_that_is_canceled_before_it_delivers_gives_back_what_it_had() -> None:
    world = a_world()

    def cancel() -> None:
        world.cancel()
        raise DirectoryMissing("sftp.example.com", "inbox")

    world.receiver.at_delivery = cancel
    assert world.execute().status is RunStatus.CANCELED
    history = kept(world)
    assert history is not None
    assert history.reservations == ()
    world.receiver.at_delivery = lambda: None
    assert again(world).execute().counts.exported == 5


def test_a_held_run_that_is_canceled_gives_back_what_it_had() -> None:
    world = a_world(safety=Safety(max_audience=4))
    held = world.execute()
    assert held.status is RunStatus.HELD
    assert reserved(world) == 1
    world.cancel()
    assert world.engine.starts == [held.ref]
    canceled = world.execute()
    assert canceled.status is RunStatus.CANCELED
    assert reserved(world) == 0
    assert "contacts: what was reserved for 5 people is given back" in world.log()


def test_a_run_whose_execution_was_lost_gives_back_what_it_had_and_fails() -> None:
    world = a_world()
    with pytest.raises(Interrupted):
        world.execute(RememberingSteps((6, "after")))
    assert reserved(world) == 1
    world.change(lambda run: run.given_up("no progress since noon", at=world.clock()))
    failed = world.execute()
    assert (failed.status, failed.error_code) == (RunStatus.FAILED, "execution_lost")
    assert failed.error_message == "no progress since noon"
    assert reserved(world) == 0


def test_what_may_have_been_delivered_when_its_execution_was_lost_stays_reserved() -> None:
    world = a_world()
    world.execute()
    world.change(
        lambda run: replace(
            run, status=RunStatus.RUNNING, finished_at=None, deliveries=(), contacts_in_doubt=True
        )
    )
    world.change(lambda run: run.given_up("no progress since noon", at=world.clock()))
    assert world.execute().status is RunStatus.FAILED
    assert reserved(world) == 1


def test_a_run_that_only_has_to_deliver_keeps_what_its_file_needs() -> None:
    world = a_world()
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    failed = world.execute()
    assert failed.status is RunStatus.FAILED
    history = kept(world)
    assert history is not None
    assert len(history.reservations) == 1
    retry_run(
        world.campaign, failed, "key", runs=world.runs, engine=SometimesEngine(), now=world.clock
    )
    assert world.execute().status is RunStatus.COMPLETED


def test_a_row_is_held_for_a_fact_that_nobody_knows() -> None:
    lost = a_customer("1", a_phone("+18005550123"), time_zone="", state="")
    run = World([{"borrowerId": 1}], people=[lost]).execute()
    assert (run.counts.deferred, run.counts.reasons) == (1, {"unknown_time_zone": 1})


def test_a_list_of_texts_has_those_who_consented() -> None:
    texts = Compliance(channel=Channel.TEXT, subject="loanOverdueFirstNotice")
    said = [None, True, False]
    people = [
        replace(
            one,
            contacts=(
                a_phone(
                    consents=() if given is None else (Consent(channel=Channel.TEXT, given=given),)
                ),
            ),
        )
        for one, given in zip(PEOPLE, said, strict=False)
    ]
    run = World(ROWS[:3], people=people, exporter=an_exporter(compliance=texts)).execute()
    assert (run.counts.exported, run.counts.suppressed, run.counts.deferred) == (1, 1, 1)
    assert run.counts.reasons == {"unknown_consent": 1, "opted_out": 1}


def test_without_a_word_on_the_channel_a_phone_is_called_and_an_address_emailed() -> None:
    exporter = an_exporter("contact.value")
    people = [a_customer("1"), a_customer("2", an_email())]
    world = World(ROWS[:2], people=people, exporter=exporter)
    assert world.execute().counts.exported == 2
    found = world.ledger.histories(COMPANY, [one.id for one in people])
    channels = [found[one.id].reservations[0].channel for one in people]
    assert channels == [Channel.CALL, Channel.EMAIL]


def test_a_list_of_those_not_to_be_called_reserves_nothing() -> None:
    exporter = an_exporter("contact.value", lists=Lists.SUPPRESSED)
    world = a_world(exporter=exporter)
    assert world.execute().counts.reasons == {"not_suppressed": 5}
    assert kept(world) is None


def test_the_calls_that_are_left_stand_in_the_file() -> None:
    world = a_world(exporter=an_exporter("person.externalId", "guard.attemptsLeft7d"), sftp=None)
    debt = account_id(COMPANY, "L-1")
    calls = [an_attempt(at=NOON.replace(day=1), debt=debt) for _ in range(3)]
    world.ledger.write([a_history(*calls, person_id=PEOPLE[0].id)])
    world.execute()
    assert world.table("contacts_output.csv")[1:3] == [["1", "4"], ["2", "7"]]


def test_a_run_decides_by_the_policy_of_its_company() -> None:
    world = a_world(sftp=None)
    company = world.access.company(COMPANY)
    changes = CompanyChanges(contact_policy={"exports_a_day": 2})
    world.access.put_company(company.changed(changes, at=NOON))
    world.execute()
    assert again(world).execute().counts.exported == 5
    assert again(world).execute().counts.deferred == 5
    assert world.table("decisions.csv")[1][7] == "2026-01/third-party+1"


def test_a_person_and_a_debt_are_listed_once_however_they_are_written() -> None:
    [person] = PEOPLE[:1]
    loan = an_account("L-1", "1")
    rows = [
        {"borrowerId": borrower, "loanId": debt}
        for borrower in ("1", person.id)
        for debt in ("L-1", loan.id)
    ]
    world = World(rows, people=[person], accounts=[loan])
    run = world.execute()
    assert (run.counts.exported, run.counts.rejected) == (1, 3)
    assert run.counts.reasons == {"duplicate": 3}
    assert [line[5] for line in world.table("decisions.csv")[1:]] == ["allow"]


def test_across_chunks_too_a_person_and_a_debt_are_listed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_LEAST_CHUNK", "_BATCH"):
        monkeypatch.setattr(f"campaigns.pipeline.screen.{name}", 1)
    [person] = PEOPLE[:1]
    rows = [{"borrowerId": named, "loanId": "L-1"} for named in ("1", person.id)]
    world = World(rows, people=[person])
    run = world.execute()
    assert run.parts == 2
    assert (run.counts.exported, run.counts.reasons) == (1, {"duplicate": 1})
