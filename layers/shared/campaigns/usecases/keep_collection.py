"""Create and change collection campaigns; what is moved is moved in move_collection."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.collection_campaign import (
    CampaignIsOver,
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
)
from campaigns.ports import Clock, CollectionCampaignStore, NewId, TemplateStore
from campaigns.usecases.campaign_changes import Checks
from campaigns.usecases.collection_changes import changed, check_successor, check_templates

_TRIES = 10
_SUCCESSOR = "next_campaign_id"


def create_collection(
    company_id: str,
    type: CollectionType,
    fields: Mapping[str, Any],
    *,
    campaigns: CollectionCampaignStore,
    checks: Checks,
    new_id: NewId,
    now: Clock,
) -> CollectionCampaign:
    """Keep a new campaign, a draft. Raises Invalid, ExternalIdTaken.

    Nothing can lead back to a campaign that is not there yet, so its chain closes no circle.
    """
    at = now()
    blank = CollectionCampaign(
        id=new_id(), company_id=company_id, name="", type=type, created_at=at, updated_at=at
    )
    campaign = changed(blank, fields, checks=checks, new_id=new_id)
    campaign = replace(campaign, next_campaign_id=fields.get(_SUCCESSOR))
    check_successor(campaign, campaigns=campaigns)
    return campaigns.add(campaign)


def update_collection(
    company_id: str,
    campaign_id: str,
    changes: Mapping[str, Any],
    *,
    campaigns: CollectionCampaignStore,
    templates: TemplateStore,
    checks: Checks,
    new_id: NewId,
    now: Clock,
) -> CollectionCampaign:
    """Set the given fields. Raises Invalid, Conflict, ChangedMeanwhile.

    A chain is judged as it stands at one version of all chains of the company, and written
    only if no chain has changed since.
    """
    for _ in range(_TRIES):
        version = campaigns.chain_version(company_id)
        was = campaigns.get(company_id, campaign_id)
        campaign = changed(was, changes, checks=checks, new_id=new_id)
        if campaign.is_over:
            raise CampaignIsOver(campaign.status)
        if "steps" in changes and campaign.status is not CollectionStatus.DRAFT:
            check_templates(campaign, templates=templates)
        at = now()
        to_be = replace(campaign, updated_at=at).scheduled_after(was, at=at)
        try:
            if _SUCCESSOR not in changes or changes[_SUCCESSOR] == was.next_campaign_id:
                return campaigns.move(to_be)
            to_be = replace(to_be, next_campaign_id=changes[_SUCCESSOR])
            check_successor(to_be, campaigns=campaigns)
            return campaigns.rechain(to_be, version)
        except ChangedMeanwhile:
            continue
    raise ChangedMeanwhile(f"campaign {campaign_id}")
