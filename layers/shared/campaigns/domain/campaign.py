"""A borrower campaign: whom to ask for, when, what file to make of them, and where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.company import Company
from campaigns.domain.errors import Conflict, Invalid, NotFound
from campaigns.domain.identity import of_scheduled_run
from campaigns.domain.safety import Safety
from campaigns.domain.schedule import PeachyCrontab, Purpose, due_between, local_date_of
from campaigns.domain.secret import Sealed


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class CampaignKind(StrEnum):
    BORROWER = "borrower"
    COLLECTION = "collection"
    AGENCY = "agency"


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpSettings:
    """Where files go, as it is kept: secrets sealed. `learned_host_key` is the key that the
    first successful delivery or connection test saw when nobody had pinned one."""

    host: str
    username: str
    cd_dir: str = ""
    password: Sealed | None = None
    private_key: Sealed | None = None
    passphrase: Sealed | None = None
    host_key: str | None = None
    learned_host_key: str | None = None
    publish: str = "rename"
    trigger: str = "none"
    name_template: str | None = None
    create_dirs: bool = False
    overwrite: str = "replace"
    recall: bool = True
    """Whether whoever must not be contacted any more is taken off a list that has left."""
    split: str | None = None
    """TIME_ZONE: a contact file for each window of hours, which leaves when its window opens."""

    @property
    def expected_host_key(self) -> str | None:
        """What somebody pinned counts, else what was learned."""
        return self.host_key or self.learned_host_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    id: str
    company_id: str
    kind: CampaignKind = CampaignKind.BORROWER
    name: str
    status: CampaignStatus = CampaignStatus.ACTIVE
    external_id: str | None = None
    query_url: str | None = None
    query_parameters: Mapping[str, Any] = field(default_factory=dict)
    query_key: Sealed | None = None
    schedule: str | None = None
    exporter_id: str | None = None
    sender_id: str | None = None
    sftp: SftpSettings | None = None
    safety: Safety = field(default_factory=Safety)
    approved_query_sha256: str | None = None
    """Of the text of its query that somebody let pass, by releasing a run that had it."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    scheduled_since: datetime | None = None
    """Since when it runs by the schedule that it has now; None while it does not."""
    version: int = 0

    @property
    def runs_by_schedule(self) -> bool:
        return (
            self.schedule is not None
            and self.status is CampaignStatus.ACTIVE
            and self.deleted_at is None
        )

    @property
    def rings_for(self) -> frozenset[Purpose]:
        """What its alarm clocks are for: its runs, and a look at where their files go."""
        if not self.runs_by_schedule:
            return frozenset()
        return frozenset({Purpose.RUN} if self.sftp is None else Purpose)

    def check_runnable(self) -> None:
        """Only an active campaign runs, whoever asks. Raises CampaignNotActive."""
        if self.status is not CampaignStatus.ACTIVE:
            raise CampaignNotActive(self)

    def learning(self, host_key: str) -> Self:
        """Expecting the key that its server showed, unless it expects one already."""
        if self.sftp is None or self.sftp.expected_host_key is not None:
            return self
        return replace(self, sftp=replace(self.sftp, learned_host_key=host_key))

    def scheduled_after(self, was: Self | None, *, at: datetime) -> Self:
        """Told since when its schedule counts; `was` is what it was before, None if it was not."""
        return replace(self, scheduled_since=since_when(self, was, at))

    def deleted(self, at: datetime) -> Self:
        return replace(self, deleted_at=at, updated_at=at, scheduled_since=None)


class Scheduled(Protocol):
    """A campaign of any kind, as far as its schedule goes."""

    @property
    def id(self) -> str: ...
    @property
    def company_id(self) -> str: ...
    @property
    def schedule(self) -> str | None: ...
    @property
    def runs_by_schedule(self) -> bool: ...
    @property
    def scheduled_since(self) -> datetime | None: ...
    @property
    def updated_at(self) -> datetime: ...


def since_when(now: Scheduled, was: Scheduled | None, at: datetime) -> datetime | None:
    """Since when a campaign runs by the schedule it has now, having been `was` until `at`."""
    if not now.runs_by_schedule:
        return None
    if was is not None and was.runs_by_schedule and was.schedule == now.schedule:
        return now.scheduled_since
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledCampaign:
    """A campaign that runs by schedule, as far as one has to know to tell when."""

    company_id: str
    campaign_id: str
    kind: CampaignKind = CampaignKind.BORROWER
    schedule: str
    since: datetime

    @property
    def timing(self) -> AgencySchedule | None:
        """Of the campaign of an agency."""
        return AgencySchedule.parse(self.schedule) if self.kind is CampaignKind.AGENCY else None

    def due(self, company: Company, after: datetime, until: datetime) -> list[datetime]:
        """Its runs later than `after` and not later than `until`.

        What was due before it had this schedule, or its company these times, is not missed. What
        comes once is never lost with the times of before: it comes when they change.
        """
        changed_at = company.times_changed_at
        timing = self.timing
        if timing is not None and timing.is_once:
            begin = timing.begin(company.zone)
            due = begin if changed_at is None else max(begin, changed_at)
            return [due] if max(after, self.since) < due <= until else []
        since = max(after, self.since, changed_at or self.since)
        if since >= until:
            return []
        if timing is not None:
            return timing.due_between(company.zone, since, until)
        crontab = PeachyCrontab.parse(self.schedule)
        return due_between(
            crontab, self.campaign_id, company.run_window, company.zone, since, until
        )

    def run_id(self, due: datetime, zone: str) -> str:
        """Of the run that is due then: the same however often it is asked for."""
        if self.timing is not None:
            return self.timing.run_id(self.campaign_id, due)
        return of_scheduled_run(self.campaign_id, local_date_of(due, zone).isoformat())


class CampaignNotFound(NotFound):
    code = "campaign_not_found"

    def __init__(self, campaign_id: str) -> None:
        super().__init__(f"campaign {campaign_id} does not exist")


class CampaignNotActive(Conflict):
    code = "campaign_not_active"

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(f"the campaign is {campaign.status}; only an active campaign runs")


class ExternalIdTaken(Conflict):
    code = "external_id_taken"

    def __init__(self, external_id: str) -> None:
        super().__init__(f"externalId {external_id!r} is already in use")


class ChangedMeanwhile(Conflict):
    """Somebody else changed it between our reading and our writing."""

    code = "changed_meanwhile"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed by another request at the same moment; try again")


class UnknownCursor(Invalid):
    code = "unknown_cursor"

    def __init__(self, field_name: str) -> None:
        super().__init__("names no object of this list", field=field_name)
