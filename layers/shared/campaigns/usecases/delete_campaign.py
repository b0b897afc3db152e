from campaigns.domain.campaign import Campaign
from campaigns.ports import CampaignStore, Clock, Schedules
from campaigns.usecases.keep_schedule import stop


def delete_campaign(
    campaign: Campaign, *, campaigns: CampaignStore, schedules: Schedules, now: Clock
) -> Campaign:
    """Softly: it stays on record, is found no more, and its alarm clocks are taken away."""
    kept = campaigns.move(campaign.deleted(now()))
    stop(kept, schedules=schedules)
    return kept
