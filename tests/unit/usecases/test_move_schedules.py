"""Schedules follow their company: all of them, whoever changes what meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryAccess, MemoryCollection, MemorySecrets
from campaigns.adapters.memory_collections import MemoryCollectionCampaigns
from campaigns.adapters.memory_schedules import MemoryScheduledCampaigns, MemorySchedules
from campaigns.domain.agency_campaign import AgencyCampaign, AgencyCampaignNotFound
from campaigns.domain.campaign import Campaign, CampaignNotFound, CampaignStatus, ChangedMeanwhile
from campaigns.domain.collection_campaign import CollectionStatus
from campaigns.domain.company import Company, CompanyChanges, CompanyNotFound
from campaigns.domain.schedule import Purpose, ScheduleEntry, SchedulesUnavailable
from campaigns.usecases import put_schedules
from campaigns.usecases.keep_schedule import ClockOwners, wind_up
from campaigns.usecases.move_schedules import Move, SchedulesNotMoved, move_schedules
from campaigns.usecases.recreate_schedules import Recreated, recreate_schedules
from campaigns.usecases.update_company import update_company
from tests.builders import (
    COMPANY,
    NOON,
    OTHER_COMPANY,
    a_campaign,
    a_collection,
    a_company,
    some_sftp,
)
from tests.fakes import SometimesMover


class Moody(MemorySchedules):
    """Refuses what it is told to, and tells somebody of what it puts."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: set[str] = set()
        self.puts: list[str] = []
        self.after_put: Callable[[ScheduleEntry], object] = lambda _: None

    def put(self, entry: ScheduleEntry) -> None:
        if entry.campaign_id in self.refuses:
            raise SchedulesUnavailable("ThrottlingException")
        super().put(entry)
        self.puts.append(entry.campaign_id)
        self.after_put(entry)


class Desk:
    def __init__(self) -> None:
        self.access = MemoryAccess()
        for id in (COMPANY, OTHER_COMPANY):
            self.access.put_company(a_company(id=id))
        self.campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        self.collections = MemoryCollectionCampaigns()
        self.agency: MemoryCollection[AgencyCampaign] = MemoryCollection(
            missing=AgencyCampaignNotFound
        )
        self.scheduled = MemoryScheduledCampaigns(self.campaigns, self.collections)
        self.schedules = Moody()
        self.mover = SometimesMover()
        self.is_time_up = False
        self.told: list[Any] = []

    def campaign(self, *, wound: bool = True, **but: Any) -> Campaign:
        campaign = self.campaigns.add(a_campaign(**{"schedule": "P P * * *", **but}))
        if wound:
            wind_up(campaign, access=self.access, schedules=self.schedules)
        return campaign

    def change(self, **fields: Any) -> Company:
        return update_company(
            COMPANY,
            CompanyChanges(**fields),
            access=self.access,
            secrets=MemorySecrets(),
            mover=self.mover,
            now=lambda: NOON,
        )

    def move(self, after: str | None = None, times: str | None = None) -> bool:
        return move_schedules(
            Move(COMPANY, times or self.access.company(COMPANY).times, after),
            access=self.access,
            campaigns=ClockOwners(self.campaigns, self.collections, self.agency),
            scheduled=self.scheduled,
            schedules=self.schedules,
            mover=self.mover,
            is_time_up=lambda: self.is_time_up,
            report=lambda done, of: self.told.append((done, of)),
            failed=self.told.append,
        )

    def zone(self, campaign: Campaign) -> str | None:
        found = self.schedules.find(campaign.company_id, campaign.id)
        return None if found is None else found.zone

    def recreate(self, company_id: str | None = None) -> Recreated:
        return recreate_schedules(
            company_id,
            access=self.access,
            campaigns=ClockOwners(self.campaigns, self.collections, self.agency),
            scheduled=self.scheduled,
            schedules=self.schedules,
            report=self.told.append,
            failed=self.told.append,
        )


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    for module in ("move_schedules", "recreate_schedules"):
        monkeypatch.setattr(f"campaigns.usecases.{module}.CHUNK", 2)
    monkeypatch.setattr(put_schedules, "AT_ONCE", 1)
    return Desk()


def test_a_company_keeps_what_is_sent_and_nothing_else(desk: Desk) -> None:
    kept = desk.change(name="Southwind", release_by_another_key=True)
    assert kept == replace(a_company(), name="Southwind", release_by_another_key=True, version=1)
    assert desk.access.company(COMPANY) == kept
    assert desk.mover.starts == []


