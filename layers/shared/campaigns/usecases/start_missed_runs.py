"""What the alarm clocks of campaigns should have started and did not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from campaigns.domain.campaign import CampaignKind, ScheduledCampaign
from campaigns.domain.company import Company, CompanyNotFound
from campaigns.domain.identity import moment
from campaigns.domain.page import Slice
from campaigns.domain.run import Run, RunNotFound, TriggeredBy
from campaigns.domain.schedule import (
    local_date_of,
    may_start_late,
)
from campaigns.ports import (
    Access,
    Clock,
    EnrollmentStore,
    Events,
    RunEngine,
    RunFiles,
    RunStore,
    ScheduledCampaigns,
    ScheduleMover,
)
from campaigns.usecases.conclude_run import conclude_run
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.start_agency_run import start_agency_run
from campaigns.usecases.start_due_steps import due_runs, start_steps
from campaigns.usecases.start_scheduled_run import skip_note, start_scheduled_run

GRACE = timedelta(minutes=10)
"""So late a trigger may come before it counts as missed."""
FURTHEST = timedelta(hours=24)
_AN_INSTANT = timedelta(milliseconds=1)


@dataclass(slots=True)
class MissedRuns:
    """Looks once at every instant at which some run was due, and settles those without one."""

    access: Access
    owners: ClockOwners
    enrollments: EnrollmentStore
    scheduled: ScheduledCampaigns
    runs: RunStore
    files: RunFiles
    events: Events
    engine: RunEngine
    mover: ScheduleMover
    now: Clock
    is_time_up: Callable[[], bool]
    report: Callable[[str], None]
    """Told of every failure, inside its except block."""

    counts: Counter[str] = field(default_factory=Counter)
    given_up: list[Run] = field(default_factory=list)
    """Those for which it was too late, kept as failed runs."""
    _companies: dict[str, Company | None] = field(default_factory=dict)

    def start(self) -> None:
        """Shard by shard, the one that was left longest first; the next sweep does the rest."""
        marks = {shard: self._mark(shard) for shard in range(self.scheduled.shards)}
        for shard in sorted(marks, key=lambda one: marks[one]):
            if not self._settle(shard, marks[shard]):
                return

    def _mark(self, shard: int) -> datetime:
        earliest = self.now() - FURTHEST
        return max(self.scheduled.looked_until(shard) or earliest, earliest)

    def _settle(self, shard: int, after: datetime) -> bool:
        """False when time was up before all of the shard was looked at."""
        until = self.now() - GRACE
        failed = [until]
        for campaign in self.scheduled.in_shard(shard):
            if self.is_time_up():
                self.counts["postponed"] += 1
                return False
            try:
                due = self._due(campaign, after, until)
            except Exception:
                self._failed(f"the schedule of campaign {campaign.campaign_id} cannot be told")
                continue
            for at in due:
                try:
                    self.counts[self._look(campaign, at)] += 1
                except Exception:
                    # The next sweep looks at it again, and at what lies behind it.
                    failed.append(at - _AN_INSTANT)
                    self._failed(f"a run of campaign {campaign.campaign_id} could not be started")
        self.scheduled.look_from(shard, min(failed))
        return True

    def _due(self, campaign: ScheduledCampaign, after: datetime, until: datetime) -> list[datetime]:
        company = self._company(campaign.company_id)
        if company is None:
            return []
        return campaign.due(company, after, until)

    def _company(self, company_id: str) -> Company | None:
        if company_id not in self._companies:
            try:
                self._companies[company_id] = self.access.company(company_id)
            except CompanyNotFound:
                self._companies[company_id] = None
            else:
                self._see_to_schedules(self._companies[company_id])
        return self._companies[company_id]

    def _see_to_schedules(self, company: Company | None) -> None:
        """Move them once more, unless the times of the company were changed just now."""
        if company is None or company.schedules_have_moved or company.times_changed_at is None:
            return
        if self.now() - company.times_changed_at > GRACE:
            try:
                self.mover.start(company)
                self.counts["companies_moved_again"] += 1
            except Exception:
                self._failed(f"the schedules of company {company.id} could not be moved")

    def _look(self, campaign: ScheduledCampaign, due: datetime) -> str:
        company = self._company(campaign.company_id)
        assert company is not None
        if campaign.kind is CampaignKind.COLLECTION:
            return self._look_at_steps(campaign, due, company)
        run_id = campaign.run_id(due, company.zone)
        try:
            self.runs.get(campaign.company_id, campaign.campaign_id, run_id)
        except RunNotFound:
            pass
        else:
            return "on_time"
        in_the_way = self._in_the_way(campaign, due)
        if in_the_way is not None and in_the_way.finished_at is not None:
            return "skipped"
        if in_the_way is None and not may_start_late(due, self.now(), company.zone):
            if not self._still_runs(campaign):
                return "skipped"
            at = self.now()
            run = Run(
                id=run_id,
                company_id=campaign.company_id,
                campaign_id=campaign.campaign_id,
                triggered_by=TriggeredBy.SCHEDULE,
                scheduled_for=due,
                to_group=campaign.kind is CampaignKind.AGENCY,
                created_at=at,
                updated_at=at,
            )
            return "given_up" if self._give_up(run, due) else "on_time"
        return "skipped" if self._start(campaign, due) is None else "started_late"

    def _still_runs(self, campaign: ScheduledCampaign) -> bool:
        named = (campaign.company_id, campaign.campaign_id)
        kept = (
            self.owners.agency.find(*named)
            if campaign.kind is CampaignKind.AGENCY
            else self.owners.campaigns.find(*named)
        )
        return kept is not None and kept.runs_by_schedule

    def _start(self, campaign: ScheduledCampaign, due: datetime) -> Run | None:
        named = (campaign.company_id, campaign.campaign_id, due)
        known: dict[str, Any] = {
            "access": self.access,
            "runs": self.runs,
            "engine": self.engine,
            "now": self.now,
            "note": _late(due),
        }
        if campaign.kind is CampaignKind.AGENCY:
            return start_agency_run(*named, campaigns=self.owners.agency, **known)
        return start_scheduled_run(*named, campaigns=self.owners.campaigns, **known)

    def _in_the_way(self, campaign: ScheduledCampaign, due: datetime) -> Run | None:
        """A run that was in progress when this one was due, or met its trigger later."""
        newest = self.runs.list(campaign.company_id, campaign.campaign_id, Slice(limit=25)).items
        note = skip_note(due)
        for run in newest:
            began_before = run.created_at <= due
            ended_before = run.finished_at is not None and run.finished_at < due
            if began_before and not ended_before:
                return run
            if any(line.text == note for line in run.log):
                return run
        return None

    def _look_at_steps(self, campaign: ScheduledCampaign, due: datetime, company: Company) -> str:
        """Of a collection campaign, which has a run for each step that anybody is due for.

        Whether there should have been any cannot be told later, so the clock's answer is marked.
        """
        named = (campaign.company_id, campaign.campaign_id)
        answered = self.scheduled.answered(*named)
        if answered is not None and answered >= due:
            return "on_time"
        kept = self.owners.collections.find(*named)
        if kept is None or not kept.runs_by_schedule:
            return "skipped"
        if may_start_late(due, self.now(), company.zone):
            started = start_steps(
                kept,
                due,
                zone=company.zone,
                campaigns=self.owners.collections,
                enrollments=self.enrollments,
                scheduled=self.scheduled,
                runs=self.runs,
                engine=self.engine,
                now=self.now,
                note=_late(due),
            )
            return "started_late" if started else "nothing_due"
        day = local_date_of(due, company.zone)
        missed = due_runs(kept, day, due, enrollments=self.enrollments, now=self.now)
        given_up = [self._give_up(run, due) for run in missed]
        self.scheduled.answer(*named, due)
        return "given_up" if any(given_up) else "nothing_due"

    def _give_up(self, run: Run, due: datetime) -> bool:
        """Keep it as a run that failed: it is seen, alarmed, and can be tried again by hand.

        False if its alarm came through at this very moment.
        """
        message = (
            f"the run due at {moment(due)} was not started by its alarm, and when that was"
            " noticed it was too late on its day; retry it to run it all the same"
        )
        failed = run.failed("schedule_missed", message, at=self.now())
        if self.runs.open(failed) != failed:
            return False
        self.given_up.append(
            conclude_run(failed, runs=self.runs, files=self.files, events=self.events)
        )
        return True

    def _failed(self, what: str) -> None:
        self.counts["failed"] += 1
        self.report(what)


def _late(due: datetime) -> str:
    return (
        f"schedule: due at {moment(due)}, started late by the sweep, because its alarm"
        " had not started it"
    )
