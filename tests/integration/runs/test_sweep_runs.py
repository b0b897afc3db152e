"""The sweep sees all companies, so each test looks at what it did to its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import wiring
from campaigns.adapters.dynamodb import keys
from campaigns.domain.campaign import Campaign
from campaigns.domain.company import CompanyChanges
from campaigns.domain.identity import of_scheduled_run
from campaigns.domain.page import Slice
from campaigns.domain.run import LOG, Run, RunStatus, TriggeredBy
from campaigns.domain.schedule import RunWindow, instant_on
from campaigns.observability import Crashed
from tests.integration.conftest import Invocations
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke

SWEEP = "runs/sweep_runs"
TODAY = datetime(2026, 3, 3, tzinfo=UTC).date()
"""A Tuesday."""
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 3, 18, tzinfo=UTC)
"""In Chicago, hours after every minute of the run window."""
LATE = datetime(2026, 3, 4, 3, tzinfo=UTC)
"""Nine in the evening of the same day there."""


@pytest.fixture(autouse=True)
def nothing_was_looked_at(lender: Lender) -> Iterator[None]:
    forget_marks()
    yield
    forget_marks()


def forget_marks() -> None:
    for shard in range(keys.SHARDS):
        wiring._dynamodb().delete_item(
            TableName=wiring.settings().campaigns_table, Key=keys.sweep_mark(shard)
        )


def sweep(monkeypatch: pytest.MonkeyPatch, at: datetime = NOON) -> dict[str, int]:
    monkeypatch.setattr(wiring, "_clock", lambda: at)
    counts: dict[str, int] = invoke(SWEEP, sample(SWEEP))
    assert not counts.get("due_failed")
    assert not counts.get("stuck_failed")
    return counts


def scheduled(lender: Lender, **but: Any) -> Campaign:
    usual = {"schedule": "P P * * *", "scheduled_since": BEFORE}
    return lender.campaign(**usual | but)


def runs_of(campaign: Campaign) -> list[Run]:
    return list(wiring.runs().list(campaign.company_id, campaign.id, Slice()).items)


def due(campaign: Campaign) -> datetime:
    return instant_on(TODAY, campaign.id, RunWindow(), "America/Chicago")


def test_a_run_whose_alarm_did_not_ring_is_started_and_says_so(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scheduled(lender)
    sweep(monkeypatch)
    [run] = runs_of(campaign)
    assert run.id == of_scheduled_run(campaign.id, "2026-03-03")
    assert (run.triggered_by, run.scheduled_for) == (TriggeredBy.SCHEDULE, due(campaign))
    assert run.log[0].text.startswith("schedule: due at 2026-03-03T1")
    assert "started late by the sweep" in run.log[0].text
    assert run.id in invocations.runs


def test_two_sweeps_at_the_same_moment_start_it_once(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scheduled(lender)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: sweep(monkeypatch), range(2)))
    [run] = runs_of(campaign)
    assert invocations.runs.count(run.id) == 1


def test_an_instant_is_looked_at_once(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scheduled(lender)
    sweep(monkeypatch)
    assert len(runs_of(campaign)) == 1
    again = scheduled(lender)
    sweep(monkeypatch, NOON + timedelta(minutes=15))
    assert runs_of(again) == [], "it lies before what the first sweep had looked at"


def test_too_late_on_its_day_it_is_kept_as_failed_and_can_be_retried(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scheduled(lender)
    counts = sweep(monkeypatch, LATE)
    assert counts["due_given_up"] >= 1
    [run] = runs_of(campaign)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "schedule_missed")
    assert run.id not in invocations.runs
    with wiring.files().read(run.ref, LOG) as log:
        assert "it was too late on its day" in log.read().decode()
    ids = {"campaignId": campaign.id, "runId": run.id}
    assert lender.call("borrower/retry_run", ids=ids).body["status"] == "pending"
    assert f"{run.id}-1" in invocations.runs


def test_a_campaign_that_was_scheduled_later_has_missed_nothing(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scheduled(lender, scheduled_since=NOON - timedelta(minutes=30))
    sweep(monkeypatch)
    assert runs_of(campaign) == []


def test_a_run_that_failed_without_its_execution_is_ended_and_frees_its_campaign(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = lender.campaign()
    opened = lender.opened(campaign, created_at=BEFORE, updated_at=BEFORE)
    stuck = wiring.runs().move(opened.moved(RunStatus.RUNNING, at=BEFORE))
    invocations.statuses[stuck.id] = "TIMED_OUT"
    assert sweep(monkeypatch)["stuck_handed_over"] >= 1
    [lost] = runs_of(campaign)
    assert (lost.status, lost.restarts) == (RunStatus.RUNNING, 1)
    assert f"{stuck.id}-1" in invocations.runs
    invocations.statuses[f"{stuck.id}-1"] = "FAILED"
    assert sweep(monkeypatch, NOON + timedelta(hours=1))["stuck_ended"] >= 1
    [run] = runs_of(campaign)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "execution_lost")
    assert run.error_message == (
        "no progress since 2026-03-03T18:00:00.000Z: its execution ended in an error"
    )
    assert run.available_files == (LOG,)
    assert lender.opened(campaign).status is RunStatus.PENDING


def test_a_run_that_was_never_begun_is_begun(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = lender.campaign()
    opened = lender.opened(campaign, created_at=BEFORE, updated_at=BEFORE)
    invocations.statuses[opened.id] = "RUNNING"
    sweep(monkeypatch)
    assert opened.id in invocations.runs
    [run] = runs_of(campaign)
    assert run.status is RunStatus.PENDING
    assert len(run.log) == 1


def test_schedules_that_did_not_follow_their_company_are_moved_again(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled(lender)
    to_be = lender.company.changed(CompanyChanges(zone="Asia/Tokyo"), at=BEFORE)
    wiring.access().move_company(to_be)
    sweep(monkeypatch)
    moves = [one for one in invocations.taken if one[1].get("companyId") == lender.id]
    event = {"companyId": lender.id, "times": "Asia/Tokyo 06:00-08:00", "after": None}
    assert (wiring.settings().move_schedules_function, event, None) in moves


def test_a_store_that_cannot_be_read_breaks_the_sweep_off_and_is_alarmed(
    deployed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "scheduled_campaigns", lambda: None)
    with pytest.raises(Crashed, match="RuntimeError"):
        invoke(SWEEP, sample(SWEEP))


def test_a_clock_of_a_collection_campaign_that_did_not_ring_is_made_up_for(
    lender: Lender, invocations: Invocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = lender.collection(scheduled_since=BEFORE)
    monkeypatch.setattr(wiring, "_clock", lambda: BEFORE)
    lender.enrolled(lender.account(), campaign)
    assert sweep(monkeypatch)["due_started_late"] >= 1
    page = wiring.runs().list(lender.id, campaign.id, Slice())
    [run] = (one for one in page.items if one.step_id == campaign.steps[0].id)
    assert run.id in invocations.runs
    assert "started late by the sweep" in run.log[0].text
    # The instant before was given up, so both are settled, and no third run is begun.
    forget_marks()
    invocations.taken.clear()
    sweep(monkeypatch)
    assert run.id not in invocations.runs
