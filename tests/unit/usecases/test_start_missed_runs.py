"""What an alarm should have started: started late, given up, or rightly left alone; and once."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from campaigns.adapters.memory import (
    MemoryAccess,
    MemoryCollection,
    MemoryEvents,
    MemoryPeople,
    MemoryRunFiles,
    MemoryRunStore,
)
from campaigns.adapters.memory_collections import (
    MemoryCollectionCampaigns,
    MemoryEnrollmentStore,
)
from campaigns.adapters.memory_schedules import MemoryScheduledCampaigns
from campaigns.domain.agency_campaign import AgencyCampaign, AgencyCampaignNotFound
from campaigns.domain.campaign import Campaign, CampaignNotFound, CampaignStatus
from campaigns.domain.company import Company, CompanyChanges
from campaigns.domain.identity import of_scheduled_run
from campaigns.domain.page import Slice
from campaigns.domain.run import LOG, Run, RunStatus
from campaigns.domain.schedule import RunWindow, instant_on, zone_of
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.start_missed_runs import GRACE, MissedRuns
from campaigns.usecases.start_scheduled_run import start_scheduled_run
from tests.builders import COMPANY, OTHER_COMPANY, a_campaign, a_company, a_run
from tests.fakes import SometimesEngine, SometimesMover, TickingClock


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SUNDAY, MONDAY_NOON = at("2026-03-01T20:00"), at("2026-03-02T17:00")
"""Noon in New York."""
NEVER: Callable[[], bool] = lambda: False  # noqa: E731


class Desk:
    def __init__(self, now: datetime = MONDAY_NOON) -> None:
        self.access = MemoryAccess()
        self.access.put_company(a_company())
        self.campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        self.collections = MemoryCollectionCampaigns()
        self.enrollments = MemoryEnrollmentStore(MemoryPeople())
        self.agency: MemoryCollection[AgencyCampaign] = MemoryCollection(
            missing=AgencyCampaignNotFound
        )
        self.scheduled = MemoryScheduledCampaigns(self.campaigns, self.collections, self.agency)
        self.runs = MemoryRunStore()
        self.files = MemoryRunFiles()
        self.events = MemoryEvents()
        self.engine = SometimesEngine()
        self.mover = SometimesMover()
        self.clock = TickingClock(now)
        self.told: list[str] = []
        self.is_time_up = NEVER

    def campaign(self, **but: Any) -> Campaign:
        usual = {"schedule": "P P * * *", "scheduled_since": SUNDAY - timedelta(days=9)}
        return self.campaigns.add(a_campaign(**usual | but))

    def sweep(self) -> MissedRuns:
        missed = MissedRuns(
            access=self.access,
            owners=ClockOwners(self.campaigns, self.collections, self.agency),
            enrollments=self.enrollments,
            scheduled=self.scheduled,
            runs=self.runs,
            files=self.files,
            events=self.events,
            engine=self.engine,
            mover=self.mover,
            now=self.clock,
            is_time_up=self.is_time_up,
            report=self.told.append,
        )
        missed.start()
        return missed

    def ring(self, campaign: Campaign, due: datetime) -> Run | None:
        return start_scheduled_run(
            campaign.company_id,
            campaign.id,
            due,
            access=self.access,
            campaigns=self.campaigns,
            runs=self.runs,
            engine=self.engine,
            now=self.clock,
        )

    def runs_of(self, campaign: Campaign) -> list[Run]:
        return list(self.runs.list(campaign.company_id, campaign.id, Slice()).items)

    def end(self, run: Run, when: datetime) -> Run:
        running = self.runs.move(run.moved(RunStatus.RUNNING, at=when))
        return self.runs.move(running.moved(RunStatus.COMPLETED, at=when))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def due_on(text: str, campaign: Campaign, company: Company | None = None) -> datetime:
    company = company or a_company()
    day = datetime.fromisoformat(text).date()
    return instant_on(day, campaign.id, company.run_window, company.zone)


def test_a_missed_run_is_started_and_its_log_says_why(desk: Desk) -> None:
    campaign = desk.campaign()
    assert desk.sweep().counts == {"started_late": 1}
    [late] = desk.runs_of(campaign)
    due = due_on("2026-03-02", campaign)
    assert late.id == of_scheduled_run(campaign.id, "2026-03-02")
    assert late.scheduled_for == due
    assert late.log[0].text == (
        f"schedule: due at {due:%Y-%m-%dT%H:%M}:00.000Z, started late by the sweep,"
        " because its alarm had not started it"
    )
    assert late.ref in desk.engine.starts


def test_a_run_that_was_started_on_time_is_left_alone(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    desk.ring(campaign, due_on("2026-03-02", campaign))
    before = desk.runs_of(campaign)
    assert desk.sweep().counts == {"on_time": 1}
    assert desk.runs_of(campaign) == before


def test_a_run_is_not_missed_before_its_grace_is_over(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    due = due_on("2026-03-02", campaign)
    desk.clock.at = due + GRACE - timedelta(seconds=1)
    assert desk.sweep().counts == {}
    desk.clock.at = due + GRACE
    assert desk.sweep().counts == {"started_late": 1}


def test_each_instant_is_looked_at_once(desk: Desk) -> None:
    desk.campaign()
    assert desk.sweep().counts
    desk.clock.at += timedelta(minutes=15)
    assert desk.sweep().counts == {}


def test_what_lies_more_than_a_day_back_is_not_looked_at(desk: Desk) -> None:
    campaign = desk.campaign(schedule="P P * * 6,7")
    desk.clock.at = due_on("2026-03-01", campaign) + timedelta(hours=24, minutes=1)
    assert desk.sweep().counts == {}
    desk = Desk(due_on("2026-03-01", campaign) + timedelta(hours=23, minutes=59))
    desk.campaign(schedule="P P * * 6,7", id=campaign.id)
    assert desk.sweep().counts == {"given_up": 1}


@pytest.mark.parametrize(
    "but",
    [
        {"schedule": None},
        {"schedule": "P P * * 2-6"},
        {"status": CampaignStatus.PAUSED},
        {"deleted_at": SUNDAY},
        {"scheduled_since": MONDAY_NOON - timedelta(minutes=30)},
        {"company_id": OTHER_COMPANY},
    ],
    ids=str,
)
def test_what_was_not_due_is_not_missed(desk: Desk, but: Any) -> None:
    recent = {"scheduled_since": MONDAY_NOON - timedelta(hours=10)}
    campaign = desk.campaign(**recent | but)
    assert desk.sweep().counts == {}
    assert desk.runs_of(campaign) == []


def test_times_that_the_company_did_not_have_yet_are_not_missed(desk: Desk) -> None:
    desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    changes = CompanyChanges(zone="America/Chicago")
    changed = a_company().changed(changes, at=MONDAY_NOON - timedelta(minutes=5))
    desk.access.put_company(changed)
    assert desk.sweep().counts == {}


@pytest.mark.parametrize("still", [True, False], ids=["in progress", "over"])
def test_a_run_that_was_in_the_way_explains_the_missing_one(desk: Desk, still: bool) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    due = due_on("2026-03-02", campaign)
    before = due - timedelta(minutes=1)
    busy = desk.runs.open(a_run(campaign_id=campaign.id, created_at=before, updated_at=before))
    if not still:
        desk.end(busy, due + timedelta(minutes=1))
    assert desk.sweep().counts == {"skipped": 1}
    [run] = desk.runs_of(campaign)
    assert any("was skipped" in line.text for line in run.log) == still


def test_a_trigger_that_met_a_run_later_was_skipped_too(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    due = due_on("2026-03-02", campaign)
    after = due + timedelta(minutes=1)
    busy = desk.runs.open(a_run(campaign_id=campaign.id, created_at=after, updated_at=after))
    assert desk.ring(campaign, due) is None
    desk.end(desk.runs.get(COMPANY, campaign.id, busy.id), after)
    assert desk.sweep().counts == {"skipped": 1}
    assert len(desk.runs_of(campaign)) == 1


def test_a_run_that_ended_before_was_not_in_the_way(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    before = due_on("2026-03-02", campaign) - timedelta(minutes=1)
    early = a_run(campaign_id=campaign.id, created_at=before, updated_at=before)
    desk.end(desk.runs.open(early), before)
    assert desk.sweep().counts == {"started_late": 1}


def test_in_the_evening_it_is_too_late_and_the_reason_is_kept(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    desk.clock.at = at("2026-03-03T01:00")
    swept = desk.sweep()
    assert swept.counts == {"given_up": 1}
    [run] = desk.runs_of(campaign)
    assert swept.given_up == [run]
    assert [event.detail["errorCode"] for event in desk.events.published] == ["schedule_missed"]
    assert (run.status, run.error_code) == (RunStatus.FAILED, "schedule_missed")
    assert "too late on its day" in (run.error_message or "")
    assert desk.files.kept[run.ref, LOG].decode() == run.log_text()
    assert desk.engine.starts == []
    assert desk.ring(campaign, due_on("2026-03-02", campaign)) == run, "a late trigger finds it"
    assert desk.engine.starts == []


def test_too_late_while_another_is_in_progress_is_kept_all_the_same(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    desk.clock.at = at("2026-03-03T01:00")
    after = due_on("2026-03-02", campaign) + timedelta(minutes=1)
    busy = desk.runs.open(a_run(campaign_id=campaign.id, created_at=after, updated_at=after))
    assert desk.sweep().counts == {"given_up": 1}
    assert {run.id for run in desk.runs_of(campaign)} >= {busy.id}


def test_an_alarm_that_comes_through_at_the_last_moment_wins(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    desk.clock.at = at("2026-03-03T01:00")
    opened = desk.runs.open

    def overtaken(run: Run) -> Run:
        desk.runs.open = opened  # type: ignore[method-assign]
        desk.ring(campaign, due_on("2026-03-02", campaign))
        return opened(run)

    desk.runs.open = overtaken  # type: ignore[method-assign]
    swept = desk.sweep()
    assert (swept.counts, swept.given_up) == ({"on_time": 1}, [])
    [run] = desk.runs_of(campaign)
    assert run.status is RunStatus.PENDING
    assert desk.files.kept == {}


def test_an_engine_that_is_down_is_asked_again_by_the_next_sweep(desk: Desk) -> None:
    campaign = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    desk.engine.is_down = True
    assert desk.sweep().counts == {"failed": 1}
    [told] = desk.told
    assert campaign.id in told
    desk.engine.is_down = False
    desk.clock.at += timedelta(minutes=15)
    assert desk.sweep().counts == {"on_time": 1}, "the run is there, and pending"


def test_one_bad_campaign_does_not_stop_the_others(desk: Desk) -> None:
    desk.campaign(schedule="this is no schedule")
    good = desk.campaign(scheduled_since=MONDAY_NOON - timedelta(hours=10))
    counts = desk.sweep().counts
    assert (counts["failed"], counts["started_late"]) == (1, 1)
    assert len(desk.runs_of(good)) == 1


def test_when_time_is_up_the_next_sweep_does_the_rest(desk: Desk) -> None:
    campaigns = [desk.campaign(schedule="P P * * 1") for _ in range(6)]
    started = 0

    def is_time_up() -> bool:
        return len(desk.engine.starts) > started

    desk.is_time_up = is_time_up
    rounds = 0
    while sum(len(desk.runs_of(one)) for one in campaigns) < len(campaigns):
        started = len(desk.engine.starts)
        desk.sweep()
        rounds += 1
        assert rounds <= 6
    assert len(desk.engine.starts) == len(set(desk.engine.starts)) == 6


def test_schedules_that_did_not_move_are_moved_again(desk: Desk) -> None:
    desk.campaign()
    desk.campaign()
    changes = CompanyChanges(zone="America/Chicago")
    desk.access.put_company(a_company().changed(changes, at=SUNDAY))
    assert desk.sweep().counts["companies_moved_again"] == 1
    [(company, after)] = desk.mover.starts
    assert (company.times, after) == ("America/Chicago 06:00-08:00", None)


def test_a_move_that_was_begun_just_now_is_not_begun_again(desk: Desk) -> None:
    desk.campaign()
    changes = CompanyChanges(zone="America/Chicago")
    desk.access.put_company(a_company().changed(changes, at=MONDAY_NOON - timedelta(minutes=2)))
    desk.sweep()
    assert desk.mover.starts == []


def test_a_mover_that_is_down_does_not_stop_the_sweep(desk: Desk) -> None:
    desk.mover.is_down = True
    desk.campaign()
    desk.access.put_company(a_company().changed(CompanyChanges(zone="Asia/Tokyo"), at=SUNDAY))
    counts = desk.sweep().counts
    assert counts["failed"] == 1
    assert sum(counts.values()) > 1


@pytest.mark.parametrize("minutes", [12, 25])
def test_a_minute_that_clocks_skip_is_started_by_the_sweep(minutes: int) -> None:
    """Easter Island's clocks go from 22:00 to 23:00, and an alarm of 22:30 does not ring."""
    desk = Desk()
    changes = CompanyChanges(zone="Pacific/Easter", run_window=RunWindow(time(22), time(23)))
    company = a_company().changed(changes, at=SUNDAY).schedules_moved()
    desk.access.put_company(company)
    campaign = desk.campaign(scheduled_since=at("2026-09-05T12:00"))
    due = due_on("2026-09-05", campaign, company)
    assert due.astimezone(zone_of(company.zone)).hour == 23
    desk.clock.at = due + timedelta(minutes=minutes)
    assert desk.sweep().counts == {"started_late": 1}
    [run] = desk.runs_of(campaign)
    assert run.id == of_scheduled_run(campaign.id, "2026-09-05")
