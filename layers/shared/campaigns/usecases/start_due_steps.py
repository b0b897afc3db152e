from datetime import date, datetime

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionStatus, Step
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.errors import NotFound
from campaigns.domain.identity import of_scheduled_run
from campaigns.domain.run import Run, RunInProgress, TriggeredBy
from campaigns.domain.schedule import PeachyCrontab, Purpose, local_date_of
from campaigns.ports import (
    Access,
    Clock,
    CollectionCampaignStore,
    EnrollmentStore,
    NewId,
    RunEngine,
    RunStore,
    ScheduledCampaigns,
    Schedules,
)
from campaigns.usecases.keep_schedule import wind_up
from campaigns.usecases.move_collection import close_collection
from campaigns.usecases.start_run import begin
from campaigns.usecases.start_scheduled_run import record_skip


def start_due_steps(
    company_id: str,
    campaign_id: str,
    scheduled_for: datetime,
    *,
    access: Access,
    campaigns: CollectionCampaignStore,
    enrollments: EnrollmentStore,
    scheduled: ScheduledCampaigns,
    runs: RunStore,
    engine: RunEngine,
    schedules: Schedules,
    new_id: NewId,
    now: Clock,
) -> list[Run]:
    """Run every step of a collection campaign that some execution is due for on that date.

    A run's id follows from campaign, step and local date, so the same day finds the same runs.
    A campaign that is over is closed as long as it has anything left. The clock that rang is put
    to where the company's zone and run window want it now.
    """
    try:
        company = access.company(company_id)
        campaign = campaigns.get(company_id, campaign_id)
    except NotFound:
        return []
    if campaign.is_over:
        return _closed(campaign, enrollments, runs, engine, schedules, new_id, now)
    wind_up(campaign, access=access, schedules=schedules)
    return start_steps(
        campaign,
        scheduled_for,
        zone=company.zone,
        campaigns=campaigns,
        enrollments=enrollments,
        scheduled=scheduled,
        runs=runs,
        engine=engine,
        now=now,
    )


def start_steps(
    campaign: CollectionCampaign,
    scheduled_for: datetime,
    *,
    zone: str,
    campaigns: CollectionCampaignStore,
    enrollments: EnrollmentStore,
    scheduled: ScheduledCampaigns,
    runs: RunStore,
    engine: RunEngine,
    now: Clock,
    note: str | None = None,
) -> list[Run]:
    """Begin the runs of a campaign that is not over; then its clock counts as answered.

    A `note` becomes the first line of the log of each run that this opens.
    """
    day = local_date_of(scheduled_for, zone)
    campaign = _begun(campaign, day, campaigns, now)
    started: list[Run] = []
    for run in due_runs(campaign, day, scheduled_for, enrollments=enrollments, now=now):
        try:
            opened = run if note is None else run.noted(note, at=run.created_at)
            started.append(begin(opened, repeats=True, runs=runs, engine=engine, now=now))
        except RunInProgress as busy:
            record_skip(run, busy.run_id, runs, now)
    scheduled.answer(campaign.company_id, campaign.id, scheduled_for)
    return started


def due_runs(
    campaign: CollectionCampaign,
    day: date,
    scheduled_for: datetime,
    *,
    enrollments: EnrollmentStore,
    now: Clock,
) -> list[Run]:
    """A run for every step that some execution is due for on that date, none of them kept yet."""
    if campaign.status is not CollectionStatus.ACTIVE:
        return []
    if not PeachyCrontab.parse(campaign.schedule).matches(day):
        return []
    counts = enrollments.counts(campaign.company_id, [campaign.id])[campaign.id]
    in_hand = counts.by_status.get(EnrollmentStatus.RUNNING, 0) > 0
    runs: list[Run] = []
    for step in campaign.steps:
        due = enrollments.due(campaign.company_id, campaign.id, step.id, day, at_once=1)
        # What a run that broke off has in hand is looked for by the next run of its step.
        if in_hand or next(due, None) is not None:
            runs.append(_run_of(campaign, step, day, scheduled_for, now()))
    return runs


def _run_of(
    campaign: CollectionCampaign, step: Step, day: date, scheduled_for: datetime, at: datetime
) -> Run:
    return Run(
        id=of_scheduled_run(campaign.id, f"{day.isoformat()}:{step.id}"),
        company_id=campaign.company_id,
        campaign_id=campaign.id,
        triggered_by=TriggeredBy.SCHEDULE,
        scheduled_for=scheduled_for,
        step_id=step.id,
        created_at=at,
        updated_at=at,
    )


def _begun(
    campaign: CollectionCampaign, day: date, campaigns: CollectionCampaignStore, now: Clock
) -> CollectionCampaign:
    """A campaign whose first day has come is active from now on."""
    if campaign.status is not CollectionStatus.SCHEDULED:
        return campaign
    try:
        moved = campaign.moved(CollectionStatus.ACTIVE, at=now(), today=day)
        return campaign if moved is campaign else campaigns.move(moved)
    except ChangedMeanwhile:
        return campaigns.get(campaign.company_id, campaign.id)


def _closed(
    campaign: CollectionCampaign,
    enrollments: EnrollmentStore,
    runs: RunStore,
    engine: RunEngine,
    schedules: Schedules,
    new_id: NewId,
    now: Clock,
) -> list[Run]:
    counts = enrollments.counts(campaign.company_id, [campaign.id])[campaign.id]
    if counts.active <= 0:
        schedules.remove(campaign.company_id, campaign.id, Purpose.RUN)
        return []
    run = close_collection(campaign, runs=runs, engine=engine, new_id=new_id, now=now)
    return [] if run is None else [run]
