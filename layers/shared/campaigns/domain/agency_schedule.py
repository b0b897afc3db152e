"""When a campaign of an agency runs: once, or every week at times of the agency's choosing.

Times of day are the agency's own. A time that clocks skip comes as much later as they are put
forward, on the same day: 02:30 at 03:30. A time that comes twice counts once, the first time.
"""

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, takewhile
from typing import Any, Final, NamedTuple, Self

from campaigns.domain.errors import Invalid
from campaigns.domain.identity import moment, of_scheduled_run
from campaigns.domain.schedule import zone_of

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_TIMES: Final = 50
"""Different times of day of one campaign: each is a schedule of its own."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", re.ASCII)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_LAST_YEAR = 2199
"""Of the scheduler."""


class Slot(NamedTuple):
    """A time of day on a weekday, Monday being 0."""

    weekday: int
    at: time


@dataclass(frozen=True, slots=True)
class AgencySchedule:
    """Once at `begins`, or at every slot from then on.

    `begins` is a local time like `2026-03-05 10:00`, which follows the agency to another zone,
    or a moment in UTC, which does not.
    """

    begins: str
    slots: tuple[Slot, ...] = ()

    @classmethod
    def once(cls, begins: str) -> Self:
        """Raises ScheduleRefused."""
        return cls(_read_begin(begins))

    @classmethod
    def weekly(cls, begins: str, days: Mapping[str, Sequence[time]]) -> Self:
        """Raises ScheduleRefused."""
        slots = {Slot(WEEKDAYS.index(day), at) for day, times in days.items() for at in times}
        if len({slot.at for slot in slots}) > MOST_TIMES:
            raise ScheduleRefused(f"days must not have more than {MOST_TIMES} different times.")
        return cls(_read_begin(begins), tuple(sorted(slots)))

    @property
    def is_once(self) -> bool:
        return not self.slots

    @property
    def days(self) -> dict[str, list[str]]:
        """As the agency gave them."""
        return {
            WEEKDAYS[weekday]: [f"{slot.at:%H:%M}" for slot in slots]
            for weekday, slots in groupby(self.slots, key=lambda slot: slot.weekday)
        }

    def begin(self, zone: str) -> datetime:
        """In UTC, on a full minute: never before what was asked for."""
        if _LOCAL.fullmatch(self.begins):
            local = datetime.fromisoformat(self.begins)
            return _instant(local.date(), local.time(), zone)
        at = datetime.fromisoformat(self.begins)
        whole = at.replace(second=0, microsecond=0)
        return whole if whole == at else whole + _MINUTE

    def occurrences(self, zone: str, after: datetime) -> Iterator[datetime]:
        """Every time it comes due later than `after`, in UTC and in order."""
        begin = self.begin(zone)
        if self.is_once:
            if begin > after:
                yield begin
            return
        last = after
        for at in self._around(zone, max(begin, after)):
            if at >= begin and at > last:
                yield at
                last = at

    def _around(self, zone: str, instant: datetime) -> Iterator[datetime]:
        """From some time before `instant` on, in order; the same moment may come twice."""
        coming: list[datetime] = []
        day = instant.astimezone(zone_of(zone)).date() - 2 * _DAY
        while day.year <= _LAST_YEAR:
            for slot in self.slots:
                if slot.weekday == day.weekday():
                    heapq.heappush(coming, _instant(day, slot.at, zone))
            # No zone is further east than 14 hours: what later dates bring comes behind this.
            settled = datetime.combine(day, time(10), UTC)
            while coming and coming[0] < settled:
                yield heapq.heappop(coming)
            day += _DAY

    def due_between(self, zone: str, after: datetime, until: datetime) -> list[datetime]:
        """Later than `after` and not later than `until`."""
        return list(takewhile(lambda at: at <= until, self.occurrences(zone, after)))

    def next_after(self, zone: str, after: datetime) -> datetime | None:
        return next(self.occurrences(zone, after), None)

    def meant_by(self, rang: datetime, zone: str) -> datetime | None:
        """The occurrence that is due when an alarm rings; None if none is.

        An alarm that was set for another zone may ring late for what comes once.
        """
        begin = self.begin(zone)
        if self.is_once:
            return begin if rang >= begin else None
        rang = rang.astimezone(UTC).replace(second=0, microsecond=0)
        if self.due_between(zone, rang - _MINUTE, rang):
            return rang
        local = rang.astimezone(zone_of(zone))
        if Slot(local.weekday(), local.time()) not in self.slots:
            return None
        first = _instant(local.date(), local.time(), zone)
        return first if first >= begin else None

    def run_id(self, campaign_id: str, due: datetime) -> str:
        """Of the run that is due then; what comes once has but one, whenever that is."""
        return of_scheduled_run(campaign_id, "once" if self.is_once else moment(due))

    @property
    def text(self) -> str:
        if self.is_once:
            return f"once {self.begins}"
        slots = ", ".join(f"{WEEKDAYS[day]} {at:%H:%M}" for day, at in self.slots)
        return f"weekly from {self.begins}: {slots}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of its own `text`."""
        if text.startswith("once "):
            return cls(text.removeprefix("once "))
        begins, _, slots = text.removeprefix("weekly from ").partition(": ")
        named = (one.split(" ") for one in slots.split(", "))
        return cls(
            begins, tuple(Slot(WEEKDAYS.index(day), time.fromisoformat(at)) for day, at in named)
        )


def read_days(given: Any) -> dict[str, list[time]]:
    """Raises DaysRequired unless these are weekdays, each with times like `10:00`."""
    if not isinstance(given, dict) or not given or set(given) - set(WEEKDAYS):
        raise DaysRequired
    return {day: _read_times(times) for day, times in given.items()}


def _read_times(given: Any) -> list[time]:
    if not isinstance(given, list) or not given:
        raise DaysRequired
    found = [_TIME.fullmatch(one) if isinstance(one, str) else None for one in given]
    times = [time(int(one[1]), int(one[2])) for one in found if one is not None]
    if len(times) < len(given):
        raise DaysRequired
    return times


def _read_begin(text: str) -> str:
    text = text.strip()
    try:
        if _LOCAL.fullmatch(text):
            begins = datetime.fromisoformat(text)
        elif _ISO.fullmatch(text):
            begins = datetime.fromisoformat(text.upper()).astimezone(UTC)
            text = moment(begins)
        else:
            raise ScheduleRefused(_MALFORMED)
    except (ValueError, OverflowError):
        raise ScheduleRefused(_MALFORMED) from None
    if not 2000 <= begins.year < _LAST_YEAR:
        raise ScheduleRefused(f"schedule must lie between 2000 and {_LAST_YEAR}.")
    return text


def _instant(day: date, at: time, zone: str) -> datetime:
    """The first time that clocks there show it."""
    return datetime.combine(day, at.replace(fold=0), zone_of(zone)).astimezone(UTC)


_MALFORMED = (
    "schedule must look like 2026-03-05 10:00, in the time zone of the agency, or be ISO 8601"
    " with an offset."
)


class DaysRequired(Invalid):
    code = "days_required"

    def __init__(self) -> None:
        super().__init__("Days and Times are required for a recurring schedule.", field="days")


class ScheduleRefused(Invalid):
    code = "agency_schedule_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="schedule")
