from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionStatus
from campaigns.domain.run import Run, RunInProgress, TriggeredBy
from campaigns.domain.schedule import local_date_of
from campaigns.ports import (
    Access,
    Clock,
    CollectionCampaignStore,
    NewId,
    RunEngine,
    RunStore,
    Schedules,
    TemplateStore,
)
from campaigns.usecases.collection_changes import check_templates
from campaigns.usecases.keep_schedule import wind_up
from campaigns.usecases.start_run import begin

_TRIES = 5


def move_collection(
    company_id: str,
    campaign_id: str,
    status: CollectionStatus,
    *,
    access: Access,
    campaigns: CollectionCampaignStore,
    templates: TemplateStore,
    runs: RunStore,
    engine: RunEngine,
    schedules: Schedules,
    new_id: NewId,
    now: Clock,
) -> CollectionCampaign:
    """Activate, pause, complete, cancel or archive.

    Raises CampaignCannotMove, NotReady, FieldRefused where a step has nothing to send.

    Its alarm clock is wound up before it is active: whoever answers it asks the campaign first.
    A run under way looks at the campaign before each delivery, so a pause stops it there. What a
    campaign that is over leaves behind is ended by a run of its own, and again whenever the clock
    rings, which is taken away when it rings and nothing is left.
    """
    for _ in range(_TRIES):
        was = campaigns.get(company_id, campaign_id)
        at = now()
        today = local_date_of(at, access.company(company_id).zone)
        to_be = was.moved(status, at=at, today=today)
        if to_be is was:
            return was
        if to_be.runs_by_schedule:
            check_templates(to_be, templates=templates)
        wind_up(to_be, access=access, schedules=schedules)
        try:
            kept = campaigns.move(to_be)
        except ChangedMeanwhile:
            continue
        if kept.is_over and was.accepts_enrollments:
            close_collection(kept, runs=runs, engine=engine, new_id=new_id, now=now)
        return kept
    raise ChangedMeanwhile(f"campaign {campaign_id}")


def close_collection(
    campaign: CollectionCampaign,
    *,
    runs: RunStore,
    engine: RunEngine,
    new_id: NewId,
    now: Clock,
) -> Run | None:
    """Begin the run that ends the executions of a campaign that is over; None if one is at it."""
    at = now()
    run = Run(
        id=new_id(),
        company_id=campaign.company_id,
        campaign_id=campaign.id,
        triggered_by=TriggeredBy.MANUAL,
        closing=True,
        created_at=at,
        updated_at=at,
    )
    try:
        return begin(run, repeats=False, runs=runs, engine=engine, now=now)
    except RunInProgress:
        return None
