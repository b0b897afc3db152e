"""EventBridge Scheduler's clockwork for the embedded stack: fires what the emulator only stores.

It keeps Scheduler's habits: to the minute, in the schedule's own time zone, a local
time that clocks skip is skipped, one that they repeat counts once. An event is handed
to its function as to Lambda's asynchronous invocation: one that fails is tried twice
more, and then it is lost (the schedule's own retry policy is about handing it over,
which cannot fail here). It differs in two: the tries follow each other tick by tick,
and after a jump of the clock it catches up with every instant in between, in order.

Beside the group's schedules it invokes functions at a regular rate, as EventBridge does for the
schedules of the template; after a jump of the clock, each of these once.
"""

import heapq
import json
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from mypy_boto3_scheduler.client import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef

MOST_PER_TICK: Final = 400
TRIES: Final = 3

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_EXPRESSION = re.compile(r"(at|cron|rate)\(\s*(.+?)\s*\)")
_ITEM = re.compile(r"(\*|\?|\w+)(?:-(\w+))?(?:/([0-9]+))?")


class UnknownExpression(ValueError):
    """The expression is none that this scheduler fires."""


@dataclass(slots=True)
class _Delivery:
    """One due instant of one schedule on its way to the target."""

    due: datetime
    schedule: "GetScheduleOutputTypeDef"
    attempts: int = 0

    def payload(self) -> dict[str, Any]:
        text = self.schedule["Target"].get("Input", "{}")
        for name, value in (
            ("scheduled-time", f"{self.due:%Y-%m-%dT%H:%M:%SZ}"),
            ("schedule-arn", self.schedule["Arn"]),
            ("execution-id", f"{self.schedule['Name']}-{self.due:%Y%m%d%H%M%S}"),
            ("attempt-number", "1"),
        ):
            text = text.replace(f"<aws.scheduler.{name}>", value)
        payload = json.loads(text)
        if not isinstance(payload, dict):
            raise TypeError("the input is not a JSON object")
        return payload


