"""That a run ended is told, whatever its end; and not being heard ends no run."""

import pytest

from campaigns.domain.delivery import DirectoryMissing, HostKeyChanged
from campaigns.domain.events import EventsUnavailable, run_ended
from campaigns.domain.run import RunStatus
from campaigns.pipeline.orchestrate import execute
from tests.builders import NOON, a_customer, an_exporter
from tests.unit.pipeline.test_interruptions import Interrupted, RememberingSteps
from tests.unit.pipeline.world import World


def a_world() -> World:
    exporter = an_exporter("person.externalId")
    return World([{"borrowerId": 1}], exporter=exporter, people=[a_customer("1")])


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (None, RunStatus.COMPLETED),
        (DirectoryMissing("sftp.example.com", "inbox"), RunStatus.FAILED),
        (HostKeyChanged("sftp.example.com", "SHA256:old", "SHA256:new"), RunStatus.HELD),
    ],
    ids=["completed", "failed", "held"],
)
def test_every_end_is_told_once(failure: Exception | None, status: RunStatus) -> None:
    world = a_world()
    world.receiver.failures = [failure] if failure else []
    run = world.execute()
    assert run.status is status
    assert world.events.published == [run_ended(run)]


def test_an_end_is_told_later_when_nobody_listens_at_first() -> None:
    world = a_world()
    world.events.failures = [EventsUnavailable("down") for _ in range(4)]
    run = world.execute()
    assert world.events.published == [run_ended(run)]


def test_a_run_that_nobody_hears_of_has_ended_all_the_same() -> None:
    world = a_world()
    world.events.failures = [EventsUnavailable("down") for _ in range(5)]
    assert world.execute().status is RunStatus.COMPLETED
    assert world.events.published == []


def test_an_end_that_is_told_again_after_an_interruption_has_the_same_id() -> None:
    counted = RememberingSteps()
    a_world().execute(counted)
    last = counted.done.index("announce")
    world, steps = a_world(), RememberingSteps((last, "after"))
    with pytest.raises(Interrupted):
        world.execute(steps)
    run = world.execute(steps)
    assert [event.id for event in world.events.published] == [run_ended(run).id] * 2


def test_an_execution_that_is_late_does_not_tell_of_a_run_that_goes_on() -> None:
    world = a_world()
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    counted = RememberingSteps()
    world.execute(counted)
    steps = RememberingSteps((counted.done.index("announce"), "before"))
    world = a_world()
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    with pytest.raises(Interrupted):
        world.execute(steps)
    world.runs.reopen(world.run.restarted("run: tried again", at=NOON))
    execute(world.opened.ref, steps, world.tools)
    assert world.events.published == []
