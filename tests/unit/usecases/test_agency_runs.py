"""Campaigns of agencies come due: by their alarm clocks, by the sweep, and in another zone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.adapters.memory import (
    MemoryAccess,
    MemoryCollection,
    MemoryEvents,
    MemoryPeople,
    MemoryRunFiles,
    MemoryRunStore,
    MemorySecrets,
)
from campaigns.adapters.memory_collections import (
    MemoryCollectionCampaigns,
    MemoryEnrollmentStore,
)
from campaigns.adapters.memory_schedules import MemoryScheduledCampaigns, MemorySchedules
from campaigns.domain.agency_campaign import (
    AgencyCampaign,
    AgencyCampaignNotFound,
    AgencyCannotMove,
    AgencyStatus,
)
from campaigns.domain.agency_schedule import AgencySchedule, ScheduleRefused
from campaigns.domain.campaign import Campaign, CampaignNotFound
from campaigns.domain.company import CompanyChanges
from campaigns.domain.page import Slice
from campaigns.domain.run import Run, RunStatus
from campaigns.domain.schedule import ScheduleEntry
from campaigns.usecases.keep_schedule import ClockOwners, wind_up
from campaigns.usecases.move_agency_campaign import move_agency_campaign
from campaigns.usecases.move_schedules import Move, move_schedules
from campaigns.usecases.recreate_schedules import recreate_schedules
from campaigns.usecases.start_agency_run import start_agency_run
from campaigns.usecases.start_missed_runs import MissedRuns
from campaigns.usecases.update_company import update_company
from tests.builders import COMPANY, NOON, a_company, an_agency_campaign
from tests.fakes import SometimesEngine, SometimesMover, TickingClock

THURSDAY = datetime(2026, 3, 5, 17, tzinfo=UTC)
"""Noon in New York."""
TEN, TWO = time(10), time(14)


def weekly(**days: list[time]) -> AgencySchedule:
    return AgencySchedule.weekly("2026-03-02 00:00", days)


class Desk:
    def __init__(self) -> None:
        self.access = MemoryAccess()
        self.access.put_company(a_company())
        self.campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        self.agency: MemoryCollection[AgencyCampaign] = MemoryCollection(
            missing=AgencyCampaignNotFound
        )
        self.collections = MemoryCollectionCampaigns()
        self.scheduled = MemoryScheduledCampaigns(self.campaigns, self.collections, self.agency)
        self.schedules = MemorySchedules()
        self.runs = MemoryRunStore()
        self.engine = SometimesEngine()
        self.mover = SometimesMover()
        self.clock = TickingClock(NOON)

    def campaign(self, schedule: AgencySchedule | None = None, **but: Any) -> AgencyCampaign:
        made = self.agency.add(an_agency_campaign(schedule, **but))
        wind_up(made, access=self.access, schedules=self.schedules)
        return made

    def now_is(self, campaign: AgencyCampaign) -> AgencyCampaign:
        return self.agency.get(campaign.company_id, campaign.id)

    def ring(self, campaign: AgencyCampaign, at: datetime) -> Run | None:
        self.clock.at = max(self.clock.at, at)
        return start_agency_run(
            campaign.company_id,
            campaign.id,
            at,
            access=self.access,
            campaigns=self.agency,
            runs=self.runs,
            engine=self.engine,
            now=self.clock,
        )

    def sweep(self, at: datetime) -> Mapping[str, int]:
        self.clock.at = at
        missed = MissedRuns(
            access=self.access,
            owners=ClockOwners(self.campaigns, self.collections, self.agency),
            enrollments=MemoryEnrollmentStore(MemoryPeople()),
            scheduled=self.scheduled,
            runs=self.runs,
            files=MemoryRunFiles(),
            events=MemoryEvents(),
            engine=self.engine,
            mover=self.mover,
            now=self.clock,
            is_time_up=lambda: False,
            report=lambda said: pytest.fail(said),
        )
        missed.start()
        return missed.counts

    def move(self, campaign: AgencyCampaign, status: AgencyStatus) -> AgencyCampaign:
        return move_agency_campaign(
            campaign.company_id,
            campaign.id,
            status,
            access=self.access,
            campaigns=self.agency,
            schedules=self.schedules,
            now=self.clock,
        )

    def move_to(self, zone: str) -> None:
        """The company moves, and its schedules follow."""
        moved = update_company(
            COMPANY,
            CompanyChanges(zone=zone),
            access=self.access,
            secrets=MemorySecrets(),
            mover=self.mover,
            now=self.clock,
        )
        assert move_schedules(
            Move(COMPANY, moved.times, None),
            access=self.access,
            campaigns=ClockOwners(self.campaigns, self.collections, self.agency),
            scheduled=self.scheduled,
            schedules=self.schedules,
            mover=self.mover,
            is_time_up=lambda: False,
            report=lambda done, of: None,
            failed=lambda said: pytest.fail(said),
        )

    def runs_of(self, campaign: AgencyCampaign) -> list[Run]:
        return list(self.runs.list(campaign.company_id, campaign.id, Slice()).items)

    def end(self, run: Run) -> None:
        running = self.runs.move(run.moved(RunStatus.RUNNING, at=self.clock()))
        self.runs.move(running.moved(RunStatus.COMPLETED, at=self.clock()))

    @property
    def clocks(self) -> list[ScheduleEntry]:
        return sorted(self.schedules.entries, key=lambda one: one.slot)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ── alarm clocks ─────────────────────────────────────────────────────────────


def test_there_is_one_clock_for_each_time_of_day(desk: Desk) -> None:
    desk.campaign(weekly(monday=[TEN, TWO], tuesday=[TEN], sunday=[TWO]))
    told = [(one.slot, one.at, one.weekdays, one.zone) for one in desk.clocks]
    zone = "America/New_York"
    assert told == [
        ("1000", TEN, frozenset({0, 1}), zone),
        ("1400", TWO, frozenset({0, 6}), zone),
    ]


def test_what_comes_once_has_one_clock_at_its_moment(desk: Desk) -> None:
    desk.campaign()
    [clock] = desk.clocks
    assert (clock.slot, clock.on, clock.at, clock.zone) == (
        "once",
        date(2026, 3, 5),
        time(17),
        "UTC",
    )


def test_clocks_are_put_where_they_should_be_and_none_beside(desk: Desk) -> None:
    kept = desk.campaign(weekly(monday=[TEN, TWO]))
    gone = desk.campaign(weekly(friday=[TEN]), name="gone")
    desk.agency.move(gone.moved(AgencyStatus.CANCELLED, at=NOON, zone="UTC"))
    desk.schedules.remove(COMPANY, kept.id, slot="1000")
    desk.schedules.put(replace(desk.clocks[0], campaign_id=kept.id, slot="2300", at=time(23)))
    done = recreate_schedules(
        None,
        access=desk.access,
        campaigns=ClockOwners(desk.campaigns, desk.collections, desk.agency),
        scheduled=desk.scheduled,
        schedules=desk.schedules,
        report=lambda said: None,
        failed=lambda said: pytest.fail(said),
    )
    assert (done.put, done.removed, done.failed) == (1, 2, 0)
    assert [(one.campaign_id, one.slot) for one in desk.clocks] == [
        (kept.id, "1000"),
        (kept.id, "1400"),
    ]


# ── ringing ──────────────────────────────────────────────────────────────────


def test_a_campaign_runs_when_it_is_rung_for_and_is_active_from_then_on(desk: Desk) -> None:
    campaign = desk.campaign()
    run = desk.ring(campaign, THURSDAY)
    assert run is not None
    assert (run.to_group, run.scheduled_for) == (True, THURSDAY)
    assert desk.engine.starts == [run.ref]
    now_is = desk.now_is(campaign)
    assert (now_is.status, now_is.started_at) == (AgencyStatus.ACTIVE, THURSDAY)
    assert not now_is.runs_by_schedule


def test_rung_for_twice_it_runs_once(desk: Desk) -> None:
    for schedule in (None, weekly(thursday=[time(12)])):
        campaign = desk.campaign(schedule, name=f"{schedule}")
        first, again = desk.ring(campaign, THURSDAY), desk.ring(campaign, THURSDAY)
        assert first is not None
        assert again is not None
        assert first.id == again.id
        assert len(desk.runs_of(campaign)) == 1


@pytest.mark.parametrize("status", [AgencyStatus.PAUSED, AgencyStatus.CANCELLED])
def test_one_that_is_not_to_run_is_rung_for_in_vain(desk: Desk, status: AgencyStatus) -> None:
    campaign = desk.campaign(status=status)
    assert desk.ring(campaign, THURSDAY) is None
    assert desk.runs_of(campaign) == []


def test_a_slot_that_nothing_is_due_at_is_rung_for_in_vain(desk: Desk) -> None:
    campaign = desk.campaign(weekly(monday=[TEN]))
    assert desk.ring(campaign, THURSDAY) is None
    assert desk.now_is(campaign).status is AgencyStatus.SCHEDULED


def test_each_slot_is_a_run_of_its_own(desk: Desk) -> None:
    campaign = desk.campaign(weekly(thursday=[TEN, TWO]))
    ten, two = THURSDAY - timedelta(hours=2), THURSDAY + timedelta(hours=2)
    first = desk.ring(campaign, ten)
    assert first is not None
    desk.end(first)
    second = desk.ring(campaign, two)
    assert second is not None
    assert second.id != first.id
    assert [run.scheduled_for for run in desk.runs_of(campaign)] == [two, ten]


def test_a_slot_that_comes_while_one_is_at_work_is_skipped_and_told(desk: Desk) -> None:
    campaign = desk.campaign(weekly(thursday=[TEN, TWO]))
    first = desk.ring(campaign, THURSDAY - timedelta(hours=2))
    assert first is not None
    assert desk.ring(campaign, THURSDAY + timedelta(hours=2)) is None
    [run] = desk.runs_of(campaign)
    assert "was skipped" in run.log[-1].text


def test_a_company_that_is_gone_runs_nothing(desk: Desk) -> None:
    campaign = desk.campaign()
    desk.access = MemoryAccess()
    assert desk.ring(campaign, THURSDAY) is None


# ── the sweep ────────────────────────────────────────────────────────────────


def test_what_was_not_rung_for_is_begun_by_the_sweep(desk: Desk) -> None:
    once = desk.campaign()
    by_week = desk.campaign(weekly(thursday=[time(12), time(12, 1)]), name="weekly")
    # Of two slots that are due at once, the later finds the earlier at work.
    assert desk.sweep(THURSDAY + timedelta(minutes=15)) == {"started_late": 2, "skipped": 1}
    for campaign in (once, by_week):
        [run] = desk.runs_of(campaign)
        assert run.scheduled_for == THURSDAY
        assert "started late by the sweep" in run.log[0].text
        assert run.to_group
        assert desk.now_is(campaign).status is AgencyStatus.ACTIVE


def test_what_was_rung_for_is_left_alone(desk: Desk) -> None:
    campaign = desk.campaign(weekly(thursday=[time(12)]))
    desk.ring(campaign, THURSDAY)
    assert desk.sweep(THURSDAY + timedelta(minutes=15)) == {"on_time": 1}


def test_a_slot_that_clocks_skip_is_begun_by_the_sweep(desk: Desk) -> None:
    campaign = desk.campaign(weekly(sunday=[time(2, 30)]))
    due = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 in New York, where 02:30 is not there.
    assert desk.sweep(due + timedelta(minutes=9)) == {}
    assert desk.sweep(due + timedelta(minutes=24)) == {"started_late": 1}
    [run] = desk.runs_of(campaign)
    assert run.scheduled_for == due


def test_too_late_on_its_day_it_is_kept_as_failed_and_can_be_tried_again(desk: Desk) -> None:
    campaign = desk.campaign()
    desk.sweep(THURSDAY - timedelta(hours=1))
    assert desk.sweep(THURSDAY + timedelta(hours=9)) == {"given_up": 1}
    [run] = desk.runs_of(campaign)
    assert (run.status, run.error_code, run.to_group) == (RunStatus.FAILED, "schedule_missed", True)


def test_what_was_paused_over_its_slot_is_not_missed(desk: Desk) -> None:
    campaign = desk.campaign(weekly(thursday=[time(12)]))
    desk.move(campaign, AgencyStatus.PAUSED)
    desk.clock.at = THURSDAY + timedelta(minutes=1)
    desk.move(campaign, AgencyStatus.ACTIVE)
    assert desk.sweep(THURSDAY + timedelta(minutes=15)) == {}


# ── another zone ─────────────────────────────────────────────────────────────


def test_slots_follow_their_agency_to_another_zone(desk: Desk) -> None:
    campaign = desk.campaign(weekly(thursday=[time(12)]))
    desk.move_to("Europe/Berlin")
    [clock] = desk.clocks
    assert (clock.at, clock.zone) == (time(12), "Europe/Berlin")
    assert desk.ring(campaign, THURSDAY) is None
    noon = datetime(2026, 3, 5, 12, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert desk.ring(campaign, noon) is not None


def test_what_comes_once_follows_too_unless_it_is_a_moment(desk: Desk) -> None:
    desk.campaign(name="local")
    desk.campaign(AgencySchedule.once("2026-03-05T17:00Z"), name="moment")
    desk.move_to("Europe/Berlin")
    assert sorted(one.at for one in desk.clocks) == [time(11), time(17)]


def test_what_is_over_by_the_clocks_of_the_new_zone_comes_at_once(desk: Desk) -> None:
    campaign = desk.campaign()
    desk.sweep(THURSDAY - timedelta(minutes=40))
    desk.clock.at = THURSDAY - timedelta(minutes=30)
    desk.move_to("Europe/Berlin")  # Where it is 17:30 already.
    [clock] = desk.clocks
    assert clock.at == time(17)  # As it was: it may still ring.
    assert desk.sweep(THURSDAY - timedelta(minutes=10)) == {"started_late": 1}
    first = desk.runs_of(campaign)
    assert desk.ring(campaign, THURSDAY) == first[0]
    assert desk.runs_of(campaign) == first


# ── pause, go on, cancel ─────────────────────────────────────────────────────


def test_a_pause_takes_the_clocks_away_and_going_on_brings_them_back(desk: Desk) -> None:
    campaign = desk.campaign(weekly(thursday=[TEN, TWO]))
    before = desk.clocks
    assert desk.move(campaign, AgencyStatus.PAUSED).status is AgencyStatus.PAUSED
    assert desk.clocks == []
    assert desk.move(campaign, AgencyStatus.ACTIVE).status is AgencyStatus.SCHEDULED
    assert desk.clocks == before


def test_one_that_has_run_is_active_again_after_a_pause(desk: Desk) -> None:
    campaign = desk.campaign(weekly(thursday=[time(12)]))
    desk.ring(campaign, THURSDAY)
    desk.move(campaign, AgencyStatus.PAUSED)
    assert desk.move(campaign, AgencyStatus.ACTIVE).status is AgencyStatus.ACTIVE
    assert len(desk.clocks) == 1


def test_what_is_cancelled_stays_so(desk: Desk) -> None:
    campaign = desk.campaign()
    cancelled = desk.move(campaign, AgencyStatus.CANCELLED)
    assert (cancelled.ended_at, desk.clocks) == (NOON, [])
    with pytest.raises(AgencyCannotMove, match="CANCELLED cannot become SCHEDULED"):
        desk.move(campaign, AgencyStatus.ACTIVE)
    assert desk.move(campaign, AgencyStatus.CANCELLED) == cancelled


def test_what_was_to_come_once_and_is_past_cannot_go_on(desk: Desk) -> None:
    campaign = desk.campaign()
    desk.move(campaign, AgencyStatus.PAUSED)
    desk.clock.at = THURSDAY
    with pytest.raises(ScheduleRefused, match="in the future"):
        desk.move(campaign, AgencyStatus.ACTIVE)
    assert desk.clocks == []
