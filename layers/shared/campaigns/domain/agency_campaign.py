"""The campaign of an agency: one approved template, sent to a group, once or week by week.

    SCHEDULED ──▶ ACTIVE ──▶ COMPLETED      (what comes once, when its run is over)
        │  ▲         │  ▲
        ▼  │         ▼  │
        PAUSED ◀────────┘   any of the three ──▶ CANCELLED

It is active from its first run on. Its name is its agency's only one, however it is capitalised.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Self

from campaigns.domain.agency_schedule import AgencySchedule, ScheduleRefused
from campaigns.domain.campaign import Campaign, CampaignKind, CampaignNotFound
from campaigns.domain.collection_campaign import CampaignStopped
from campaigns.domain.company import Company
from campaigns.domain.errors import Conflict, NotFound
from campaigns.domain.placeholder import as_source
from campaigns.domain.schedule import ClockName, ScheduleEntry
from campaigns.domain.sending import ChosenTemplate, Parameters, Sending


class AgencyStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


_S = AgencyStatus
_MOVES: Final[dict[AgencyStatus, frozenset[AgencyStatus]]] = {
    _S.SCHEDULED: frozenset({_S.ACTIVE, _S.PAUSED, _S.CANCELLED}),
    _S.ACTIVE: frozenset({_S.PAUSED, _S.COMPLETED, _S.CANCELLED}),
    _S.PAUSED: frozenset({_S.SCHEDULED, _S.ACTIVE, _S.CANCELLED}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED: frozenset(),
}
ONCE: Final = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyCampaign:
    id: str
    company_id: str
    name: str
    status: AgencyStatus = AgencyStatus.SCHEDULED
    timing: AgencySchedule
    template_name: str
    template_id: str
    group_name: str
    group_id: str
    parameters: Parameters
    created_at: datetime
    updated_at: datetime
    scheduled_since: datetime | None = None
    """Since when its alarm clocks count; None while it has none."""
    started_at: datetime | None = None
    """When its first run was begun."""
    ended_at: datetime | None = None
    version: int = 0

    @property
    def external_id(self) -> str:
        """What no two campaigns of an agency have in common."""
        return name_key(self.name)

    @property
    def schedule(self) -> str:
        return self.timing.text

    @property
    def deleted_at(self) -> None:
        """It is cancelled, never deleted."""
        return

    @property
    def is_over(self) -> bool:
        return not _MOVES[self.status]

    @property
    def runs_by_schedule(self) -> bool:
        """Whether something is still to come of its schedule."""
        if self.timing.is_once:
            return self.status is AgencyStatus.SCHEDULED
        return self.status in (AgencyStatus.SCHEDULED, AgencyStatus.ACTIVE)

    def sending(self, template: ChosenTemplate) -> Sending:
        """What a run of it sends, its placeholders in the language of templates."""
        given = self.parameters
        sources = Parameters(
            image_url=given.image_url,
            header=tuple(map(as_source, given.header)),
            body=tuple(map(as_source, given.body)),
            cards=tuple(replace(one, body=tuple(map(as_source, one.body))) for one in given.cards),
        )
        return Sending(templates=(template,), parameters=sources)

    def next_run_at(self, zone: str, after: datetime) -> datetime | None:
        return self.timing.next_after(zone, after) if self.runs_by_schedule else None

    def clocks(self, company: Company) -> tuple[ScheduleEntry, ...]:
        """One alarm clock for each time of day, or the one that rings once.

        What came once and would have been before its agency moved to another zone has none: the
        sweep begins it.
        """
        if not self.runs_by_schedule:
            return ()
        if self.timing.is_once:
            begin = self.timing.begin(company.zone)
            if company.times_changed_at is not None and begin <= company.times_changed_at:
                return ()
            return (self._clock(ONCE, at=begin.time(), on=begin.date(), zone="UTC"),)
        days: dict[time, set[int]] = {}
        for weekday, at in self.timing.slots:
            days.setdefault(at, set()).add(weekday)
        return tuple(
            self._clock(slot_at(at), at=at, weekdays=frozenset(weekdays), zone=company.zone)
            for at, weekdays in days.items()
        )

    def _clock(self, slot: str, **when: Any) -> ScheduleEntry:
        return ScheduleEntry(company_id=self.company_id, campaign_id=self.id, slot=slot, **when)

    @property
    def clock_names(self) -> tuple[ClockName, ...]:
        """Of all the clocks that it ever had."""
        slots = {slot_at(slot.at) for slot in self.timing.slots} or {ONCE}
        return tuple(ClockName(self.company_id, self.id, slot=slot) for slot in sorted(slots))

    def in_role(self) -> Campaign:
        """As the stages of a run know campaigns. Raises CampaignStopped."""
        self.check_runnable()
        return Campaign(
            id=self.id,
            company_id=self.company_id,
            kind=CampaignKind.AGENCY,
            name=self.name,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )

    def completed(self, at: datetime) -> Self:
        """Its only run is over, whether or not anybody has marked that it had begun."""
        return self.begun(at)._moved(AgencyStatus.COMPLETED, at)

    def begun(self, at: datetime) -> Self:
        """Its first run is begun; more of them change nothing."""
        if self.status is not AgencyStatus.SCHEDULED:
            return self
        moved = self._moved(AgencyStatus.ACTIVE, at)
        return replace(moved, started_at=self.started_at or at)

    def moved(self, status: AgencyStatus, *, at: datetime, zone: str) -> Self:
        """Moving to where it stands is no move. Raises AgencyCannotMove, ScheduleRefused.

        What is activated is scheduled again until its first run.
        """
        if status is AgencyStatus.ACTIVE and self.started_at is None:
            status = AgencyStatus.SCHEDULED
        if status is self.status:
            return self
        if status not in _MOVES[self.status]:
            raise AgencyCannotMove(self.status, status)
        if status is AgencyStatus.SCHEDULED and self.timing.is_once:
            check_coming(self.timing, zone, at)
        return self._moved(status, at)

    def _moved(self, status: AgencyStatus, at: datetime) -> Self:
        moved = replace(self, status=status, updated_at=at)
        return replace(
            moved,
            scheduled_since=(self.scheduled_since or at) if moved.runs_by_schedule else None,
            ended_at=at if moved.is_over else None,
        )

    def check_runnable(self) -> None:
        """Raises CampaignStopped."""
        if self.status not in (AgencyStatus.SCHEDULED, AgencyStatus.ACTIVE):
            raise CampaignStopped(self.status)


def slot_at(at: time) -> str:
    """The name of the alarm clock of a time of day."""
    return f"{at:%H%M}"


def name_key(name: str) -> str:
    """As a key of the table may not be as long as a name can get, its digest."""
    return sha256(name.strip().casefold().encode()).hexdigest()


def check_coming(timing: AgencySchedule, zone: str, now: datetime) -> None:
    """What comes once has to come. Raises ScheduleRefused."""
    if timing.is_once and timing.begin(zone) <= now:
        raise ScheduleRefused("schedule must be in the future.")


class AgencyCampaignNotFound(CampaignNotFound):
    code = "agency_campaign_not_found"


class NoCampaigns(NotFound):
    code = "no_campaigns"

    def __init__(self) -> None:
        super().__init__("No campaigns found for the given UUID.")


class NameTaken(Conflict):
    code = "name_taken"

    def __init__(self) -> None:
        super().__init__("Name already exists")


class AgencyCannotMove(Conflict):
    code = "agency_cannot_move"

    def __init__(self, was: AgencyStatus, to: str) -> None:
        allowed = ", ".join(sorted(_MOVES[was])) or "nothing else"
        super().__init__(f"a campaign that is {was} cannot become {to}, only {allowed}")
