"""The alarm clocks of a campaign, kept in step with what the campaign says.

They are wound up before the campaign is written and stopped after, so whatever happens in
between leaves at most a clock too many. Such a one rings for nothing: whoever answers it asks
the campaign first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.campaign import Campaign
from campaigns.domain.company import Company
from campaigns.domain.schedule import (
    ClockName,
    Purpose,
    ScheduleEntry,
    flight_check_minute,
    minute_of,
)
from campaigns.ports import (
    Access,
    AgencyCampaignStore,
    CampaignStore,
    CollectionCampaignStore,
    Schedules,
)


class Ringing(Protocol):
    """A campaign that rings daily, at a minute of its own."""

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
    agency: AgencyCampaignStore

    def find(self, company_id: str, campaign_id: str) -> Ringing | AgencyCampaign | None:
        named = (company_id, campaign_id)
        found = self.campaigns.find(*named) or self.collections.find(*named)
        return found or self.agency.find(*named)

    def want(self, clock: ClockName) -> bool:
        """Whether there is a campaign that has a use for this clock."""
        campaign = self.find(clock.company_id, clock.campaign_id)
        if isinstance(campaign, AgencyCampaign):
            return campaign.runs_by_schedule and clock in campaign.clock_names
        return campaign is not None and not clock.slot and clock.purpose in campaign.rings_for


def wind_up(campaign: Ringing | AgencyCampaign, *, access: Access, schedules: Schedules) -> None:
    if isinstance(campaign, AgencyCampaign):
        for entry in campaign.clocks(access.company(campaign.company_id)):
            schedules.put(entry)
    elif campaign.rings_for:
        for entry in _daily(campaign, access.company(campaign.company_id)):
            schedules.put(entry)


def _daily(campaign: Ringing, company: Company) -> Iterable[ScheduleEntry]:
    minute = minute_of(campaign.id, company.run_window)
    minutes = {
        Purpose.RUN: minute,
        Purpose.FLIGHT_CHECK: flight_check_minute(minute, company.zone),
    }
    for purpose in campaign.rings_for:
        yield ScheduleEntry(
            company_id=campaign.company_id,
            campaign_id=campaign.id,
            purpose=purpose,
            at=minutes[purpose],
            zone=company.zone,
        )


def stop(campaign: Campaign | AgencyCampaign, *, schedules: Schedules) -> None:
    """Take away the clocks that the campaign has no use for."""
    if isinstance(campaign, AgencyCampaign):
        if not campaign.runs_by_schedule:
            for clock in campaign.clock_names:
                schedules.remove(*clock)
        return
    for purpose in frozenset(Purpose) - campaign.rings_for:
        schedules.remove(campaign.company_id, campaign.id, purpose)
