from datetime import datetime

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.errors import NotFound
from campaigns.domain.identity import moment, of_scheduled_run
from campaigns.domain.run import Run, RunInProgress, TriggeredBy
from campaigns.domain.schedule import PeachyCrontab, local_date_of
from campaigns.ports import Access, CampaignStore, Clock, RunEngine, RunStore
from campaigns.usecases.start_run import begin


def start_scheduled_run(
    company_id: str,
    campaign_id: str,
    scheduled_for: datetime,
    *,
    access: Access,
    campaigns: CampaignStore,
    runs: RunStore,
    engine: RunEngine,
    now: Clock,
    note: str | None = None,
) -> Run | None:
    """Run the campaign if its schedule means the local date of `scheduled_for`.

    The trigger comes daily and perhaps more than once: a run's id follows from campaign and
    local date, so the same day finds the same run. None when there is nothing to run. A `note`
    becomes the first line of the log of a run that this opens.
    """
    try:
        company = access.company(company_id)
        campaign = campaigns.get(company_id, campaign_id)
    except NotFound:
        return None
    if campaign.schedule is None or not campaign.runs_by_schedule:
        return None
    day = local_date_of(scheduled_for, company.zone)
    if not PeachyCrontab.parse(campaign.schedule).matches(day):
        return None
    at = now()
    run = Run(
        id=of_scheduled_run(campaign.id, day.isoformat()),
        company_id=company_id,
        campaign_id=campaign_id,
        triggered_by=TriggeredBy.SCHEDULE,
        scheduled_for=scheduled_for,
        created_at=at,
        updated_at=at,
    )
    if note is not None:
        run = run.noted(note, at=at)
    try:
        return begin(run, repeats=True, runs=runs, engine=engine, now=now)
    except RunInProgress as busy:
        record_skip(run, busy.run_id, runs, now)
        return None


def skip_note(due: datetime) -> str:
    """What the log of a run says of another that was due while it was in progress."""
    return f"schedule: the run due at {moment(due)} was skipped, because this one was in progress"


def record_skip(run: Run, busy_id: str, runs: RunStore, now: Clock) -> None:
    """Say so in the log of the run that was in the way."""
    note = skip_note(run.scheduled_for or run.created_at)
    for _ in range(5):
        busy = runs.get(run.company_id, run.campaign_id, busy_id)
        if any(line.text == note for line in busy.log):
            return
        try:
            runs.move(busy.noted(note, at=now()))
            return
        except ChangedMeanwhile:
            continue
