"""The alarm clock of a campaign, kept in step with what the campaign says.

It is wound up before the campaign is written and stopped after, so whatever happens in
between leaves at most a clock too many. Such a one rings for nothing: whoever answers it asks
the campaign first.
"""

from campaigns.domain.campaign import Campaign
from campaigns.domain.schedule import ScheduleEntry, minute_of
from campaigns.ports import Access, Schedules


def wind_up(campaign: Campaign, *, access: Access, schedules: Schedules) -> None:
    if not campaign.runs_by_schedule:
        return
    company = access.company(campaign.company_id)
    schedules.put(
        ScheduleEntry(
            company_id=campaign.company_id,
            campaign_id=campaign.id,
            at=minute_of(campaign.id, company.run_window),
            zone=company.zone,
        )
    )


def stop(campaign: Campaign, *, schedules: Schedules) -> None:
    if not campaign.runs_by_schedule:
        schedules.remove(campaign.company_id, campaign.id)