def test_the_same_again_writes_nothing(desk: Desk) -> None:
    assert desk.change(name=a_company().name, zone=a_company().zone).version == 0


def test_another_zone_begins_a_move(desk: Desk) -> None:
    kept = desk.change(zone="Asia/Tokyo")
    assert kept.times_changed_at == NOON
    assert not kept.schedules_have_moved
    assert desk.mover.starts == [(kept, None)]
    back = desk.change(zone=a_company().zone)
    assert back.schedules_have_moved, "as far as the company knows, nothing has moved yet"
    assert len(desk.mover.starts) == 2, "but the first move may have begun"


def test_a_mover_that_is_down_leaves_the_company_changed_and_not_moved(desk: Desk) -> None:
    desk.mover.is_down = True
    kept = desk.change(zone="Asia/Tokyo")
    assert desk.access.company(COMPANY) == kept
    assert not kept.schedules_have_moved


def test_a_change_that_was_overtaken_is_made_on_what_is_there_now(desk: Desk) -> None:
    move = desk.access.move_company
    rival = replace(a_company(), name="Southwind")

    def overtaken(company: Company) -> Company:
        desk.access.move_company = move  # type: ignore[method-assign]
        move(rival)
        return move(company)

    desk.access.move_company = overtaken  # type: ignore[method-assign]
    kept = desk.change(zone="Asia/Tokyo")
    assert (kept.name, kept.zone, kept.version) == ("Southwind", "Asia/Tokyo", 2)


def test_a_company_that_is_always_changed_by_others_is_given_up(desk: Desk) -> None:
    def never(company: Company) -> Company:
        raise ChangedMeanwhile("company")

    desk.access.move_company = never  # type: ignore[method-assign]
    with pytest.raises(ChangedMeanwhile):
        desk.change(zone="Asia/Tokyo")


def test_all_schedules_of_the_company_move_and_no_others(desk: Desk) -> None:
    mine = [desk.campaign() for _ in range(5)]
    theirs = desk.campaign(company_id=OTHER_COMPANY)
    paused = desk.campaign(status=CampaignStatus.PAUSED)
    desk.change(zone="Asia/Tokyo")
    assert desk.move()
    assert [desk.zone(one) for one in mine] == ["Asia/Tokyo"] * 5
    assert [desk.zone(theirs), desk.zone(paused)] == ["America/New_York", None]
    assert desk.told == [(2, 5), (4, 5), (5, 5)]
    assert desk.access.company(COMPANY).schedules_have_moved


def test_a_company_without_campaigns_has_moved_at_once(desk: Desk) -> None:
    desk.change(zone="Asia/Tokyo")
    assert desk.move()
    assert desk.access.company(COMPANY).schedules_have_moved


def test_when_time_is_up_the_move_goes_on_behind_what_is_done(desk: Desk) -> None:
    mine = sorted((desk.campaign() for _ in range(5)), key=lambda one: one.id)
    desk.change(zone="Asia/Tokyo")
    desk.is_time_up = True
    desk.mover.starts.clear()
    legs, after = 0, None
    while not desk.move(after):
        [(_, after)] = desk.mover.starts
        desk.mover.starts.clear()
        assert not desk.access.company(COMPANY).schedules_have_moved
        legs += 1
    assert legs == 2
    assert desk.schedules.puts[5:] == [one.id for one in mine], "each was put once"
    assert desk.access.company(COMPANY).schedules_have_moved


def test_one_that_cannot_be_put_does_not_stop_the_others_and_is_not_forgotten(desk: Desk) -> None:
    bad, *good = (desk.campaign() for _ in range(5))
    desk.change(zone="Asia/Tokyo")
    desk.schedules.refuses = {bad.id}
    with pytest.raises(SchedulesNotMoved):
        desk.move()
    assert [desk.zone(one) for one in good] == ["Asia/Tokyo"] * 4
    assert any(bad.id in str(told) for told in desk.told)
    assert not desk.access.company(COMPANY).schedules_have_moved
    desk.schedules.refuses.clear()
    assert desk.move()
    assert desk.zone(bad) == "Asia/Tokyo"


def test_a_move_that_was_overtaken_leaves_nothing_behind(desk: Desk) -> None:
    """The later move may have put a schedule already, when the earlier one puts it wrongly."""
    mine = [desk.campaign() for _ in range(3)]
    first = desk.change(zone="Asia/Tokyo")

    def overtake(_: ScheduleEntry) -> None:
        desk.schedules.after_put = lambda _: None
        desk.change(zone="Europe/London")
        desk.move()

    desk.schedules.after_put = overtake
    assert not desk.move(times=first.times)
    assert [desk.zone(one) for one in mine] == ["Europe/London"] * 3
    assert desk.access.company(COMPANY).schedules_have_moved


