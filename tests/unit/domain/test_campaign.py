from datetime import timedelta
from typing import Any

import pytest

from campaigns.domain.campaign import CampaignNotActive, CampaignStatus
from campaigns.domain.campaign_view import CampaignView
from campaigns.domain.schedule import minute_of
from tests.builders import NOON, a_campaign, a_company


@pytest.mark.parametrize(
    "status", [CampaignStatus.DRAFT, CampaignStatus.PAUSED, CampaignStatus.ARCHIVED]
)
def test_only_an_active_campaign_runs(status: CampaignStatus) -> None:
    with pytest.raises(CampaignNotActive, match=status.value):
        a_campaign(status=status).check_runnable()
    a_campaign().check_runnable()


@pytest.mark.parametrize(
    ("but", "runs"),
    [
        ({}, True),
        ({"schedule": None}, False),
        ({"status": CampaignStatus.PAUSED}, False),
        ({"status": CampaignStatus.DRAFT}, False),
        ({"deleted_at": NOON}, False),
    ],
)
def test_a_campaign_runs_by_schedule_when_it_has_one_is_active_and_there(
    but: dict[str, Any], runs: bool
) -> None:
    assert a_campaign(**{"schedule": "P P * * *", **but}).runs_by_schedule is runs


LATER = NOON + timedelta(hours=1)
DAILY = {"schedule": "P P * * *", "scheduled_since": NOON}


@pytest.mark.parametrize(
    ("was", "now", "since"),
    [
        (None, DAILY, LATER),
        (None, {}, None),
        (DAILY, DAILY, NOON),
        (DAILY, {**DAILY, "name": "Other"}, NOON),
        (DAILY, {**DAILY, "schedule": "P P * * 1"}, LATER),
        (DAILY, {**DAILY, "schedule": None}, None),
        (DAILY, {**DAILY, "status": CampaignStatus.PAUSED}, None),
        ({**DAILY, "status": CampaignStatus.PAUSED}, DAILY, LATER),
        ({"schedule": "P P * * *"}, {"schedule": "P P * * *"}, None),
    ],
)
def test_a_schedule_counts_since_it_is_what_it_is(was: Any, now: Any, since: Any) -> None:
    """The last has been scheduled since before that was kept: it stays unknown."""
    before = None if was is None else a_campaign(**was)
    assert a_campaign(**now).scheduled_after(before, at=LATER).scheduled_since == since


def test_deleting_marks_and_dates_it() -> None:
    gone = a_campaign(scheduled_since=NOON).deleted(NOON)
    assert (gone.deleted_at, gone.updated_at, gone.scheduled_since) == (NOON, NOON, None)


def test_a_view_tells_the_zone_and_the_next_run_in_it() -> None:
    campaign, company = a_campaign(schedule="P P * * 2"), a_company()
    view = CampaignView.of(campaign, company, at=NOON)
    assert view.zone == "America/New_York"
    assert view.next_run_at is not None
    assert view.next_run_at.date().isoformat() == "2026-03-03"
    local = minute_of(campaign.id, company.run_window)
    assert (view.next_run_at.hour, view.next_run_at.minute) == (local.hour + 5, local.minute)


@pytest.mark.parametrize("but", [{"schedule": None}, {"status": CampaignStatus.PAUSED}])
def test_a_campaign_that_does_not_run_has_no_next_run(but: dict[str, Any]) -> None:
    campaign = a_campaign(**{"schedule": "P P * * *", **but})
    assert CampaignView.of(campaign, a_company(), at=NOON).next_run_at is None
