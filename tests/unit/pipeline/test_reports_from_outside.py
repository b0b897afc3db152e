"""Somebody outside reports on a run while our engine works on it, or in its place."""

from typing import Any

import pytest

from campaigns.adapters.memory import MemoryRunEngine
from campaigns.domain.run import LOG, RunStatus
from campaigns.domain.run_report import RunReport
from campaigns.usecases.restart_run import release_run, retry_run
from campaigns.usecases.update_run import update_run
from tests.builders import a_customer, a_run
from tests.fakes import SometimesEngine
from tests.unit.pipeline.world import World


def a_world() -> World:
    return World([{"borrowerId": 1}], people=[a_customer("1")])


def report(world: World, status: RunStatus) -> None:
    update_run(
        world.campaign,
        world.run,
        RunReport(status=status),
        runs=world.runs,
        files=world.files,
        events=world.events,
        engine=SometimesEngine(),
        now=world.clock,
    )


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELED])
def test_a_run_that_is_ended_from_outside_is_not_delivered(status: RunStatus) -> None:
    world = a_world()
    world.queries.at_poll = lambda: report(world, status)
    ended = world.execute()
    assert ended.status is status
    assert world.receiver.connections == []
    assert ended.available_files == (LOG,)
    assert "reported from outside" in world.log() or "reported a failure" in world.log()


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED])
def test_a_run_that_is_ended_between_two_deliveries_delivers_no_more(status: RunStatus) -> None:
    world = a_world()
    ends = iter([lambda: report(world, status)])

    def at_delivery() -> None:
        next(ends, lambda: None)()

    world.receiver.at_delivery = at_delivery
    assert world.execute().status is status
    assert len(world.receiver.published) == 1
    assert world.content(LOG).decode() != ""


def test_our_engine_leaves_a_run_for_a_worker_outside_alone() -> None:
    world = a_world()
    world.change(lambda run: run.moved(RunStatus.CANCELED, at=world.clock()))
    world.opened = world.runs.open(a_run(campaign_id=world.campaign_id, outside=True))
    assert world.execute() == world.opened
    assert (world.queries.asked, world.receiver.connections) == ([], [])


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.HELD])
def test_a_run_of_a_worker_outside_is_begun_again_by_its_worker(status: RunStatus) -> None:
    world = a_world()
    world.change(lambda run: run.moved(RunStatus.CANCELED, at=world.clock()))
    world.opened = world.runs.open(a_run(campaign_id=world.campaign_id, outside=True))
    for one in (RunStatus.RUNNING, status):
        report(world, one)
    engine = MemoryRunEngine()
    known: dict[str, Any] = {"runs": world.runs, "engine": engine, "now": world.clock}
    if status is RunStatus.HELD:
        known |= {"access": world.access, "campaigns": world.campaigns}
        release_run(world.campaign, world.run, "key", **known)
    else:
        retry_run(world.campaign, world.run, "key", **known)
    assert (world.run.status, engine.started) == (RunStatus.PENDING, [])
    report(world, RunStatus.RUNNING)
    assert world.run.error_message is None
