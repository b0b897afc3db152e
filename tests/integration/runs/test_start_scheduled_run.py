from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import Campaign, CampaignStatus
from campaigns.domain.errors import Unavailable
from campaigns.domain.run import Run, TriggeredBy
from campaigns.domain.schedule import ScheduleEntry, minute_of
from tests.integration.conftest import Invocations
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke, new_id

RING = "runs/start_scheduled_run"
MONDAY = datetime(2026, 3, 2, 12, 17, tzinfo=UTC)


def ring(lender: Lender, campaign_id: str, at: datetime = MONDAY) -> str | None:
    told = {
        "companyId": lender.id,
        "campaignId": campaign_id,
        "scheduledTime": at.isoformat().replace("+00:00", "Z"),
    }
    answer = invoke(RING, sample(RING) | told)
    assert answer.keys() == {"runId"}
    run_id: str | None = answer["runId"]
    return run_id


def kept(campaign: Campaign, run_id: str | None) -> Run:
    return wiring.runs().get(campaign.company_id, campaign.id, run_id or "")


def test_the_sample_is_about_a_campaign_that_does_not_exist(
    lender: Lender, invocations: Invocations
) -> None:
    assert invoke(RING, sample(RING)) == {"runId": None}
    assert invocations.taken == []


def test_a_run_is_started_on_a_day_that_the_schedule_means(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(schedule="P P * * 1")
    run_id = ring(lender, campaign.id)
    run = kept(campaign, run_id)
    assert (run.triggered_by, run.scheduled_for) == (TriggeredBy.SCHEDULE, MONDAY)
    event = {"companyId": lender.id, "campaignId": campaign.id, "runId": run_id}
    assert invocations.taken == [(wiring.settings().campaign_run_function, event, run_id)]
    ids = {"campaignId": campaign.id, "runId": run_id or ""}
    shown = lender.call("borrower/get_run", ids=ids).body
    assert (shown["triggeredBy"], shown["scheduledFor"]) == ("schedule", "2026-03-02T12:17:00.000Z")


def test_two_rings_of_one_day_are_one_run(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.campaign(schedule="P P * * *")
    first = ring(lender, campaign.id)
    assert ring(lender, campaign.id, MONDAY + timedelta(minutes=7)) == first
    assert len(invocations.taken) == 1
    lender.ended(kept(campaign, first))
    assert ring(lender, campaign.id) == first
    assert len(invocations.taken) == 1


def test_the_day_is_one_of_the_company(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.campaign(schedule="P P * * 1")
    assert ring(lender, campaign.id, datetime(2026, 3, 3, 5, 59, tzinfo=UTC)) is not None
    assert ring(lender, campaign.id, datetime(2026, 3, 9, 4, 59, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "but",
    [
        {"schedule": None},
        {"schedule": "P P * * 2-5"},
        {"schedule": "P P * * 1", "status": CampaignStatus.PAUSED},
        {"schedule": "P P * * 1", "status": CampaignStatus.DRAFT},
        {"schedule": "P P * * 1", "status": CampaignStatus.ARCHIVED},
        {"schedule": "P P * * 1", "deleted_at": MONDAY},
    ],
    ids=str,
)
def test_a_ring_that_is_not_meant_starts_nothing(
    but: Any, lender: Lender, invocations: Invocations
) -> None:
    assert ring(lender, lender.campaign(**but).id) is None
    assert invocations.taken == []


def test_a_campaign_of_another_company_is_not_started(
    lender: Lender, stranger: Lender, invocations: Invocations
) -> None:
    assert ring(lender, stranger.campaign(schedule="P P * * *").id) is None
    assert ring(lender, new_id()) is None
    assert invocations.taken == []


def test_a_run_in_progress_is_told_of_the_one_that_was_skipped(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(schedule="P P * * *")
    busy = lender.opened(campaign)
    for _ in range(2):
        assert ring(lender, campaign.id) is None
    lines = [line.text for line in kept(campaign, busy.id).log]
    assert lines == [
        "schedule: the run due at 2026-03-02T12:17:00.000Z was skipped,"
        " because this one was in progress"
    ]


def test_a_ring_that_comes_again_begins_what_the_first_could_not(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(schedule="P P * * *")
    invocations.missing = True
    with pytest.raises(Unavailable):
        ring(lender, campaign.id)
    invocations.missing = False
    run_id = ring(lender, campaign.id)
    assert run_id is not None
    assert invocations.runs == [run_id]


def test_a_step_of_a_collection_campaign_is_started_if_anybody_is_due(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.collection()
    assert ring(lender, campaign.id, wiring.now()) is None
    lender.enrolled(lender.account(), campaign)
    run_id = ring(lender, campaign.id, wiring.now())
    assert invocations.runs == [run_id]
    run = wiring.runs().get(lender.id, campaign.id, run_id or "")
    assert run.step_id == campaign.steps[0].id
    assert ring(lender, campaign.id, wiring.now()) == run_id


def test_the_clock_of_a_collection_campaign_is_put_right_when_it_rings(lender: Lender) -> None:
    campaign = lender.collection()
    minute = minute_of(campaign.id, lender.company.run_window)
    wrong = ScheduleEntry(
        company_id=lender.id, campaign_id=campaign.id, at=minute, zone="Asia/Tokyo"
    )
    wiring.schedules().put(wrong)
    ring(lender, campaign.id, wiring.now())
    assert wiring.schedules().find(lender.id, campaign.id) == replace(
        wrong, zone=lender.company.zone
    )
