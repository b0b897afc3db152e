"""A clock of a collection campaign that did not ring is made up for on the same day, and once."""

from datetime import timedelta
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryCollection
from campaigns.domain.agency_campaign import AgencyCampaignNotFound
from campaigns.domain.collection_campaign import CollectionStatus
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.local_time import end_of_day
from campaigns.domain.page import Slice
from campaigns.domain.run import Run, RunStatus
from campaigns.domain.schedule import instant_on
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.restart_run import retry_run
from campaigns.usecases.start_missed_runs import GRACE, MissedRuns
from tests.builders import COMPANY, NOON, a_company, an_id
from tests.fakes import SometimesMover
from tests.unit.pipeline.flow import Flow

S = EnrollmentStatus


class Waiting(Flow):
    """A campaign whose clock is due soon: in New York it is seven in the morning at NOON."""

    def __init__(self, **but: Any) -> None:
        super().__init__(scheduled_since=NOON - timedelta(days=2), **but)
        self.due = self.due_at()
        self.failures: list[str] = []

    def due_at(self) -> Any:
        company = a_company()
        return instant_on(self.today, self.collection.id, company.run_window, company.zone)

    def swept(self, after: timedelta = GRACE + timedelta(minutes=1)) -> dict[str, int]:
        self.clock.at = self.due + after
        missed = MissedRuns(
            access=self.access,
            owners=ClockOwners(
                self.campaigns,
                self.stored.collections,
                MemoryCollection(missing=AgencyCampaignNotFound),
            ),
            enrollments=self.stored.enrollments,
            scheduled=self.scheduled,
            runs=self.runs,
            files=self.files,
            events=self.events,
            engine=self.engine,
            mover=SometimesMover(),
            now=self.clock,
            is_time_up=lambda: False,
            report=self.failures.append,
        )
        missed.start()
        return dict(missed.counts)

    def rung(self) -> None:
        self.clock.at = self.due
        self.ring()

    def kept_runs(self) -> list[Run]:
        return list(self.runs.list(COMPANY, self.collection.id, Slice()).items)


@pytest.fixture
def flow() -> Waiting:
    flow = Waiting()
    # From midnight on: a campaign's minute follows from its id, so another's may be hours earlier.
    midnight = end_of_day(flow.today - timedelta(days=1), a_company().zone)
    for shard in range(flow.scheduled.shards):
        flow.scheduled.look_from(shard, midnight)
    flow.enroll()
    return flow


def test_a_clock_that_did_not_ring_is_made_up_for(flow: Waiting) -> None:
    assert flow.swept() == {"started_late": 1}
    [run] = flow.work()
    assert run.status is RunStatus.COMPLETED
    assert "started late by the sweep" in run.log[0].text
    assert flow.statuses() == [S.COMPLETED] * 3
    assert flow.swept(timedelta(minutes=30)) == {}
    flow.check()


def test_a_clock_that_rang_is_left_alone(flow: Waiting) -> None:
    flow.rung()
    assert flow.swept() == {"on_time": 1}
    assert len(flow.work()) == 1


def test_what_is_enrolled_behind_the_clock_waits_for_the_next_day(flow: Waiting) -> None:
    flow.rung()
    flow.work()
    late = flow.account(4)
    flow.customer(4)
    flow.accounts.append(late)
    flow.enroll(late)
    assert flow.swept() == {"on_time": 1}
    assert (flow.work(), flow.of(late).status) == ([], S.PENDING)


def test_a_clock_that_would_have_begun_nothing_begins_nothing(flow: Waiting) -> None:
    for account in flow.accounts:
        flow.settle(account)
    assert flow.swept() == {"nothing_due": 1}
    assert flow.kept_runs() == []


def test_a_clock_answered_while_the_engine_was_down_is_made_up_for(flow: Waiting) -> None:
    flow.engine.is_down = True
    with pytest.raises(Exception, match="no engine"):
        flow.rung()
    flow.engine.is_down = False
    assert flow.swept() == {"started_late": 1}
    assert len(flow.kept_runs()) == 1
    flow.work()
    assert flow.statuses() == [S.COMPLETED] * 3


def test_too_late_on_its_day_it_is_kept_as_failed_and_may_be_tried_again(flow: Waiting) -> None:
    assert flow.swept(timedelta(hours=14)) == {"given_up": 1}
    [missed] = flow.kept_runs()
    assert (missed.status, missed.error_code) == (RunStatus.FAILED, "schedule_missed")
    assert flow.engine.starts == []
    assert flow.statuses() == [S.PENDING] * 3
    step = flow.collection.exporting(flow.collection.steps[0])
    retry_run(step, missed, an_id(), runs=flow.runs, engine=flow.engine, now=flow.clock)
    [run] = flow.work()
    assert (run.status, flow.statuses()) == (RunStatus.COMPLETED, [S.COMPLETED] * 3)


def test_without_a_retry_they_are_due_again_on_the_next_day(flow: Waiting) -> None:
    flow.swept(timedelta(hours=14))
    flow.clock.at = flow.due + timedelta(days=1)
    flow.day()
    assert flow.statuses() == [S.COMPLETED] * 3
    assert len(flow.sent()) == 3


@pytest.mark.parametrize("status", [CollectionStatus.PAUSED, CollectionStatus.CANCELLED])
def test_a_campaign_that_does_not_run_misses_nothing(
    flow: Waiting, status: CollectionStatus
) -> None:
    flow.move(status)
    flow.engine.starts.clear()
    assert flow.swept() == {}
    assert flow.engine.starts == []


def test_a_pause_is_not_made_up_for(flow: Waiting) -> None:
    flow.move(CollectionStatus.PAUSED)
    flow.clock.at = flow.due + timedelta(minutes=1)
    flow.move(CollectionStatus.ACTIVE)
    assert flow.swept() == {}


def test_a_campaign_begins_on_its_first_day_though_its_clock_is_silent(flow: Waiting) -> None:
    kept = flow.collections.get(COMPANY, flow.collection.id)
    flow.collections.move(kept.moved(CollectionStatus.PAUSED, at=NOON, today=flow.today))
    waiting = flow.campaign_of(
        flow.step(),
        status=CollectionStatus.SCHEDULED,
        starts_on=flow.today,
        scheduled_since=NOON - timedelta(days=2),
    )
    flow.collection, flow.due = waiting, flow.due
    flow.due = flow.due_at()
    assert flow.swept() == {"nothing_due": 1}
    assert flow.collections.get(COMPANY, waiting.id).status is CollectionStatus.ACTIVE
