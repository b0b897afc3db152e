"""The alarm rings daily, perhaps twice: the campaign runs on its days, once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryAccess, MemoryCollection, MemoryRunStore
from campaigns.domain.campaign import Campaign, CampaignNotFound, CampaignStatus
from campaigns.domain.page import Slice
from campaigns.domain.run import Run, RunStatus, TriggeredBy
from campaigns.usecases.start_scheduled_run import start_scheduled_run
from tests.builders import COMPANY, NOON, a_campaign, a_company, a_run, an_id
from tests.fakes import EngineDown, SometimesEngine


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY, TUESDAY = at("2026-03-02T11:17"), at("2026-03-03T11:17")


class Desk:
    def __init__(self, **campaign: Any) -> None:
        self.access = MemoryAccess()
        self.access.put_company(a_company())
        self.campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        self.campaign = self.campaigns.add(a_campaign(**{"schedule": "P P * * *", **campaign}))
        self.runs = MemoryRunStore()
        self.engine = SometimesEngine()

    def ring(self, when: datetime = MONDAY, campaign_id: str | None = None) -> Run | None:
        return start_scheduled_run(
            COMPANY,
            campaign_id or self.campaign.id,
            when,
            access=self.access,
            campaigns=self.campaigns,
            runs=self.runs,
            engine=self.engine,
            now=lambda: NOON,
        )

    def end(self, run: Run | None) -> None:
        assert run is not None
        running = self.runs.move(run.moved(RunStatus.RUNNING, at=NOON))
        self.runs.move(running.moved(RunStatus.COMPLETED, at=NOON))

    @property
    def all_runs(self) -> tuple[Run, ...]:
        return self.runs.list(COMPANY, self.campaign.id, Slice()).items


def test_a_day_of_the_schedule_runs_the_campaign() -> None:
    desk = Desk()
    run = desk.ring()
    assert run is not None
    assert (run.triggered_by, run.scheduled_for) == (TriggeredBy.SCHEDULE, MONDAY)
    assert desk.engine.starts == [run.ref]


def test_a_day_has_one_run_however_often_the_alarm_rings() -> None:
    desk = Desk()
    first = desk.ring()
    assert desk.ring() == first
    desk.end(first)
    again = desk.ring(at("2026-03-02T11:18"))
    assert again is not None
    assert again.status is RunStatus.COMPLETED
    assert len(desk.all_runs) == 1


def test_the_next_day_has_its_own() -> None:
    desk = Desk()
    desk.end(desk.ring(MONDAY))
    assert desk.ring(TUESDAY) is not None
    assert len(desk.all_runs) == 2


def test_the_day_is_the_companys() -> None:
    """23:30 in New York is the next day already in UTC."""
    desk = Desk(schedule="P P * * 1")
    assert desk.ring(at("2026-03-03T04:30")) is not None
    assert desk.ring(at("2026-03-02T04:30")) is None


def test_another_day_than_the_schedules_runs_nothing() -> None:
    desk = Desk(schedule="P P * * 1")
    assert desk.ring(TUESDAY) is None
    assert desk.all_runs == ()
    assert desk.ring(MONDAY) is not None


@pytest.mark.parametrize(
    "but",
    [{"schedule": None}, {"status": CampaignStatus.PAUSED}, {"status": CampaignStatus.DRAFT}],
)
def test_an_alarm_too_many_rings_for_nothing(but: dict[str, Any]) -> None:
    desk = Desk(**but)
    assert desk.ring() is None
    assert desk.all_runs == ()


def test_the_alarm_of_a_deleted_or_unknown_campaign_rings_for_nothing() -> None:
    desk = Desk()
    desk.campaigns.move(desk.campaign.deleted(NOON))
    assert desk.ring() is None
    assert desk.ring(campaign_id=an_id()) is None


def test_a_run_in_the_way_is_told_once_that_another_was_skipped() -> None:
    desk = Desk()
    busy = desk.runs.open(a_run(campaign_id=desk.campaign.id))
    busy = desk.runs.move(busy.moved(RunStatus.RUNNING, at=NOON))
    assert desk.ring() is None
    assert desk.ring() is None
    [noted] = desk.all_runs
    assert [line.text for line in noted.log] == [
        "schedule: the run due at 2026-03-02T11:17:00.000Z was skipped,"
        " because this one was in progress"
    ]


def test_a_note_finds_its_way_although_the_run_moves_on_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    busy = desk.runs.open(a_run(campaign_id=desk.campaign.id))
    busy = desk.runs.move(busy.moved(RunStatus.RUNNING, at=NOON))
    read = desk.runs.get
    interferences = iter(range(2))

    def get(*asked: str) -> Run:
        seen = read(*asked)
        if next(interferences, None) is not None:
            desk.runs.move(replace(seen, stage=None).noted("elsewhere", at=NOON))
        return seen

    monkeypatch.setattr(desk.runs, "get", get)
    assert desk.ring() is None
    assert any("skipped" in line.text for line in desk.all_runs[0].log)


def test_a_day_is_not_lost_to_an_engine_that_was_down() -> None:
    """The scheduler rings again after a failure, and then the run begins."""
    desk = Desk()
    desk.engine.is_down = True
    with pytest.raises(EngineDown):
        desk.ring()
    desk.engine.is_down = False
    run = desk.ring()
    assert run is not None
    assert run.status is RunStatus.PENDING
    assert desk.engine.starts == [run.ref]
