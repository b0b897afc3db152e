from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from campaigns.domain.campaign import Campaign
from campaigns.domain.errors import NotFound
from campaigns.domain.schedule import Purpose
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
    at = now()
    to_be = replace(changed(campaign, changes, checks), updated_at=at)
    to_be = to_be.scheduled_after(campaign, at=at)
    wind_up(to_be, access=access, schedules=schedules)
    kept = campaigns.move(to_be)
    stop(kept, schedules=schedules)
    if kept.rings_for != frozenset(Purpose):
        # Somebody may have asked for a clock again between our writing and our stopping it.
        with suppress(NotFound):
            now_is = campaigns.get(kept.company_id, kept.id)
            wind_up(now_is, access=access, schedules=schedules)
    return kept
