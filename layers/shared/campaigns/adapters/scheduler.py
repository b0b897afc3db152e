"""EventBridge Scheduler: a schedule per alarm clock, fired daily at its minute, or on weekdays.

The schedule only asks whether to run; the answer is the domain's, because Scheduler's own cron
cannot express every Peachy crontab. One that fires once is deleted by Scheduler when it has.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.schedule import ClockName, Purpose, ScheduleEntry, SchedulesUnavailable

if TYPE_CHECKING:
    from mypy_boto3_scheduler.client import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import UpdateScheduleInputTypeDef

# For handing the event over to Lambda, which has tries of its own after that. However late one
# comes through, the run is that of the date in the event.
_RETRIES = 20
_RETRIED_FOR_SECONDS = 3600

# What this adapter does not decide, and therefore hands back as it found it.
_KEPT = ("State", "StartDate", "EndDate", "KmsKeyArn", "ActionAfterCompletion")

# Each attempt is lost only when the schedule is made or removed between a read and a write.
_ATTEMPTS = 5

_ENDINGS = {Purpose.RUN: "", Purpose.FLIGHT_CHECK: ".fc"}

_DAILY = re.compile(r"cron\((\d+) (\d+) \* \* \? \*\)")
_WEEKLY = re.compile(r"cron\((\d+) (\d+) \? \* ([A-Z]{3}(?:,[A-Z]{3})*) \*\)")
_ONCE = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class EventBridgeSchedules:
    """`targets` names the function that each purpose rings."""

    def __init__(
        self,
        client: "EventBridgeSchedulerClient",
        *,
        group: str,
        targets: Mapping[Purpose, str],
        role_arn: str,
        dead_letter_arn: str,
        page_size: int = 100,
    ) -> None:
        self._client = client
        self._group = group
        self._targets = targets
        self._role_arn = role_arn
        self._dead_letter_arn = dead_letter_arn
        self._page_size = page_size

    def put(self, entry: ScheduleEntry) -> None:
        wanted = self._request(entry)
        with _refusals():
            for _ in range(_ATTEMPTS):
                if self._update(wanted) or self._create(wanted):
                    return
        raise SchedulesUnavailable("the schedule is being changed by others at the same time")

    def remove(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN, slot: str = ""
    ) -> None:
        name = _name(ClockName(company_id, campaign_id, purpose, slot))
        with _refusals():
            try:
                self._client.delete_schedule(Name=name, GroupName=self._group)
            except self._client.exceptions.ResourceNotFoundException:
                return

    def find(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN, slot: str = ""
    ) -> ScheduleEntry | None:
        found = self._found(_name(ClockName(company_id, campaign_id, purpose, slot)))
        fires = None if found is None else _read(found["ScheduleExpression"])
        if found is None or fires is None:
            return None  # Edited by hand into something else; `put` sets it right.
        return ScheduleEntry(
            company_id=company_id,
            campaign_id=campaign_id,
            purpose=purpose,
            slot=slot,
            zone=found["ScheduleExpressionTimezone"],
            **fires,
        )

    def others(self, known: frozenset[ClockName]) -> Iterator[ClockName]:
        names = {_name(one) for one in known}
        for name in list(self._names()):
            if name in names:
                continue
            found = self._found(name)
            named = None if found is None else _named(found)
            if named is not None:
                yield named

    def _names(self) -> Iterator[str]:
        page: Any = {"GroupName": self._group, "MaxResults": self._page_size}
        with _refusals():
            while True:
                answer = self._client.list_schedules(**page)
                yield from (one["Name"] for one in answer["Schedules"])
                if not answer.get("NextToken"):
                    return
                page["NextToken"] = answer["NextToken"]

    def _found(self, name: str) -> dict[str, Any] | None:
        with _refusals():
            try:
                return dict(self._client.get_schedule(Name=name, GroupName=self._group))
            except self._client.exceptions.ResourceNotFoundException:
                return None

    def _update(self, wanted: "UpdateScheduleInputTypeDef") -> bool:
        """False if there is nothing to update. UpdateSchedule forgets whatever it is not told."""
        found = self._found(wanted["Name"])
        if found is None:
            return False
        if all(found.get(name) == value for name, value in wanted.items()):
            return True
        kept: Any = {name: found[name] for name in _KEPT if found.get(name) is not None}
        errors = self._client.exceptions
        try:
            self._client.update_schedule(**{**kept, **wanted})
        except (errors.ResourceNotFoundException, errors.ConflictException):
            return False
        return True

    def _create(self, wanted: "UpdateScheduleInputTypeDef") -> bool:
        """False if somebody else was first."""
        try:
            self._client.create_schedule(**wanted)
        except self._client.exceptions.ConflictException:
            return False
        return True

    def _request(self, entry: ScheduleEntry) -> "UpdateScheduleInputTypeDef":
        told = {"slot": entry.slot} if entry.slot else {}
        request: UpdateScheduleInputTypeDef = {
            "Name": _name(entry.name),
            "GroupName": self._group,
            "ScheduleExpression": _expression(entry),
            "ScheduleExpressionTimezone": entry.zone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self._targets[entry.purpose],
                "RoleArn": self._role_arn,
                "Input": json.dumps(
                    {
                        "companyId": entry.company_id,
                        "campaignId": entry.campaign_id,
                        "purpose": entry.purpose,
                        **told,
                        "scheduledTime": "<aws.scheduler.scheduled-time>",
                    }
                ),
                "RetryPolicy": {
                    "MaximumRetryAttempts": _RETRIES,
                    "MaximumEventAgeInSeconds": _RETRIED_FOR_SECONDS,
                },
                "DeadLetterConfig": {"Arn": self._dead_letter_arn},
            },
        }
        if entry.on is not None:
            request["ActionAfterCompletion"] = "DELETE"
        return request


def _expression(entry: ScheduleEntry) -> str:
    if entry.on is not None:
        return f"at({datetime.combine(entry.on, entry.at):%Y-%m-%dT%H:%M:%S})"
    if entry.weekdays:
        days = ",".join(_WEEKDAYS[day] for day in sorted(entry.weekdays))
        return f"cron({entry.at.minute} {entry.at.hour} ? * {days} *)"
    return f"cron({entry.at.minute} {entry.at.hour} * * ? *)"


def _read(expression: str) -> dict[str, Any] | None:
    """When a schedule fires, in the words of an entry; None if it is none of ours."""
    if daily := _DAILY.fullmatch(expression):
        return {"at": time(int(daily[2]), int(daily[1]))}
    if weekly := _WEEKLY.fullmatch(expression):
        days = frozenset(_WEEKDAYS.index(day) for day in weekly[3].split(","))
        return {"at": time(int(weekly[2]), int(weekly[1])), "weekdays": days}
    if once := _ONCE.fullmatch(expression):
        at = datetime.fromisoformat(once[1])
        return {"at": at.time(), "on": at.date()}
    return None


def _name(clock: ClockName) -> str:
    """At most 64 of the allowed characters: readable by the campaign, unique by the digest."""
    readable = re.sub(r"[^0-9A-Za-z_-]", "-", clock.campaign_id)[:36]
    owner = [clock.company_id, clock.campaign_id, *([clock.slot] if clock.slot else [])]
    digest = sha256(json.dumps(owner).encode()).hexdigest()[:24]
    return f"{readable}.{digest}{_ENDINGS[clock.purpose]}"


def _named(schedule: dict[str, Any]) -> ClockName | None:
    """Whose schedule it is; None for one that is none of ours, which somebody made by hand."""
    try:
        told = json.loads(schedule["Target"]["Input"])
        purpose, slot = Purpose(told["purpose"]), str(told.get("slot", ""))
        named = ClockName(str(told["companyId"]), str(told["campaignId"]), purpose, slot)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return named if schedule["Name"] == _name(named) else None


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise SchedulesUnavailable(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise SchedulesUnavailable(type(error).__name__) from error
