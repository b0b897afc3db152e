"""Runs without progress: what their execution says decides what becomes of them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryEvents, MemoryRunFiles, MemoryRunStore
from campaigns.domain.run import (
    LOG,
    ExecutionState,
    Run,
    RunInProgress,
    RunMoved,
    RunRef,
    RunStatus,
    TriggeredBy,
)
from campaigns.usecases.settle_stuck_runs import IDLE, LONGEST, StuckRuns
from tests.builders import COMPANY, NOON, a_run, an_id
from tests.fakes import EngineDown, TickingClock

LONG_AGO = NOON - IDLE - timedelta(minutes=1)


class SomeExecutions:
    """Each stands as it is told to; those that are not told of are down."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, int], ExecutionState] = {}
        self.asked: list[RunRef] = []
        self.meanwhile: Any = None

    def look(self, ref: RunRef, *, restart: int = 0) -> ExecutionState:
        self.asked.append(ref)
        if self.meanwhile:
            self.meanwhile()
        if (ref.run_id, restart) not in self.states:
            raise EngineDown("no engine")
        return self.states[ref.run_id, restart]


class Desk:
    def __init__(self) -> None:
        self.runs, self.files = MemoryRunStore(), MemoryRunFiles()
        self.events = MemoryEvents()
        self.executions = SomeExecutions()
        self.clock = TickingClock(NOON)
        self.told: list[str] = []
        self.is_time_up = False

    def run(self, state: ExecutionState | None = None, **but: Any) -> Run:
        usual = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "status": RunStatus.RUNNING}
        made = a_run(**{"campaign_id": None, **usual, **but})
        made = replace(made, campaign_id=made.id)
        run = self.runs.open(made)
        if state is not None:
            self.executions.states[run.id, run.restarts] = state
            self.executions.states[run.id, run.restarts + 1] = ExecutionState.RUNNING
        return run

    def given_up(self, state: ExecutionState, **but: Any) -> Run:
        """A run whose second execution stands like this, and was to end it."""
        run = self.run(ExecutionState.FAILED, **but)
        self.sweep()
        self.executions.states[run.id, 1] = state
        self.clock.at += IDLE + timedelta(minutes=1)
        return self.now(run)

    def sweep(self) -> StuckRuns:
        stuck = StuckRuns(
            runs=self.runs,
            files=self.files,
            events=self.events,
            executions=self.executions,
            now=self.clock,
            is_time_up=lambda: self.is_time_up,
            report=self.told.append,
        )
        stuck.settle()
        return stuck

    def now(self, run: Run) -> Run:
        return self.runs.get(run.company_id, run.campaign_id, run.id)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ExecutionState.FAILED, "its execution ended in an error"),
        (ExecutionState.TIMED_OUT, "its execution took longer than it may"),
        (ExecutionState.STOPPED, "its execution was stopped"),
        (ExecutionState.SUCCEEDED, "its execution ended and left it unfinished"),
    ],
)
@pytest.mark.parametrize("status", [RunStatus.PENDING, RunStatus.RUNNING])
def test_a_run_whose_execution_is_over_is_handed_to_another_that_ends_it(
    desk: Desk, state: ExecutionState, reason: str, status: RunStatus
) -> None:
    run = desk.run(state, status=status)
    swept = desk.sweep()
    assert (swept.counts, swept.ended) == ({"handed_over": 1}, [])
    lost = desk.now(run)
    assert (lost.status, lost.error_code, lost.restarts) == (status, "execution_lost", 1)
    assert lost.error_message == f"no progress since 2026-03-02T11:29:00.000Z: {reason}"
    assert desk.executions.asked == [run.ref, run.ref]
    with pytest.raises(RunMoved):
        lost.retried("key", at=NOON)


@pytest.mark.parametrize("status", [RunStatus.PENDING, RunStatus.RUNNING])
def test_a_run_whose_second_execution_is_over_too_fails_with_the_reason(
    desk: Desk, status: RunStatus
) -> None:
    run = desk.given_up(ExecutionState.FAILED, status=status)
    swept = desk.sweep()
    assert swept.counts == {"ended": 1}
    ended = desk.now(run)
    assert swept.ended == [ended]
    assert [event.detail["status"] for event in desk.events.published] == ["failed"]
    assert (ended.status, ended.error_code) == (RunStatus.FAILED, "execution_lost")
    reason = "its execution ended in an error"
    assert ended.error_message == f"no progress since 2026-03-02T12:00:00.000Z: {reason}"
    assert desk.files.kept[run.ref, LOG].decode() == ended.log_text()
    desk.runs.open(a_run(campaign_id=run.campaign_id))


