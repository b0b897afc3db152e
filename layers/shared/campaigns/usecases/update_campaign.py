from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.campaign import Campaign
from campaigns.ports import Access, CampaignStore, Clock, Schedules
from campaigns.usecases.campaign_changes import Checks, changed
from campaigns.usecases.keep_schedule import stop, wind_up


def update_campaign(
    campaign: Campaign,
    changes: Mapping[str, Any],
    *,
    campaigns: CampaignStore,
    checks: Checks,
    access: Access,
    schedules: Schedules,
    now: Clock,
) -> Campaign:
    """Set the given fields of a campaign as it was read. Raises Invalid, ChangedMeanwhile."""
    to_be = replace(changed(campaign, changes, checks), updated_at=now())
    wind_up(to_be, access=access, schedules=schedules)
    kept = campaigns.move(to_be)
    stop(kept, schedules=schedules)
    return kept
