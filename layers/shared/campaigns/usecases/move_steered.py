from campaigns.domain.agency_campaign import AgencyCampaign, AgencyCannotMove, AgencyStatus
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionStatus
from campaigns.ports import (
    Access,
    AgencyCampaignStore,
    Clock,
    CollectionCampaignStore,
    NewId,
    RunEngine,
    RunStore,
    Schedules,
    TemplateStore,
)
from campaigns.usecases.find_by_any_id import find_steered
from campaigns.usecases.move_agency_campaign import move_agency_campaign
from campaigns.usecases.move_collection import move_collection


def move_steered(
    company_id: str,
    text: str,
    status: CollectionStatus,
    *,
    access: Access,
    collections: CollectionCampaignStore,
    agency: AgencyCampaignStore,
    templates: TemplateStore,
    runs: RunStore,
    engine: RunEngine,
    schedules: Schedules,
    new_id: NewId,
    now: Clock,
) -> CollectionCampaign | AgencyCampaign:
    """Raises NoSuchObject, and what its kind of campaign raises."""
    found = find_steered(company_id, text, collections=collections, agency=agency)
    if isinstance(found, CollectionCampaign):
        return move_collection(
            company_id,
            found.id,
            status,
            access=access,
            campaigns=collections,
            templates=templates,
            runs=runs,
            engine=engine,
            schedules=schedules,
            new_id=new_id,
            now=now,
        )
    if status.value not in {one.value for one in AgencyStatus}:
        raise AgencyCannotMove(found.status, status)
    return move_agency_campaign(
        company_id,
        found.id,
        AgencyStatus(status.value),
        access=access,
        campaigns=agency,
        schedules=schedules,
        now=now,
    )
