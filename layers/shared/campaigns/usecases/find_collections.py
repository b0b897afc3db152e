from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.domain.collection_campaign import (
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
)
from campaigns.domain.enrollment import EnrollmentCounts
from campaigns.ports import CollectionCampaignStore, EnrollmentStore


@dataclass(frozen=True, slots=True)
class Counted:
    campaign: CollectionCampaign
    counts: EnrollmentCounts


def find_collections(
    company_id: str,
    *,
    search: str | None = None,
    status: CollectionStatus | None = None,
    type: CollectionType | None = None,
    campaigns: CollectionCampaignStore,
) -> list[CollectionCampaign]:
    """Those that fit, newest first. A company has few campaigns: all of them are looked at."""
    wanted = (search or "").casefold()
    return [
        one
        for one in campaigns.every(company_id)
        if wanted in one.name.casefold()
        and status in (None, one.status)
        and type in (None, one.type)
    ]


def counted(
    company_id: str, campaigns: Sequence[CollectionCampaign], *, enrollments: EnrollmentStore
) -> list[Counted]:
    """Each with its counters, which are read together."""
    counts = enrollments.counts(company_id, [one.id for one in campaigns])
    return [Counted(one, counts[one.id]) for one in campaigns]


def in_order(
    campaigns: Sequence[CollectionCampaign], by: str, *, descending: bool
) -> list[CollectionCampaign]:
    """`by` is createdAt, updatedAt, name or status; two that are equal keep their order."""
    keys: dict[str, Callable[[CollectionCampaign], Any]] = {
        "createdAt": lambda one: one.created_at,
        "updatedAt": lambda one: one.updated_at,
        "name": lambda one: one.name.casefold(),
        "status": lambda one: one.status,
    }
    return sorted(campaigns, key=keys[by], reverse=descending)
