"""Somebody lets a run go on: it does what is missing, and nothing twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryRunEngine
from campaigns.domain.delivery import DirectoryMissing, HostKeyChanged
from campaigns.domain.exporter import FileFormat
from campaigns.domain.query import QueryRefused, parse_query_url
from campaigns.domain.run import ListExpired, Run, RunStatus, TriggeredBy
from campaigns.pipeline.orchestrate import execute
from campaigns.usecases.restart_run import release_run, retry_run
from tests.builders import a_customer, an_exporter
from tests.unit.pipeline.test_interruptions import Interrupted, RememberingSteps
from tests.unit.pipeline.world import World

ADDRESS = parse_query_url("https://redash.example.com/queries/42", allow_http=False)


def a_world() -> World:
    rows = [{"borrowerId": 1}, {"borrowerId": 2}]
    return World(
        rows,
        exporter=an_exporter("person.externalId"),
        people=[a_customer("1"), a_customer("2")],
    )


def released(world: World, run: Run) -> Run:
    campaign = world.campaigns.get(run.company_id, run.campaign_id)
    engine = MemoryRunEngine()
    release_run(
        campaign,
        run,
        "another-key",
        access=world.access,
        campaigns=world.campaigns,
        runs=world.runs,
        engine=engine,
        now=world.clock,
    )
    assert engine.started == [run.ref]
    return world.execute()


def retried(world: World, run: Run) -> Run:
    campaign = world.campaigns.get(run.company_id, run.campaign_id)
    retry_run(campaign, run, "a-key", runs=world.runs, engine=MemoryRunEngine(), now=world.clock)
    return world.execute()


def test_a_released_run_delivers_what_it_had_exported() -> None:
    world = a_world()
    world.receiver.failures = [HostKeyChanged("sftp.example.com", "SHA256:a", "SHA256:b")]
    held = world.execute()
    assert held.status is RunStatus.HELD
    asked, exported = list(world.queries.asked), held.file("contacts_output.csv")
    ended = released(world, held)
    assert (ended.status, ended.triggered_by) == (RunStatus.COMPLETED, TriggeredBy.MANUAL)
    assert world.queries.asked == asked
    assert ended.file("contacts_output.csv") == exported
    assert len(world.receiver.published) == 3


def test_a_retried_run_keeps_its_names_and_delivers_only_what_is_missing() -> None:
    world = a_world()
    sent = iter([None, DirectoryMissing("sftp.example.com", "inbox")])

    def fail_second() -> None:
        if problem := next(sent, None):
            raise problem

    world.receiver.at_delivery = fail_second
    failed = world.execute()
    assert failed.status is RunStatus.FAILED
    [contacts] = world.receiver.published
    ended = retried(world, failed)
    assert (ended.status, ended.triggered_by) == (RunStatus.COMPLETED, TriggeredBy.RETRY)
    assert world.receiver.published.count(contacts) == 1
    assert [name.rpartition("_")[2] for name in world.receiver.published] == [
        "contacts.csv",
        "log.txt",
        "receipt.json",
    ]


def test_a_run_that_failed_before_its_file_was_made_asks_the_query_again() -> None:
    world = a_world()
    world.queries.failures = [QueryRefused(ADDRESS, "no such table")]
    failed = world.execute()
    assert failed.status is RunStatus.FAILED
    ended = retried(world, failed)
    assert (ended.status, ended.error_message) == (RunStatus.COMPLETED, None)
    assert ended.counts.exported == 2


def test_no_part_is_left_behind_after_a_retry() -> None:
    world = a_world()
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    retried(world, world.execute())
    assert [name for _, name in world.files.kept if name.startswith("work/")] == []


@pytest.mark.parametrize("fails_at", [0, 1, 2])
@pytest.mark.parametrize("although_it_arrived", [False, True])
def test_a_receiver_that_refuses_overwriting_takes_what_a_retry_brings(
    fails_at: int, although_it_arrived: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever arrived before is brought again as it was, byte for byte."""
    world = a_world()
    world.receiver.refuses_overwriting = True
    deliver, deliveries = world.receiver.deliver, count()

    def delivered(*asked: Any, **more: Any) -> Any:
        problem = DirectoryMissing("sftp.example.com", "inbox")
        if next(deliveries) != fails_at:
            return deliver(*asked, **more)
        if although_it_arrived:
            deliver(*asked, **more)
        raise problem

    monkeypatch.setattr(world.receiver, "deliver", delivered)
    world.clock.tick = timedelta(seconds=1)
    failed = world.execute()
    assert failed.error_code == "directory_missing"
    ended = retried(world, failed)
    assert ended.status is RunStatus.COMPLETED, ended.error_message
    assert len(world.receiver.published) == len(world.receiver.files) == 3


