"""When a campaign runs: a Peachy crontab names the days, the run window the time of day.

A day is a day in the company's time zone. The minute follows from the campaign
id, so the load spreads over the window and a campaign keeps its minute. Windows
lie within 04:00-23:00, where clocks are not changed (save on Easter Island, at 22:00: the
alarm of a minute that is skipped there does not ring, and the sweep starts the run).

The five-field grammar is evaluated here, and not by a cron library: such
libraries read more than crontab(5) does (`L`, `5/2`, ranges that run backwards,
`1-1` for every day), and a schedule must never mean something else than it says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from itertools import islice, takewhile
from typing import Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from campaigns.domain.errors import Invalid, Unavailable

VALID_FORM: Final = "P P * * 1-5"
LONGEST_TEXT: Final = 200
EARLIEST: Final = time(4)
LATEST: Final = time(23)
FLIGHT_CHECK_MINUTES: Final = 30
LATEST_LATE_START: Final = time(20)
"""Local time after which a run that was missed is not started any more on its date."""
HARDLY_LATE: Final = timedelta(hours=1)

_DAY = timedelta(days=1)
# Ten years show every date on which a zone changes its clocks; the rules repeat after that.
_DATES_LOOKED_AT = range(date(2026, 1, 1).toordinal(), date(2036, 1, 1).toordinal())
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FULL_WEEKDAYS = (
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
)
_DAYS_IN_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ITEM = re.compile(
    r"(?:(?P<star>\*)|(?P<low>[0-9]+|[a-z]{3})(?:-(?P<high>[0-9]+|[a-z]{3}))?)(?:/(?P<step>[0-9]+))?"
)


class InvalidSchedule(Invalid):
    code = "invalid_schedule"

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"{problem}. A valid schedule looks like '{VALID_FORM}': P for minute and hour,"
            " then day of month, month and day of week",
            field="schedule",
        )


class InvalidDays(Invalid):
    code = "invalid_days"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{_short(text)} is no list of weekdays; one looks like mon,wed,fri", field="days"
        )


class InvalidRunWindow(Invalid):
    code = "invalid_run_window"

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}; a run window looks like 06:00-08:00", field="runWindow")


class UnknownTimeZone(Invalid):
    code = "unknown_time_zone"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{_short(name)} is not an IANA time zone such as America/New_York", field="timezone"
        )


class SchedulesUnavailable(Unavailable):
    code = "schedules_unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"the scheduler did not do as asked: {why}")


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the three fields that name days, and what may stand in it."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        return frozenset(value for item in text.split(",") for value in self._item(item))

    def _item(self, item: str) -> range:
        if not item:
            raise InvalidSchedule(f"{self.name} has an empty entry in its list")
        if item in ("P", "p"):
            raise InvalidSchedule(f"{self.name} cannot be P, only minute and hour can")
        found = _ITEM.fullmatch(item.lower())
        if not found:
            raise InvalidSchedule(
                f"{self.name} has {_short(item)}, which is no number, name, range or step;"
                " L, W, #, ?, $, H and R are not supported"
            )
        low, high = self.lowest, self.highest
        if not found["star"]:
            low = self._value(found["low"])
            high = self._value(found["high"]) if found["high"] else low
        if low > high:
            raise InvalidSchedule(f"{self.name} has {self._backwards(item, low, high)}")
        if not found["step"]:
            return range(low, high + 1)
        if not found["star"] and not found["high"]:
            raise InvalidSchedule(
                f"{self.name} has {_short(item)}, a step without a range;"
                f" write {low}-{self.highest}/{found['step'][:6]}"
            )
        step = int(found["step"])
        if step == 0:
            raise InvalidSchedule(f"{self.name} has {_short(item)}, a step of zero")
        return range(low, high + 1, step)

    def _value(self, text: str) -> int:
        if text.isdigit():
            value = int(text)
            if not self.lowest <= value <= self.highest:
                raise InvalidSchedule(
                    f"{self.name} has {_short(text)}, not within {self.lowest}-{self.highest}"
                )
            return value
        if text not in self.names:
            known = f"its names are {', '.join(self.names)}" if self.names else "it has no names"
            raise InvalidSchedule(f"{self.name} has {text!r}; {known}")
        return self.names.index(text) + self.lowest

    def _backwards(self, item: str, low: int, high: int) -> str:
        said = f"the range {_short(item)}, which runs backwards"
        if self.highest == 7 and high == 0:
            return f"{said} (Sunday is 0 there); write {low}-7"
        return said


_DAY_OF_MONTH = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, _MONTHS)
_DAY_OF_WEEK = _Field("day of week", 0, 7, _WEEKDAYS)


@dataclass(frozen=True, slots=True)
class PeachyCrontab:
    """The days on which a campaign runs. Made by `parse`; equal when written alike."""

    text: str
    _days: frozenset[int] = field(repr=False, compare=False)
    _months: frozenset[int] = field(repr=False, compare=False)
    _weekdays: frozenset[int] = field(repr=False, compare=False)
    _either: bool = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidSchedule, which says what is wrong and shows a valid form."""
        if len(text) > LONGEST_TEXT:
            raise InvalidSchedule(f"it is longer than {LONGEST_TEXT} characters")
        if text.strip().startswith("@"):
            raise InvalidSchedule(f"{_short(text.strip())} is a nickname, which is not supported")
        fields = re.split(r"[ \t]+", text.strip(" \t"))
        if len(fields) != 5 or not fields[0]:
            count = len(fields) if fields[0] else 0
            raise InvalidSchedule(f"it has {count} field{'s' * (count != 1)}, not five")
        minute, hour, days, months, weekdays = fields
        for name, value in (("minute", minute), ("hour", hour)):
            if value not in ("P", "p"):
                raise InvalidSchedule(
                    f"{name} is {_short(value)}; it must be P, the service chooses the time"
                )
        crontab = cls(
            text=f"P P {days} {months} {weekdays}",
            _days=_DAY_OF_MONTH.parse(days),
            _months=_MONTH.parse(months),
            _weekdays=frozenset(day % 7 for day in _DAY_OF_WEEK.parse(weekdays)),
            # crontab(5) looks at the first character only: `*/2` counts as a star, `2,*` does not.
            _either=not days.startswith("*") and not weekdays.startswith("*"),
        )
        if not crontab._can_fire():
            raise InvalidSchedule(f"{_short(crontab.text)} never comes round, no such day exists")
        return crontab

    @classmethod
    def weekly(cls, days: str) -> Self:
        """Every week on these days, like `mon,wed`. Raises InvalidDays."""
        names = [name.strip().lower() for name in days.split(",")]
        if not set(names) <= set(_WEEKDAYS):
            raise InvalidDays(days)
        return cls.parse(f"P P * * {','.join(dict.fromkeys(names))}")

    def matches(self, local_date: date) -> bool:
        if local_date.month not in self._months:
            return False
        in_days = local_date.day in self._days
        in_weekdays = local_date.isoweekday() % 7 in self._weekdays
        return in_days or in_weekdays if self._either else in_days and in_weekdays

    def next_dates(self, after: date) -> Iterator[date]:
        """The matching dates later than `after`, in order."""
        day = after
        while day < date.max:
            day += _DAY
            if self.matches(day):
                yield day

    def reason(self, local_date: date) -> str:
        """Why a matching date matches, in words."""
        weekday = local_date.isoweekday() % 7
        facts = []
        if len(self._days) < 31 and local_date.day in self._days:
            facts.append(f"day {local_date.day} of the month")
        if len(self._weekdays) < 7 and weekday in self._weekdays:
            facts.append(f"a {_FULL_WEEKDAYS[weekday]}")
        why = " and ".join(facts) or "every day"
        return why if len(self._months) == 12 else f"{why}, in {local_date:%B}"

    def _can_fire(self) -> bool:
        # Any date that exists falls on each weekday within 400 years, so weekdays never decide.
        return self._either or min(self._days) <= max(_DAYS_IN_LONGEST[m - 1] for m in self._months)


