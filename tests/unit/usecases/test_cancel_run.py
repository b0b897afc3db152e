"""Ending a run that somebody else writes to at the same moment."""

from typing import Any

import pytest

from campaigns.adapters.memory import MemoryEvents, MemoryRunEngine, MemoryRunFiles, MemoryRunStore
from campaigns.domain.events import EventsUnavailable
from campaigns.domain.run import LOG, Run, RunMoved, RunStatus
from campaigns.usecases.cancel_run import cancel_run
from tests.builders import NOON, a_run, an_id
from tests.fakes import SometimesEngine


def test_a_busy_run_is_canceled_all_the_same() -> None:
    runs, files = MemoryRunStore(), MemoryRunFiles()
    seen = runs.open(a_run())
    runs.move(seen.noted("screen: 7 rows", at=NOON))
    known: dict[str, Any] = {"runs": runs, "files": files, "events": MemoryEvents()}
    ended = cancel_run(seen, **known, engine=SometimesEngine(), now=lambda: NOON)
    assert ended.status is RunStatus.CANCELED
    assert ended == runs.get(seen.company_id, seen.campaign_id, seen.id)
    log = files.kept[seen.ref, LOG].decode()
    assert log == ended.log_text()
    assert "screen: 7 rows" in log


def test_a_canceled_run_is_told_once_and_is_canceled_though_nobody_hears() -> None:
    runs, files, events = MemoryRunStore(), MemoryRunFiles(), MemoryEvents()
    known: dict[str, Any] = {"runs": runs, "files": files, "events": events, "now": lambda: NOON}
    known["engine"] = SometimesEngine()
    ended = cancel_run(runs.open(a_run()), **known)
    cancel_run(ended, **known)
    assert [event.detail["status"] for event in events.published] == ["canceled"]
    events.failures = [EventsUnavailable("down")]
    assert cancel_run(runs.open(a_run(campaign_id=an_id())), **known).status is RunStatus.CANCELED


def test_a_run_that_ended_meanwhile_keeps_its_end_and_its_log() -> None:
    runs, files = MemoryRunStore(), MemoryRunFiles()
    seen = runs.open(a_run())
    running = runs.move(seen.moved(RunStatus.RUNNING, at=NOON))
    completed: Run = runs.move(running.moved(RunStatus.COMPLETED, at=NOON))
    known: dict[str, Any] = {"runs": runs, "files": files, "events": MemoryEvents()}
    with pytest.raises(RunMoved):
        cancel_run(seen, **known, engine=SometimesEngine(), now=lambda: NOON)
    assert runs.get(seen.company_id, seen.campaign_id, seen.id) == completed
    assert files.kept == {}


@pytest.mark.parametrize(
    ("status", "restart"), [(RunStatus.HELD, 1), (RunStatus.RUNNING, 0)], ids=str
)
def test_an_execution_clears_up_after_a_run_that_is_canceled(
    status: RunStatus, restart: int
) -> None:
    runs, engine = MemoryRunStore(), MemoryRunEngine()
    known: dict[str, Any] = {"runs": runs, "files": MemoryRunFiles(), "events": MemoryEvents()}
    run = runs.open(a_run(status=status, parts=1))
    engine.start(run.ref)
    for _ in range(2):
        ended = cancel_run(run, **known, engine=engine, now=lambda: NOON)
        run = ended
    # One that is at work clears up by itself: its execution is that of the same name.
    assert (ended.restarts, len(engine.started)) == (restart, 1 + restart)


def test_a_run_is_canceled_though_no_execution_can_be_begun() -> None:
    runs, engine = MemoryRunStore(), SometimesEngine()
    engine.is_down = True
    known: dict[str, Any] = {"runs": runs, "files": MemoryRunFiles(), "events": MemoryEvents()}
    held = runs.open(a_run(status=RunStatus.HELD, parts=1))
    ended = cancel_run(held, **known, engine=engine, now=lambda: NOON)
    assert ended.status is RunStatus.CANCELED
    engine.is_down = False
    cancel_run(ended, **known, engine=engine, now=lambda: NOON)
    assert engine.starts == [held.ref]
