"""Ending a run that somebody else writes to at the same moment."""

from typing import Any

import pytest

from campaigns.adapters.memory import MemoryEvents, MemoryRunFiles, MemoryRunStore
from campaigns.domain.events import EventsUnavailable
from campaigns.domain.run import LOG, Run, RunMoved, RunStatus
from campaigns.usecases.cancel_run import cancel_run
from tests.builders import NOON, a_run, an_id


def test_a_busy_run_is_canceled_all_the_same() -> None:
    runs, files = MemoryRunStore(), MemoryRunFiles()
    seen = runs.open(a_run())
    runs.move(seen.noted("screen: 7 rows", at=NOON))
    ended = cancel_run(seen, runs=runs, files=files, events=MemoryEvents(), now=lambda: NOON)
    assert ended.status is RunStatus.CANCELED
    assert ended == runs.get(seen.company_id, seen.campaign_id, seen.id)
    log = files.kept[seen.ref, LOG].decode()
    assert log == ended.log_text()
    assert "screen: 7 rows" in log


def test_a_canceled_run_is_told_once_and_is_canceled_though_nobody_hears() -> None:
    runs, files, events = MemoryRunStore(), MemoryRunFiles(), MemoryEvents()
    known: dict[str, Any] = {"runs": runs, "files": files, "events": events, "now": lambda: NOON}
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
    with pytest.raises(RunMoved):
        cancel_run(seen, runs=runs, files=files, events=MemoryEvents(), now=lambda: NOON)
    assert runs.get(seen.company_id, seen.campaign_id, seen.id) == completed
    assert files.kept == {}
