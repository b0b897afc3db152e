from datetime import time

from campaigns.domain.company import Company
from campaigns.domain.errors import NotFound
from campaigns.domain.explanation import (
    ScheduleExplained,
    ScheduleNotClear,
    ScheduleQuestion,
    TimeOf,
)
from campaigns.domain.schedule import explain, minute_of
from campaigns.ports import CampaignStore
from campaigns.usecases.find_by_any_id import find_campaign


def explain_schedule(
    company: Company, asked: ScheduleQuestion, *, campaigns: CampaignStore
) -> ScheduleExplained:
    """Raises ScheduleNotClear, InvalidSchedule, InvalidDays."""
    crontab = asked.crontab()
    at, time_of = _time(company, asked, campaigns)
    return ScheduleExplained(
        zone=company.zone,
        schedule=crontab.text,
        time_of=time_of,
        coming=tuple(explain(crontab, at, company.zone, asked.after, asked.count)),
    )


def _time(
    company: Company, asked: ScheduleQuestion, campaigns: CampaignStore
) -> tuple[time, TimeOf]:
    if asked.at is not None:
        return asked.at, TimeOf.ASKED
    if asked.campaign is None:
        return company.run_window.start, TimeOf.WINDOW
    try:
        campaign = find_campaign(company.id, asked.campaign, campaigns=campaigns)
    except NotFound as unknown:
        raise ScheduleNotClear(str(unknown), field="campaignId") from None
    return minute_of(campaign.id, company.run_window), TimeOf.CAMPAIGN
