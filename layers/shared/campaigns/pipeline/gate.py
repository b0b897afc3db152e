"""Whether the messages of a run may leave just now: asked again and again while they do."""

from dataclasses import dataclass
from enum import StrEnum

from campaigns.domain.agency_campaign import AgencyStatus
from campaigns.domain.campaign import CampaignStatus
from campaigns.domain.collection_campaign import CollectionStatus
from campaigns.domain.errors import NotFound
from campaigns.domain.message import Parcel
from campaigns.domain.run import RunStatus
from campaigns.ports import AgencyCampaignStore, CampaignStore, CollectionCampaignStore, RunStore


class Gate(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    """Until the campaign goes on."""
    CLOSED = "closed"
    """For good."""
    LEFT = "left"
    """The run broke off. Whoever tries it again has them sent."""


@dataclass(frozen=True, slots=True)
class RunGate:
    runs: RunStore
    campaigns: CampaignStore
    collections: CollectionCampaignStore
    agency: AgencyCampaignStore

    def look(self, parcel: Parcel) -> Gate:
        company, campaign_id = parcel.company_id, parcel.campaign_id
        try:
            run = self.runs.get(company, campaign_id, parcel.run_id)
        except NotFound:
            return Gate.CLOSED
        if run.status is RunStatus.CANCELED:
            return Gate.CLOSED
        if run.status is RunStatus.FAILED or run.given_back:
            return Gate.LEFT
        campaign = self.campaigns.find(company, campaign_id)
        if campaign is not None:
            if campaign.deleted_at is not None or campaign.status is CampaignStatus.ARCHIVED:
                return Gate.CLOSED
            return Gate.OPEN if campaign.status is CampaignStatus.ACTIVE else Gate.PAUSED
        collection = self.collections.find(company, campaign_id)
        if collection is None:
            return self._of_agency(company, campaign_id)
        if collection.is_over:
            return Gate.CLOSED
        return Gate.OPEN if collection.status is CollectionStatus.ACTIVE else Gate.PAUSED

    def _of_agency(self, company_id: str, campaign_id: str) -> Gate:
        campaign = self.agency.find(company_id, campaign_id)
        if campaign is None or campaign.is_over:
            return Gate.CLOSED
        return Gate.PAUSED if campaign.status is AgencyStatus.PAUSED else Gate.OPEN