def test_a_run_at_work_is_told_of_once_until_it_goes_on(desk: Desk) -> None:
    run = desk.run(ExecutionState.RUNNING)
    assert desk.sweep().counts == {"waiting": 1}
    noted = desk.now(run)
    assert noted.status is RunStatus.RUNNING
    assert [line.text for line in noted.log] == [
        "sweep: no progress since 2026-03-02T11:29:00.000Z;"
        " its execution is at work, or was begun just now"
    ]
    desk.clock.at += IDLE + timedelta(minutes=1)
    assert desk.sweep().counts == {"waiting": 1}
    assert desk.now(run) == noted
    desk.runs.move(noted.noted("resolve: 1 of 2 parts", at=desk.clock.at))
    desk.clock.at += IDLE + timedelta(minutes=1)
    desk.sweep()
    assert len(desk.now(run).log) == 3
    with pytest.raises(RunInProgress):
        desk.runs.open(a_run(campaign_id=run.campaign_id))


def test_an_execution_of_which_nothing_is_known_is_given_a_day(desk: Desk) -> None:
    run = desk.run(ExecutionState.UNKNOWN, updated_at=NOON - LONGEST + timedelta(minutes=1))
    assert desk.sweep().counts == {"waiting": 1}
    assert desk.now(run).status is RunStatus.RUNNING
    desk.clock.at += LONGEST
    assert desk.sweep().counts == {"handed_over": 1}
    assert "nothing is known" in (desk.now(run).error_message or "")


def test_an_execution_is_asked_for_by_the_run_s_last_restart(desk: Desk) -> None:
    run = desk.run(restarts=2)
    desk.executions.states |= {
        (run.id, 0): ExecutionState.FAILED,
        (run.id, 2): ExecutionState.RUNNING,
    }
    assert desk.sweep().counts == {"waiting": 1}


@pytest.mark.parametrize(
    "but",
    [
        {"status": RunStatus.HELD},
        {"status": RunStatus.COMPLETED},
        {"status": RunStatus.FAILED},
        {"status": RunStatus.CANCELED},
        {"updated_at": NOON - IDLE},
    ],
    ids=str,
)
def test_runs_that_wait_for_somebody_are_over_or_move_on_are_left_alone(
    desk: Desk, but: Any
) -> None:
    run = desk.run(ExecutionState.FAILED, **but)
    assert desk.sweep().counts == {}
    assert desk.now(run) == run
    assert desk.executions.asked == []


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRun(Run):
    outside: bool = True


def test_a_run_that_a_worker_outside_has_is_told_of_and_left_alone(desk: Desk) -> None:
    usual = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "triggered_by": TriggeredBy.MANUAL}
    ids = {"id": an_id(), "campaign_id": an_id(), "company_id": COMPANY}
    run = desk.runs.open(OutsideRun(**usual, **ids))  # type: ignore[arg-type]
    for _ in range(2):
        assert desk.sweep().counts == {"waiting": 1}
        desk.clock.at += LONGEST
    told = desk.now(run)
    assert (told.status, len(told.log)) == (RunStatus.PENDING, 1)
    assert told.log[0].text.endswith("; a worker outside has it")
    assert desk.executions.asked == []


def test_what_happened_meanwhile_counts_more(desk: Desk) -> None:
    run = desk.run(ExecutionState.FAILED)
    done = run.moved(RunStatus.COMPLETED, at=NOON)
    desk.executions.meanwhile = lambda: desk.runs.move(done)
    assert desk.sweep().counts == {"moved_on": 1}
    assert desk.now(run).status is RunStatus.COMPLETED


def test_one_that_cannot_be_asked_about_does_not_stop_the_others(desk: Desk) -> None:
    lost = desk.run()
    other = desk.run(ExecutionState.FAILED)
    assert desk.sweep().counts == {"failed": 1, "handed_over": 1}
    assert lost.id in desk.told[0]
    assert desk.now(lost) == lost
    assert desk.now(other).is_given_up


def test_when_time_is_up_the_next_sweep_does_the_rest(desk: Desk) -> None:
    run = desk.run(ExecutionState.FAILED)
    desk.is_time_up = True
    assert desk.sweep().counts == {"postponed": 1}
    desk.is_time_up = False
    assert desk.sweep().counts == {"handed_over": 1}
    assert desk.now(run).is_given_up