def test_a_campaign_that_is_scheduled_during_the_move_is_not_left_behind(desk: Desk) -> None:
    desk.campaign()
    late: list[Campaign] = []

    def join(_: ScheduleEntry) -> None:
        desk.schedules.after_put = lambda _: None
        late.append(desk.campaign(wound=False))

    desk.change(zone="Asia/Tokyo")
    desk.schedules.after_put = join
    assert desk.move()
    assert [desk.zone(one) for one in late] == ["Asia/Tokyo"]


def test_a_company_that_does_not_exist_cannot_be_moved(desk: Desk) -> None:
    desk.campaign(company_id="nobody", wound=False)
    with pytest.raises(CompanyNotFound):
        move_schedules(
            Move("nobody", "UTC 06:00-08:00", None),
            access=desk.access,
            campaigns=ClockOwners(desk.campaigns, desk.collections, desk.agency),
            scheduled=desk.scheduled,
            schedules=desk.schedules,
            mover=desk.mover,
            is_time_up=lambda: False,
            report=lambda *_: None,
            failed=lambda _: None,
        )


def test_recreating_puts_what_is_missing_and_removes_what_is_left_over(desk: Desk) -> None:
    missing = [desk.campaign(wound=False) for _ in range(3)]
    there = desk.campaign()
    leftover = desk.campaign()
    desk.campaigns.move(replace(leftover, status=CampaignStatus.PAUSED))
    nobodys = a_campaign(schedule="P P * * *")
    wind_up(nobodys, access=desk.access, schedules=desk.schedules)
    assert desk.recreate() == Recreated(put=4, removed=2, failed=0)
    assert all(desk.zone(one) for one in (*missing, there))
    assert [desk.zone(one) for one in (leftover, nobodys)] == [None, None]
    assert desk.recreate() == Recreated(put=4, removed=0, failed=0)


def test_recreating_asks_each_campaign_whether_its_server_is_looked_at(desk: Desk) -> None:
    delivering = desk.campaign(sftp=some_sftp())
    former = desk.campaign(sftp=some_sftp())
    desk.campaigns.move(replace(former, sftp=None))
    assert desk.recreate() == Recreated(put=2, removed=1, failed=0)
    rung = {(one.campaign_id, one.purpose) for one in desk.schedules.entries}
    assert rung == {
        (delivering.id, Purpose.RUN),
        (delivering.id, Purpose.FLIGHT_CHECK),
        (former.id, Purpose.RUN),
    }


def test_recreating_for_one_company_leaves_the_others_alone(desk: Desk) -> None:
    mine = desk.campaign(wound=False)
    theirs = desk.campaign(company_id=OTHER_COMPANY, wound=False)
    stray = a_campaign(schedule="P P * * *", company_id=OTHER_COMPANY)
    wind_up(stray, access=desk.access, schedules=desk.schedules)
    assert desk.recreate(COMPANY) == Recreated(put=1, removed=0, failed=0)
    assert [desk.zone(one) is None for one in (mine, theirs, stray)] == [False, True, False]


def test_recreating_for_a_company_that_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(CompanyNotFound):
        desk.recreate("nope")


def test_recreating_goes_on_past_what_cannot_be_put(desk: Desk) -> None:
    bad, good = desk.campaign(wound=False), desk.campaign(wound=False)
    desk.schedules.refuses = {bad.id}
    assert desk.recreate() == Recreated(put=1, removed=0, failed=1)
    assert desk.zone(good)


def test_clocks_of_collection_campaigns_are_kept_and_move_along(desk: Desk) -> None:
    missing = desk.collections.add(a_collection())
    paused, over = (
        desk.collections.add(a_collection(status=status))
        for status in (CollectionStatus.PAUSED, CollectionStatus.CANCELLED)
    )
    draft = desk.collections.add(a_collection(status=CollectionStatus.DRAFT))
    for one in (paused, over):
        wind_up(one, access=desk.access, schedules=desk.schedules)
    assert desk.recreate() == Recreated(put=1, removed=0, failed=0)
    desk.change(zone="Asia/Tokyo")
    assert desk.move()
    zones = [desk.schedules.find(COMPANY, one.id) for one in (missing, paused, over, draft)]
    assert [one and one.zone for one in zones] == [
        "Asia/Tokyo",
        "America/New_York",
        "America/New_York",
        None,
    ]
