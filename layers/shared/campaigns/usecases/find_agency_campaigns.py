from collections.abc import Sequence
from itertools import islice

from campaigns.domain.agency_campaign import AgencyCampaign, AgencyCampaignNotFound, NoCampaigns
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.page import Slice
from campaigns.ports import AgencyCampaignStore


def find_agency_campaigns(
    company_id: str, start: int, limit: int, *, campaigns: AgencyCampaignStore
) -> tuple[Sequence[AgencyCampaign], int]:
    """So many of them from one on, newest first, and how many there are. Raises NoCampaigns."""
    total = campaigns.list(company_id, Slice(limit=1)).total
    if total == 0:
        raise NoCampaigns
    found = islice(campaigns.every(company_id), start, start + limit) if start < total else ()
    return list(found), total


def find_agency_campaign(
    company_id: str, text: str, *, campaigns: AgencyCampaignStore
) -> AgencyCampaign:
    """Raises AgencyCampaignNotFound."""
    try:
        return campaigns.get(company_id, as_uuid(text))
    except NotAUuid:
        raise AgencyCampaignNotFound(text) from None