@dataclass(frozen=True, slots=True)
class RunWindow:
    """The local time of day in which scheduled runs start, to the minute; `end` is outside it."""

    start: time = time(6)
    end: time = time(8)

    def __post_init__(self) -> None:
        for edge in (self.start, self.end):
            if edge.tzinfo is not None or edge.second or edge.microsecond:
                raise InvalidRunWindow(f"{edge.isoformat()} is not a local time in whole minutes")
        if self.start >= self.end:
            raise InvalidRunWindow(f"it ends at {self.end:%H:%M}, not after {self.start:%H:%M}")
        if self.start < EARLIEST or self.end > LATEST:
            raise InvalidRunWindow(
                f"{self.start:%H:%M}-{self.end:%H:%M} is not within {EARLIEST:%H:%M}-{LATEST:%H:%M}"
            )


class Purpose(StrEnum):
    """What a campaign is rung for."""

    RUN = "run"
    FLIGHT_CHECK = "flight_check"
    """To see, before the run, whether its files could be delivered."""


class ClockName(NamedTuple):
    """What an alarm clock is known by; `slot` tells those of one campaign and purpose apart."""

    company_id: str
    campaign_id: str
    purpose: Purpose = Purpose.RUN
    slot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry:
    """What the scheduler keeps for one alarm clock: ask at this local time."""

    company_id: str
    campaign_id: str
    purpose: Purpose = Purpose.RUN
    slot: str = ""
    at: time
    zone: str
    weekdays: frozenset[int] = frozenset()
    """Only on these, Monday being 0; on every day if there are none."""
    on: date | None = None
    """Only on this date, and then never again."""

    @property
    def name(self) -> ClockName:
        return ClockName(self.company_id, self.campaign_id, self.purpose, self.slot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One coming run, and why it falls where it does."""

    local_date: date
    local_time: time
    at: datetime
    reason: str


def zone_of(name: str) -> ZoneInfo:
    """Raises UnknownTimeZone."""
    # These are files of the time zone database, but no zones that EventBridge would know.
    if name.startswith(("posix/", "right/")) or name in ("localtime", "posixrules", "Factory"):
        raise UnknownTimeZone(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UnknownTimeZone(name) from None


def minute_of(campaign_id: str, window: RunWindow) -> time:
    """The campaign's own minute in the window: always the same, evenly spread over campaigns."""
    first = window.start.hour * 60 + window.start.minute
    minutes = window.end.hour * 60 + window.end.minute - first
    digest = sha256(campaign_id.encode()).digest()
    hour, minute = divmod(first + int.from_bytes(digest[:8]) % minutes, 60)
    return time(hour, minute)


@cache
def flight_check_minute(run_at: time, zone: str) -> time:
    """When to check before a run at `run_at`: half an hour earlier, on the same local date.

    Where clocks are put forward at just that time, a scheduler would leave the check out on that
    date, so such a zone is checked the hour before, all year round. A run is at 04:00 at the
    earliest, so there is always time enough on its date.
    """
    minutes = run_at.hour * 60 + run_at.minute - FLIGHT_CHECK_MINUTES
    while not _exists_on_every_date(check := time(*divmod(minutes, 60)), zone):
        minutes -= 60
    return check


def _exists_on_every_date(at: time, zone: str) -> bool:
    local_zone = zone_of(zone)
    if at >= EARLIEST:
        return True
    for ordinal in _DATES_LOOKED_AT:
        local = datetime.combine(date.fromordinal(ordinal), at, local_zone)
        if local.astimezone(UTC).astimezone(local_zone).time() != at:
            return False
    return True


def instant_on(local_date: date, campaign_id: str, window: RunWindow, zone: str) -> datetime:
    """When the campaign would run on that local date, in UTC.

    Should clocks skip its minute, it runs as much later, on the same date.
    """
    local = datetime.combine(local_date, minute_of(campaign_id, window), zone_of(zone))
    return local.astimezone(UTC)


def local_date_of(instant: datetime, zone: str) -> date:
    """The company's date at `instant`: what a scheduled run is known by."""
    return instant.astimezone(zone_of(zone)).date()


def next_run_at(
    crontab: PeachyCrontab, campaign_id: str, window: RunWindow, zone: str, after: datetime
) -> datetime | None:
    """The first run strictly later than `after`, in UTC; None beyond the calendar's end."""
    return next(_instants_at(crontab, minute_of(campaign_id, window), zone, after), None)


def explain(
    crontab: PeachyCrontab, intended: time, zone: str, after: datetime, count: int = 10
) -> list[Explained]:
    """The next `count` runs at a time of day; a reason also tells what clocks do to it."""
    explained: list[Explained] = []
    before = after.astimezone(zone_of(zone)).utcoffset()
    for at in islice(_instants_at(crontab, intended, zone, after), count):
        local = at.astimezone(zone_of(zone))
        reason = crontab.reason(local.date())
        if local.utcoffset() != before:
            reason += f"; clocks changed, local time is now UTC{local.isoformat()[-6:]}"
        if local.time() != intended:
            reason += f"; {intended:%H:%M} does not exist on this date"
        elif local.replace(fold=1).utcoffset() != local.utcoffset():
            reason += f"; {intended:%H:%M} comes twice on this date, the first counts"
        before = local.utcoffset()
        explained.append(
            Explained(local_date=local.date(), local_time=local.time(), at=at, reason=reason)
        )
    return explained


def due_between(
    crontab: PeachyCrontab,
    campaign_id: str,
    window: RunWindow,
    zone: str,
    after: datetime,
    until: datetime,
) -> list[datetime]:
    """Every run that is due later than `after` and not later than `until`, in UTC."""
    coming = _instants_at(crontab, minute_of(campaign_id, window), zone, after)
    return list(takewhile(lambda at: at <= until, coming))


def may_start_late(due: datetime, now: datetime, zone: str) -> bool:
    """Whether a run that was missed at `due` is still welcome `now`.

    It belongs to its local date, and not into the evening, unless it is hardly late at all.
    """
    if now - due <= HARDLY_LATE:
        return True
    local_due, local_now = due.astimezone(zone_of(zone)), now.astimezone(zone_of(zone))
    return local_now.date() == local_due.date() and local_now.time() < LATEST_LATE_START


def _instants_at(
    crontab: PeachyCrontab, at_time: time, zone: str, after: datetime
) -> Iterator[datetime]:
    for local_date in crontab.next_dates(local_date_of(after, zone) - _DAY):
        try:
            at = datetime.combine(local_date, at_time, zone_of(zone)).astimezone(UTC)
        except OverflowError:
            return
        if at > after:
            yield at


def _short(text: str) -> str:
    return repr(text if len(text) <= 24 else f"{text[:24]}…")
