"""The embedded stack's clockwork: what fires, when, how often, and with which input."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from local.scheduler import MOST_PER_TICK, LocalScheduler

INPUT = json.dumps({"campaignId": "spring", "scheduledTime": "<aws.scheduler.scheduled-time>"})


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class NotThere(Exception):
    pass


class StoredSchedules:
    """As much of a Scheduler client as the clockwork asks for, two schedules to a page."""

    exceptions = SimpleNamespace(ResourceNotFoundException=NotThere)

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.outages = 0

    def add(self, name: str, expression: str, zone: str = "UTC", **more: Any) -> None:
        target = {"Arn": f"arn:{name}", "RoleArn": "arn:role", "Input": INPUT}
        target |= more.pop("Target", {})
        self.stored[name] = {
            "Arn": f"arn:schedule/{name}",
            "Name": name,
            "GroupName": "campaigns",
            "State": "ENABLED",
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": zone,
            "CreationDate": instant("2026-01-01T00:00"),
            "Target": target,
            **more,
        }

    def list_schedules(self, **asked: Any) -> dict[str, Any]:
        if self.outages:
            self.outages -= 1
            raise ConnectionError("no emulator")
        names = sorted(
            name
            for name, schedule in self.stored.items()
            if (schedule["GroupName"], schedule["State"]) == (asked["GroupName"], asked["State"])
            and name > asked.get("NextToken", "")
        )
        page: dict[str, Any] = {"Schedules": [{"Name": name} for name in names[:2]]}
        if names[2:]:
            page["NextToken"] = names[1]
        return page

    def get_schedule(self, Name: str, GroupName: str) -> dict[str, Any]:
        if Name not in self.stored:
            raise NotThere(Name)
        return self.stored[Name]

    def delete_schedule(self, Name: str, GroupName: str) -> None:
        if self.stored.pop(Name, None) is None:
            raise NotThere(Name)


class Stack:
    """The clockwork with a clock that is set by hand and a target that remembers."""

    def __init__(self, start: str) -> None:
        self.clock = instant(start)
        self.schedules = StoredSchedules()
        self.calls: list[tuple[str, str]] = []
        self.called = threading.Event()
        self.on_call: Callable[[], None] = self.called.set
        self.failures = self.sweeps = 0
        self.sweep: Callable[[], None] = self.swept
        self.lines: list[str] = []
        client: Any = self.schedules
        self.scheduler = LocalScheduler(
            client,
            group="campaigns",
            invoke=self.invoke,
            now=lambda: self.clock,
            regular=[("rate(15 minutes)", "sweep")],
            log=self.lines.append,
        )

    def invoke(self, arn: str, payload: dict[str, Any]) -> None:
        if arn == "sweep":
            self.sweep()
            return
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the target is out of order")
        self.calls.append((arn, payload["scheduledTime"]))
        self.on_call()

    def swept(self) -> None:
        self.sweeps += 1

    def tick_at(self, text: str) -> list[tuple[str, str]]:
        """What fires when the clock is set to `text`."""
        self.clock = instant(text)
        self.calls = []
        self.scheduler.tick()
        return self.calls


@pytest.fixture
def stack() -> Stack:
    return Stack("2026-03-02T00:00")


# When


def test_a_daily_schedule_fires_at_its_minute_and_once(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(34 12 * * ? *)")
    assert stack.tick_at("2026-03-02T12:33:59") == []
    assert stack.tick_at("2026-03-02T12:34:00") == [("arn:spring", "2026-03-02T12:34:00Z")]
    assert stack.tick_at("2026-03-02T12:34:30") == []
    assert stack.tick_at("2026-03-02T12:35:00") == []
    assert stack.tick_at("2026-03-03T12:34:00") == [("arn:spring", "2026-03-03T12:34:00Z")]


def test_a_regular_function_is_invoked_at_its_rate(stack: Stack) -> None:
    for text, sweeps in (
        ("2026-03-02T00:14:59", 0),
        ("2026-03-02T00:15:00", 1),
        ("2026-03-02T00:15:30", 1),
        ("2026-03-02T00:29:59", 1),
        ("2026-03-02T00:30:10", 2),
    ):
        stack.tick_at(text)
        assert stack.sweeps == sweeps, text


def test_after_a_jump_of_the_clock_a_regular_function_is_invoked_once(stack: Stack) -> None:
    stack.tick_at("2026-03-04T00:00")
    assert stack.sweeps == 1


def test_a_regular_function_that_fails_is_invoked_the_next_time(stack: Stack) -> None:
    def broken() -> None:
        raise RuntimeError("out of order")

    stack.sweep = broken
    stack.tick_at("2026-03-02T00:15")
    assert (stack.sweeps, len(stack.lines)) == (0, 1)
    stack.sweep = stack.swept
    stack.tick_at("2026-03-02T00:30")
    assert stack.sweeps == 1


def test_the_minute_in_which_it_is_wound_up_has_passed(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(0 0 * * ? *)")
    assert stack.tick_at("2026-03-02T00:00:59") == []


def test_a_jump_of_days_fires_every_instant_in_order(stack: Stack) -> None:
    stack.schedules.add("a", "cron(0 7 * * ? *)")
    stack.schedules.add("b", "cron(0 6 * * ? *)")
    stack.schedules.add("c", "cron(0 7 * * ? *)")
    assert stack.tick_at("2026-03-04T06:30") == [
        ("arn:b", "2026-03-02T06:00:00Z"),
        ("arn:a", "2026-03-02T07:00:00Z"),
        ("arn:c", "2026-03-02T07:00:00Z"),
        ("arn:b", "2026-03-03T06:00:00Z"),
        ("arn:a", "2026-03-03T07:00:00Z"),
        ("arn:c", "2026-03-03T07:00:00Z"),
        ("arn:b", "2026-03-04T06:00:00Z"),
    ]


def test_a_long_jump_is_taken_in_several_ticks_and_loses_nothing(stack: Stack) -> None:
    stack.schedules.add("a", "cron(0 * * * ? *)")
    stack.schedules.add("b", "cron(0 * * * ? *)")
    stack.schedules.add("c", "cron(0 * * * ? *)")
    stack.clock = instant("2026-03-12T00:00")
    fired = [stack.scheduler.tick() for _ in range(3)]
    assert fired == [MOST_PER_TICK + 2, 720 - MOST_PER_TICK - 2, 0]
    assert len(set(stack.calls)) == len(stack.calls) == 720
    times = [at for _, at in stack.calls]
    assert times == sorted(times)


def test_a_clock_set_back_does_not_fire_twice(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(0 6 * * ? *)")
    assert len(stack.tick_at("2026-03-02T06:00")) == 1
    assert stack.tick_at("2026-03-02T05:00") == []
    assert stack.tick_at("2026-03-02T06:01") == []
    assert len(stack.tick_at("2026-03-03T06:00")) == 1


def test_a_daily_schedule_keeps_its_local_time_when_clocks_change(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(30 6 * * ? *)", "America/New_York")
    assert stack.tick_at("2026-03-09T12:00")[-2:] == [
        ("arn:spring", "2026-03-08T10:30:00Z"),
        ("arn:spring", "2026-03-09T10:30:00Z"),
    ]
    assert stack.tick_at("2026-03-07T12:00") == []


def test_a_time_that_clocks_skip_is_skipped(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(30 2 * * ? *)", "America/New_York")
    assert stack.tick_at("2026-03-10T00:00")[-2:] == [
        ("arn:spring", "2026-03-07T07:30:00Z"),
        ("arn:spring", "2026-03-09T06:30:00Z"),
    ]


def test_a_time_that_clocks_repeat_counts_once() -> None:
    stack = Stack("2026-10-31T12:00")
    stack.schedules.add("spring", "cron(30 1 * * ? *)", "America/New_York")
    assert stack.tick_at("2026-11-02T12:00") == [
        ("arn:spring", "2026-11-01T05:30:00Z"),
        ("arn:spring", "2026-11-02T06:30:00Z"),
    ]


def test_a_zone_far_from_utc_fires_on_its_own_date(stack: Stack) -> None:
    stack.schedules.add("line", "cron(0 6 ? * MON *)", "Pacific/Kiritimati")
    assert stack.tick_at("2026-03-10T00:00") == [("arn:line", "2026-03-08T16:00:00Z")]


def test_a_disabled_schedule_does_not_fire_nor_catch_up(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(0 6 * * ? *)", State="DISABLED")
    assert stack.tick_at("2026-03-03T12:00") == []
    stack.schedules.stored["spring"]["State"] = "ENABLED"
    assert stack.tick_at("2026-03-04T12:00") == [("arn:spring", "2026-03-04T06:00:00Z")]


def test_a_schedule_of_another_group_does_not_fire(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(0 6 * * ? *)", GroupName="others")
    assert stack.tick_at("2026-03-03T12:00") == []


def test_start_and_end_bound_a_schedule(stack: Stack) -> None:
    stack.schedules.add(
        "spring",
        "cron(0 6 * * ? *)",
        StartDate=instant("2026-03-03T06:00"),
        EndDate=instant("2026-03-04T06:00"),
    )
    assert [at for _, at in stack.tick_at("2026-03-09T00:00")] == [
        "2026-03-03T06:00:00Z",
        "2026-03-04T06:00:00Z",
    ]


def test_a_rate_counts_from_its_creation(stack: Stack) -> None:
    stack.schedules.add("sweep", "rate(15 minutes)", CreationDate=instant("2026-03-01T23:50:20"))
    assert [at for _, at in stack.tick_at("2026-03-02T00:40")] == [
        "2026-03-02T00:05:00Z",
        "2026-03-02T00:20:00Z",
        "2026-03-02T00:35:00Z",
    ]


# Once


def test_a_schedule_for_once_fires_and_is_deleted(stack: Stack) -> None:
    stack.schedules.add(
        "once", "at(2026-03-02T07:00:00)", "America/New_York", ActionAfterCompletion="DELETE"
    )
    assert stack.tick_at("2026-03-02T11:59") == []
    assert stack.tick_at("2026-03-02T12:00") == [("arn:once", "2026-03-02T12:00:00Z")]
    assert stack.schedules.stored == {}


def test_a_schedule_for_once_may_stay_and_does_not_fire_again(stack: Stack) -> None:
    stack.schedules.add("once", "at(2026-03-02T07:00:00)", ActionAfterCompletion="NONE")
    assert len(stack.tick_at("2026-03-02T07:00")) == 1
    assert stack.tick_at("2026-03-09T07:00") == []
    assert "once" in stack.schedules.stored


def test_a_schedule_for_once_is_deleted_though_it_failed_and_is_still_retried(
    stack: Stack,
) -> None:
    stack.schedules.add("once", "at(2026-03-02T07:00:00)", ActionAfterCompletion="DELETE")
    stack.failures = 1
    assert stack.tick_at("2026-03-02T07:00") == []
    assert stack.schedules.stored == {}
    assert stack.tick_at("2026-03-02T07:00:05") == [("arn:once", "2026-03-02T07:00:00Z")]


def test_a_target_may_remove_its_own_schedule(stack: Stack) -> None:
    stack.schedules.add("once", "at(2026-03-02T07:00:00)", ActionAfterCompletion="DELETE")
    stack.on_call = lambda: stack.schedules.delete_schedule("once", "campaigns")
    assert len(stack.tick_at("2026-03-02T07:00")) == 1


# Input and failures


def test_the_input_is_the_same_however_often_it_is_tried(stack: Stack) -> None:
    words = ["scheduled-time", "attempt-number", "schedule-arn", "execution-id"]
    told = json.dumps({"scheduledTime": " ".join(f"<aws.scheduler.{word}>" for word in words)})
    stack.schedules.add("spring", "cron(0 6 * * ? *)", Target={"Input": told})
    stack.failures = 1
    assert stack.tick_at("2026-03-02T06:00") == []
    assert stack.tick_at("2026-03-02T06:00:10") == [
        ("arn:spring", "2026-03-02T06:00:00Z 1 arn:schedule/spring spring-20260302060000")
    ]


def test_a_failure_is_logged_and_retried_on_the_next_tick(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(0 6 * * ? *)")
    stack.failures = 2
    assert stack.tick_at("2026-03-02T06:00:00") == []
    assert stack.tick_at("2026-03-02T06:00:01") == []
    assert stack.tick_at("2026-03-02T06:00:02") == [("arn:spring", "2026-03-02T06:00:00Z")]
    assert stack.tick_at("2026-03-02T06:00:03") == []
    assert len(stack.lines) == 2
    assert "out of order" in stack.lines[0]


def test_one_failure_does_not_keep_others_from_firing(stack: Stack) -> None:
    stack.schedules.add("a", "cron(0 6 * * ? *)")
    stack.schedules.add("b", "cron(0 6 * * ? *)")
    stack.failures = 1
    assert stack.tick_at("2026-03-02T06:00") == [("arn:b", "2026-03-02T06:00:00Z")]


def test_what_has_failed_three_times_is_lost(stack: Stack) -> None:
    policy = {"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 3600}
    stack.schedules.add("spring", "cron(0 6 * * ? *)", Target={"RetryPolicy": policy})
    stack.failures = 10
    for second in range(6):
        stack.tick_at(f"2026-03-02T06:00:0{second}")
    assert stack.failures == 7
    assert "lost" in stack.lines[-1]


@pytest.mark.parametrize("text", ["no JSON", "[1]"])
def test_an_input_that_is_no_object_is_reported(stack: Stack, text: str) -> None:
    stack.schedules.add("spring", "cron(0 6 * * ? *)", Target={"Input": text})
    assert stack.tick_at("2026-03-02T06:00") == []
    assert "spring failed" in stack.lines[0]


def test_an_expression_that_is_not_understood_is_reported_and_leaves_the_rest(
    stack: Stack,
) -> None:
    stack.schedules.add("a", "cron(0 6 L * ? *)")
    stack.schedules.add("b", "cron(0 6 * * ? *)", "Nowhere/City")
    stack.schedules.add("c", "cron(0 6 * * ? *)")
    assert stack.tick_at("2026-03-02T06:00") == [("arn:c", "2026-03-02T06:00:00Z")]
    assert [line.split(" is ")[0] for line in stack.lines] == ["scheduler: a", "scheduler: b"]


# In the background


def test_it_ticks_in_the_background_until_stopped(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(0 6 * * ? *)")
    stack.scheduler.start(every_seconds=0.001)
    stack.clock += timedelta(days=1)
    assert stack.called.wait(10)
    stack.scheduler.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "local-scheduler"]


def test_a_tick_that_fails_is_reported_and_caught_up_with(stack: Stack) -> None:
    stack.schedules.add("spring", "cron(0 6 * * ? *)")
    stack.schedules.outages = 1
    stack.clock += timedelta(days=1)
    stack.scheduler.start(every_seconds=0.001)
    assert stack.called.wait(10)
    stack.scheduler.stop()
    assert "no emulator" in stack.lines[0]
    assert stack.calls == [("arn:spring", "2026-03-02T06:00:00Z")]
