"""Letting a held run go on: who may, and what is approved with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryAccess, MemoryCollection, MemoryRunStore
from campaigns.domain.campaign import (
    Campaign,
    CampaignNotActive,
    CampaignNotFound,
    CampaignStatus,
    ChangedMeanwhile,
)
from campaigns.domain.run import (
    HoldReason,
    ReleaseNeedsAnotherKey,
    Run,
    RunMoved,
    RunStatus,
    Stage,
)
from campaigns.usecases.restart_run import release_run, retry_run
from tests.builders import NOON, a_campaign, a_company, a_key, a_run
from tests.fakes import EngineDown, SometimesEngine

CHANGED = HoldReason("query_change", "the text has changed")


class Desk:
    """A campaign with a run that is held."""

    def __init__(self, *reasons: HoldReason, by_another_key: bool = False) -> None:
        self.access = MemoryAccess()
        self.access.put_company(a_company(release_by_another_key=by_another_key))
        self.campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        self.campaign = self.campaigns.add(a_campaign())
        self.runs = MemoryRunStore()
        self.engine = SometimesEngine()
        opened = self.runs.open(
            a_run(
                campaign_id=self.campaign.id,
                status=RunStatus.RUNNING,
                stage=Stage.EXPORT,
                requested_by="key-1",
                query_sha256="5e1ec7",
            )
        )
        reasons = reasons or (HoldReason("max_audience", "too many"),)
        self.held = self.runs.move(
            opened.failed("held_by_safety", "look", at=NOON, held=True, reasons=reasons)
        )

    def release(self, by: str = "key-2", run: Run | None = None) -> Run:
        return release_run(
            self.campaign,
            run or self.held,
            by,
            access=self.access,
            campaigns=self.campaigns,
            runs=self.runs,
            engine=self.engine,
            now=lambda: NOON,
        )

    @property
    def run(self) -> Run:
        return self.runs.get(self.held.company_id, self.campaign.id, self.held.id)

    @property
    def approved(self) -> str | None:
        return self.campaigns.get(self.held.company_id, self.campaign.id).approved_query_sha256


def test_a_release_begins_the_run_again_and_says_who_gave_it() -> None:
    desk = Desk()
    released = desk.release()
    assert released == desk.run
    assert (released.status, released.released_by) == (RunStatus.PENDING, "key-2")
    assert desk.engine.starts == [desk.held.ref]


def test_where_it_takes_another_key_the_one_that_asked_for_the_run_is_refused() -> None:
    desk = Desk(CHANGED, by_another_key=True)
    with pytest.raises(ReleaseNeedsAnotherKey):
        desk.release("key-1")
    assert (desk.run, desk.approved, desk.engine.starts) == (desk.held, None, [])
    assert desk.release("key-2").status is RunStatus.PENDING


def test_a_schedule_asked_with_no_key_so_any_key_may_release() -> None:
    desk = Desk(by_another_key=True)
    scheduled = desk.runs.move(replace(desk.held, requested_by=None))
    assert desk.release("key-1", scheduled).released_by == "key-1"


@pytest.mark.parametrize(("asked", "by"), [("key-1", "key-3"), ("key-3", "key-1")])
def test_a_key_and_the_one_it_was_rotated_for_are_the_same(asked: str, by: str) -> None:
    desk = Desk(by_another_key=True)
    for id, following in (("key-1", "key-2"), ("key-2", "key-3"), ("key-3", None)):
        desk.access.add_key(a_key(f"secret of {id}", id=id, replaced_by=following))
    desk.access.add_key(a_key("another", id="key-9", created_by="key-1"))
    held = desk.runs.move(replace(desk.held, requested_by=asked))
    with pytest.raises(ReleaseNeedsAnotherKey):
        desk.release(by, held)
    assert desk.release("key-9", held).released_by == "key-9"


def test_whoever_tried_a_run_again_last_is_the_one_who_asked_for_it() -> None:
    desk = Desk(by_another_key=True)
    failed = desk.runs.move(desk.held.failed("stuck", "nobody came", at=NOON))
    pending = retry_run(
        desk.campaign, failed, "key-2", runs=desk.runs, engine=desk.engine, now=lambda: NOON
    )
    running = desk.runs.move(pending.moved(RunStatus.RUNNING, at=NOON))
    held = desk.runs.move(running.failed("held_by_safety", "look", at=NOON, held=True))
    with pytest.raises(ReleaseNeedsAnotherKey):
        desk.release("key-2", held)
    assert desk.release("key-1", held).released_by == "key-1"


def test_a_text_is_approved_with_the_run_that_was_held_for_it_and_with_no_other() -> None:
    desk = Desk(CHANGED)
    desk.release()
    assert desk.approved == "5e1ec7"
    other = Desk()
    other.release()
    assert other.approved is None


def test_an_approval_is_not_lost_to_an_edit_of_the_same_moment() -> None:
    desk = Desk(CHANGED)
    desk.campaigns.move(replace(desk.campaign, name="Edited"))
    desk.release()
    kept = desk.campaigns.get(desk.campaign.company_id, desk.campaign.id)
    assert (kept.name, kept.approved_query_sha256) == ("Edited", "5e1ec7")


def test_an_approval_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(CHANGED)

    def busy(_: Campaign) -> Any:
        raise ChangedMeanwhile("campaign")

    monkeypatch.setattr(desk.campaigns, "move", busy)
    with pytest.raises(ChangedMeanwhile):
        desk.release()
    assert desk.approved is None


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run.noted("schedule: skipped", at=NOON),
        lambda run: run.moved(RunStatus.CANCELED, at=NOON),
    ],
    ids=["noted", "canceled"],
)
def test_a_release_that_comes_to_nothing_approves_nothing(change: Callable[[Run], Run]) -> None:
    desk = Desk(CHANGED)
    desk.runs.move(change(desk.held))
    with pytest.raises(ChangedMeanwhile):
        desk.release()
    assert (desk.approved, desk.engine.starts) == (None, [])


def test_a_run_is_released_once() -> None:
    desk = Desk()
    with pytest.raises(RunMoved):
        desk.release(run=desk.release())
    assert len(desk.engine.starts) == 1


def test_a_paused_campaign_releases_nothing() -> None:
    desk = Desk()
    desk.campaign = replace(desk.campaign, status=CampaignStatus.PAUSED)
    with pytest.raises(CampaignNotActive):
        desk.release()
    assert desk.run == desk.held


def test_a_release_that_could_not_be_begun_can_be_tried_again_and_delivers_only() -> None:
    desk = Desk()
    desk.engine.is_down = True
    with pytest.raises(EngineDown):
        desk.release()
    assert desk.run.status is RunStatus.FAILED
    assert desk.run.only_delivery_is_left