def test_an_execution_that_is_late_to_stop_leaves_a_restarted_run_alone() -> None:
    """It died after it had failed the run and before that was remembered."""
    world = a_world()
    steps = RememberingSteps((11, "after"))
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    with pytest.raises(Interrupted, match="after stop"):
        world.execute(steps)
    campaign, failed = world.campaign, world.run
    assert failed.status is RunStatus.FAILED
    going = retry_run(
        campaign, failed, "a-key", runs=world.runs, engine=MemoryRunEngine(), now=world.clock
    )
    execute(failed.ref, steps, world.tools)
    assert world.run == going
    assert world.execute().status is RunStatus.COMPLETED


def test_a_held_run_is_not_released_on_a_later_day_than_it_was_decided_for() -> None:
    world = a_world()
    world.receiver.failures = [HostKeyChanged("sftp.example.com", "SHA256:a", "SHA256:b")]
    held = world.execute()
    # Midnight at the company, in New York.
    assert held.expires_at == datetime(2026, 3, 3, 5, tzinfo=UTC)
    world.clock.at = held.expires_at
    with pytest.raises(ListExpired):
        released(world, held)
    assert world.run == held
    world.clock.at -= timedelta(minutes=10)
    assert released(world, held).status is RunStatus.COMPLETED


def test_a_retry_on_a_later_day_decides_anew() -> None:
    world = a_world()
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    failed = world.execute()
    asked = len(world.queries.asked)
    world.clock.at += timedelta(days=1)
    ended = retried(world, failed)
    assert ended.status is RunStatus.COMPLETED
    assert ended.expires_at == datetime(2026, 3, 4, 5, tzinfo=UTC)
    assert len(world.queries.asked) == 2 * asked
    assert ended.counts.exported == 2
    assert "its list was for a day that is over" in world.log()


def test_a_retry_on_a_later_day_is_refused_where_a_part_of_the_list_has_left() -> None:
    world = a_world()
    cut = FileFormat(max_rows_per_file=1)
    world.exporters.move(replace(world.exporter, format=cut))
    sent = iter([None, DirectoryMissing("sftp.example.com", "inbox")])

    def fail_second() -> None:
        if problem := next(sent, None):
            raise problem

    world.receiver.at_delivery = fail_second
    failed = world.execute()
    assert (failed.status, len(failed.deliveries)) == (RunStatus.FAILED, 1)
    world.clock.at += timedelta(days=1)
    with pytest.raises(ListExpired):
        retried(world, failed)
    assert world.run == failed


def test_a_retry_on_a_later_day_still_delivers_what_contacts_nobody() -> None:
    world = a_world()
    sent = iter([None, DirectoryMissing("sftp.example.com", "inbox")])

    def fail_second() -> None:
        if problem := next(sent, None):
            raise problem

    world.receiver.at_delivery = fail_second
    failed = world.execute()
    asked = list(world.queries.asked)
    world.clock.at += timedelta(days=1)
    assert retried(world, failed).status is RunStatus.COMPLETED
    assert world.queries.asked == asked


def test_a_list_that_is_late_for_its_day_is_not_delivered_and_gives_back_what_it_had() -> None:
    world = a_world()
    steps = RememberingSteps((8, "before"))
    with pytest.raises(Interrupted):
        world.execute(steps)
    world.clock.at = datetime(2026, 3, 3, 5, tzinfo=UTC)
    late = world.execute(steps)
    assert (late.status, late.error_code) == (RunStatus.FAILED, "list_expired")
    assert world.receiver.published == []
    histories = world.ledger.histories(late.company_id, [a_customer("1").id])
    assert [one.reservations for one in histories.values()] == [()]
    assert retried(world, late).status is RunStatus.COMPLETED
