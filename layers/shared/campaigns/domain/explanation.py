"""The question when a schedule comes due, and what answers it."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from campaigns.domain.errors import Invalid
from campaigns.domain.schedule import Explained, PeachyCrontab


class ScheduleNotClear(Invalid):
    code = "schedule_not_clear"


class TimeOf(StrEnum):
    """Where the time of day comes from."""

    CAMPAIGN = "campaign"
    WINDOW = "window"
    ASKED = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleQuestion:
    """A Peachy crontab, with a campaign or without, or weekly days and a time of day."""

    schedule: str | None
    days: str | None
    at: time | None
    campaign: str | None
    after: datetime
    count: int

    def crontab(self) -> PeachyCrontab:
        """Raises ScheduleNotClear, InvalidSchedule, InvalidDays."""
        if self.schedule is not None:
            if self.days is not None or self.at is not None:
                raise ScheduleNotClear("is given, so days and at cannot be", field="schedule")
            return PeachyCrontab.parse(self.schedule)
        if self.days is None:
            missing = "schedule" if self.at is None else "days"
            raise ScheduleNotClear("give either schedule, or days and at", field=missing)
        if self.at is None:
            raise ScheduleNotClear("is required with days", field="at")
        if self.campaign is not None:
            raise ScheduleNotClear("has no say where at gives the time", field="campaignId")
        return PeachyCrontab.weekly(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleExplained:
    zone: str
    schedule: str
    time_of: TimeOf
    coming: tuple[Explained, ...]
