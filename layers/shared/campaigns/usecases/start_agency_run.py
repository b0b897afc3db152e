from datetime import datetime

from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.collection_campaign import CampaignStopped
from campaigns.domain.errors import NotFound
from campaigns.domain.run import Run, RunInProgress, TriggeredBy
from campaigns.ports import Access, AgencyCampaignStore, Clock, RunEngine, RunStore
from campaigns.usecases.start_run import begin
from campaigns.usecases.start_scheduled_run import record_skip

_TRIES = 5


def start_agency_run(
    company_id: str,
    campaign_id: str,
    rang: datetime,
    *,
    access: Access,
    campaigns: AgencyCampaignStore,
    runs: RunStore,
    engine: RunEngine,
    now: Clock,
    note: str | None = None,
) -> Run | None:
    """Run an agency's campaign if anything is due when its alarm rings.

    An alarm may ring more than once, also for a campaign that has begun meanwhile: a run's id
    follows from campaign and moment, so the same moment finds the same run. None when there is
    nothing to run. A `note` becomes the first line of the log of a run that this opens.
    """
    try:
        company = access.company(company_id)
        campaign = campaigns.get(company_id, campaign_id)
        campaign.check_runnable()
    except (NotFound, CampaignStopped):
        return None
    due = campaign.timing.meant_by(rang, company.zone)
    if due is None:
        return None
    at = now()
    run = Run(
        id=campaign.timing.run_id(campaign.id, due),
        company_id=company_id,
        campaign_id=campaign_id,
        triggered_by=TriggeredBy.SCHEDULE,
        scheduled_for=due,
        to_group=True,
        created_at=at,
        updated_at=at,
    )
    if note is not None:
        run = run.noted(note, at=at)
    try:
        begun = begin(run, repeats=True, runs=runs, engine=engine, now=now)
    except RunInProgress as busy:
        record_skip(run, busy.run_id, runs, now)
        return None
    _mark_begun(campaign, campaigns, now)
    return begun


def _mark_begun(campaign: AgencyCampaign, campaigns: AgencyCampaignStore, now: Clock) -> None:
    """After its run: one that is active without having begun would be asked for by nobody."""
    for _ in range(_TRIES):
        begun = campaign.begun(now())
        if begun is campaign:
            return
        try:
            campaigns.move(begun)
            return
        except ChangedMeanwhile:
            campaign = campaigns.get(campaign.company_id, campaign.id)
    raise ChangedMeanwhile(f"campaign {campaign.id}")