class LocalScheduler:
    """Fires the schedules of one group. `invoke` is given the target's ARN and its input."""

    def __init__(
        self,
        client: "EventBridgeSchedulerClient",
        *,
        group: str,
        invoke: Callable[[str, dict[str, Any]], None],
        now: Callable[[], datetime],
        regular: Sequence[tuple[str, str]] = (),
        log: Callable[[str], None] = lambda line: print(line, file=sys.stderr),
    ) -> None:
        """`regular` are expressions like `rate(15 minutes)`, and whom to invoke then."""
        self._client = client
        self._group = group
        self._invoke = invoke
        self._now = now
        self._log = log
        self._fired_until = self._began = _whole_minute(now())
        self._regular = regular
        self._to_retry: deque[_Delivery] = deque()
        self._ticking = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, *, every_seconds: float = 1.0) -> None:
        """Tick in the background until `stop`."""

        def keep_ticking() -> None:
            while not self._stopped.wait(every_seconds):
                try:
                    self.tick()
                except Exception as error:  # The next tick catches up.
                    self._log(f"scheduler: tick failed: {error!r}")

        self._stopped.clear()
        self._thread = threading.Thread(target=keep_ticking, name="local-scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when a tick under way has ended."""
        self._stopped.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def tick(self) -> int:
        """Fire what came due since the last tick, oldest first; returns how many were fired.

        More than MOST_PER_TICK wait for the next tick.
        """
        with self._ticking:
            now = self._now().astimezone(UTC)
            retried, self._to_retry = self._to_retry, deque()
            for delivery in retried:
                self._deliver(delivery)
            until, before = _whole_minute(now), self._fired_until
            if until <= before:
                return 0
            fired = self._fire(until)
            self._invoke_regularly(before, self._fired_until)
            return fired

    def _invoke_regularly(self, after: datetime, until: datetime) -> None:
        for expression, target in self._regular:
            due = instants(expression, "UTC", after=after, until=until, anchor=self._began)
            if next(due, None) is not None:
                try:
                    self._invoke(target, {})
                except Exception as error:
                    self._log(f"scheduler: {target} failed: {error!r}")

    def _fire(self, until: datetime) -> int:
        fired = 0
        due_times = heapq.merge(
            *(self._due(schedule, until) for schedule in self._schedules()),
            key=lambda delivery: delivery.due,
        )
        for due, deliveries in groupby(due_times, key=lambda delivery: delivery.due):
            if fired >= MOST_PER_TICK:
                return fired
            for delivery in deliveries:
                self._deliver(delivery)
                self._complete(delivery.schedule)
                fired += 1
            self._fired_until = due
        self._fired_until = until
        return fired

    def _schedules(self) -> "Iterator[GetScheduleOutputTypeDef]":
        """The enabled ones, in order of their names."""
        # The emulator cuts a list at MaxResults without a token for the rest, so ask for plenty.
        page: Any = {"GroupName": self._group, "State": "ENABLED", "MaxResults": 100_000}
        names: list[str] = []
        while True:
            answer = self._client.list_schedules(**page)
            names += [summary["Name"] for summary in answer["Schedules"]]
            if not answer.get("NextToken"):
                break
            page["NextToken"] = answer["NextToken"]
        for name in sorted(names):
            try:
                yield self._client.get_schedule(Name=name, GroupName=self._group)
            except self._client.exceptions.ResourceNotFoundException:
                continue  # Removed a moment ago.

    def _due(self, schedule: "GetScheduleOutputTypeDef", until: datetime) -> Iterator[_Delivery]:
        start, end = schedule.get("StartDate"), schedule.get("EndDate")
        try:
            for due in instants(
                schedule["ScheduleExpression"],
                schedule.get("ScheduleExpressionTimezone", "UTC"),
                after=self._fired_until,
                until=until,
                anchor=start or schedule["CreationDate"],
            ):
                if (not start or due >= start) and (not end or due <= end):
                    yield _Delivery(due, schedule)
        except (UnknownExpression, KeyError) as error:
            self._log(f"scheduler: {schedule['Name']} is not fired: {error}")

    def _deliver(self, delivery: _Delivery) -> None:
        delivery.attempts += 1
        name = delivery.schedule["Name"]
        try:
            self._invoke(delivery.schedule["Target"]["Arn"], delivery.payload())
        except Exception as error:  # Whatever the target raises is its failure, not the clock's.
            if delivery.attempts < TRIES:
                self._log(f"scheduler: {name} failed and will be tried again: {error!r}")
                self._to_retry.append(delivery)
            else:
                self._log(f"scheduler: {name} failed {TRIES} times and is lost: {error!r}")

    def _complete(self, schedule: "GetScheduleOutputTypeDef") -> None:
        once = schedule["ScheduleExpression"].startswith("at(")
        if once and schedule.get("ActionAfterCompletion") == "DELETE":
            try:
                self._client.delete_schedule(Name=schedule["Name"], GroupName=self._group)
            except self._client.exceptions.ResourceNotFoundException:
                return


def instants(
    expression: str, zone: str, *, after: datetime, until: datetime, anchor: datetime
) -> Iterator[datetime]:
    """When `expression` comes due in (after, until], in UTC and in order.

    `anchor` is where a rate counts from. Raises UnknownExpression, or KeyError for the zone.
    """
    found = _EXPRESSION.fullmatch(expression.strip())
    if not found:
        raise UnknownExpression(f"{expression} is no at(), cron() or rate()")
    kind, inner = found[1], found[2]
    if kind == "rate":
        return _by_rate(inner, anchor, after, until)
    local = _at(inner) if kind == "at" else _by_cron(inner, ZoneInfo(zone), after, until)
    return (due for due in _in_utc(local, ZoneInfo(zone)) if after < due <= until)


def _in_utc(local_times: Iterator[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    for local in local_times:
        due = local.replace(tzinfo=zone).astimezone(UTC)
        if due.astimezone(zone).replace(tzinfo=None) == local:
            yield due


def _at(inner: str) -> Iterator[datetime]:
    try:
        yield datetime.fromisoformat(inner).replace(tzinfo=None)
    except ValueError:
        raise UnknownExpression(f"at({inner}) is no local date and time") from None


def _by_rate(inner: str, anchor: datetime, after: datetime, until: datetime) -> Iterator[datetime]:
    found = re.fullmatch(r"([1-9][0-9]*) (minute|hour|day)s?", inner)
    if not found:
        raise UnknownExpression(f"rate({inner}) is no number of minutes, hours or days")
    period = timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    anchor = _whole_minute(anchor.astimezone(UTC))
    due = anchor + ((after - anchor) // period + 1) * period
    while due <= until:
        yield due
        due += period


def _by_cron(inner: str, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """Naive local times, a day to either side included."""
    fields = inner.split()
    if len(fields) != 6:
        raise UnknownExpression(f"cron({inner}) has {len(fields)} fields, not six")
    minutes = sorted(_values(fields[0], 0, 59))
    hours = sorted(_values(fields[1], 0, 23))
    days = _values(fields[2], 1, 31)
    months = _values(fields[3], 1, 12, _MONTHS)
    weekdays = _values(fields[4], 1, 7, _WEEKDAYS)
    years = _values(fields[5], 1970, 2199)

    def matches(day: date) -> bool:
        return (
            day.day in days
            and day.month in months
            and day.isoweekday() % 7 + 1 in weekdays
            and day.year in years
        )

    day = after.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date() + timedelta(days=1)
    while day <= last:
        if matches(day):
            for hour in hours:
                for minute in minutes:
                    yield datetime.combine(day, time(hour, minute))
        day += timedelta(days=1)


def _values(text: str, lowest: int, highest: int, names: tuple[str, ...] = ()) -> set[int]:
    """What a field of Scheduler's cron admits; `L`, `W` and `#` are not spoken here."""

    def value(word: str) -> int:
        number = names.index(word.upper()) + 1 if word.upper() in names else int(word)
        if not lowest <= number <= highest:
            raise ValueError(word)
        return number

    values: set[int] = set()
    for item in text.split(","):
        found = _ITEM.fullmatch(item)
        try:
            if not found:
                raise ValueError(item)
            first, last, step = found.groups()
            if first in ("*", "?"):
                low, high = lowest, highest
            else:
                low = value(first)
                high = value(last) if last else highest if step else low
            values |= set(range(low, high + 1, int(step or 1)))
        except ValueError:
            raise UnknownExpression(f"{item} is not understood in a cron field") from None
    return values


def _whole_minute(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(second=0, microsecond=0)
