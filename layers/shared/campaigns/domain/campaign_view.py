"""A campaign with what follows from its company: its zone, and when it runs next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from campaigns.domain.campaign import Campaign
from campaigns.domain.company import Company
from campaigns.domain.schedule import PeachyCrontab, next_run_at


@dataclass(frozen=True, slots=True)
class CampaignView:
    campaign: Campaign
    zone: str
    next_run_at: datetime | None

    @classmethod
    def of(cls, campaign: Campaign, company: Company, *, at: datetime) -> Self:
        coming = None
        if campaign.schedule is not None and campaign.runs_by_schedule:
            crontab = PeachyCrontab.parse(campaign.schedule)
            coming = next_run_at(crontab, campaign.id, company.run_window, company.zone, at)
        return cls(campaign, company.zone, coming)
