"""The alarm clocks of a campaign, kept in step with what the campaign says.

They are wound up before the campaign is written and stopped after, so whatever happens in
between leaves at most a clock too many. Such a one rings for nothing: whoever answers it asks
the campaign first.
"""

from dataclasses import dataclass
from typing import Protocol

from campaigns.domain.campaign import Campaign
from campaigns.domain.schedule import Purpose, ScheduleEntry, flight_check_minute, minute_of
from campaigns.ports import Access, CampaignStore, CollectionCampaignStore, Schedules


class Ringing(Protocol):
    """A campaign of any kind."""

    @property
    def id(self) -> str: ...
    @property
    def company_id(self) -> str: ...
    @property
    def rings_for(self) -> frozenset[Purpose]: ...


@dataclass(frozen=True, slots=True)
class ClockOwners:
    """Campaigns of every kind: their clocks are kept alike."""

    campaigns: CampaignStore
    collections: CollectionCampaignStore

    def find(self, company_id: str, campaign_id: str) -> Ringing | None:
        found = self.campaigns.find(company_id, campaign_id)
        return found or self.collections.find(company_id, campaign_id)


def wind_up(campaign: Ringing, *, access: Access, schedules: Schedules) -> None:
    if not campaign.rings_for:
        return
    company = access.company(campaign.company_id)
    minute = minute_of(campaign.id, company.run_window)
    minutes = {
        Purpose.RUN: minute,
        Purpose.FLIGHT_CHECK: flight_check_minute(minute, company.zone),
    }
    for purpose in campaign.rings_for:
        schedules.put(
            ScheduleEntry(
                company_id=campaign.company_id,
                campaign_id=campaign.id,
                purpose=purpose,
                at=minutes[purpose],
                zone=company.zone,
            )
        )


def stop(campaign: Campaign, *, schedules: Schedules) -> None:
    """Take away the clocks that the campaign has no use for."""
    for purpose in frozenset(Purpose) - campaign.rings_for:
        schedules.remove(campaign.company_id, campaign.id, purpose)
