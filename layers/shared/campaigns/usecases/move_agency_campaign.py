from campaigns.domain.agency_campaign import AgencyCampaign, AgencyStatus
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.ports import Access, AgencyCampaignStore, Clock, Schedules
from campaigns.usecases.keep_schedule import stop, wind_up

_TRIES = 5


def move_agency_campaign(
    company_id: str,
    campaign_id: str,
    status: AgencyStatus,
    *,
    access: Access,
    campaigns: AgencyCampaignStore,
    schedules: Schedules,
    now: Clock,
) -> AgencyCampaign:
    """Pause it, let it go on, or cancel it. Raises AgencyCannotMove, ScheduleRefused.

    Its clocks are wound up before it is written and stopped after, so there is at most one too
    many, which rings for nothing.
    """
    zone = access.company(company_id).zone
    for _ in range(_TRIES):
        was = campaigns.get(company_id, campaign_id)
        to_be = was.moved(status, at=now(), zone=zone)
        if to_be is was:
            return was
        wind_up(to_be, access=access, schedules=schedules)
        try:
            kept = campaigns.move(to_be)
        except ChangedMeanwhile:
            continue
        stop(kept, schedules=schedules)
        return kept
    raise ChangedMeanwhile(f"campaign {campaign_id}")
