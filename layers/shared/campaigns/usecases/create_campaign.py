from collections.abc import Mapping
from typing import Any

from campaigns.domain.campaign import Campaign, ExternalIdTaken
from campaigns.ports import Access, CampaignStore, Clock, NewId, Schedules
from campaigns.usecases.campaign_changes import Checks, changed
from campaigns.usecases.keep_schedule import stop, wind_up


def create_campaign(
    company_id: str,
    fields: Mapping[str, Any],
    *,
    campaigns: CampaignStore,
    checks: Checks,
    access: Access,
    schedules: Schedules,
    new_id: NewId,
    now: Clock,
) -> Campaign:
    """Keep a new campaign and set its alarm clocks. Raises Invalid, ExternalIdTaken."""
    at = now()
    blank = Campaign(id=new_id(), company_id=company_id, name="", created_at=at, updated_at=at)
    campaign = changed(blank, fields, checks).scheduled_after(None, at=at)
    wind_up(campaign, access=access, schedules=schedules)
    try:
        return campaigns.add(campaign)
    except ExternalIdTaken:
        # This campaign will never be, so nobody else would ever stop its clocks.
        stop(campaign.deleted(at), schedules=schedules)
        raise
