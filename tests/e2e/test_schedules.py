"""A campaign's schedule, by a clock that is moved by hand from one day to the next."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.domain.public_id import CAMPAIGN, read
from local.clock import LocalClock
from local.emulator import Emulator
from local.provision import client
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.lending import Lending, small_lender

WEDNESDAY = datetime(2026, 3, 4, tzinfo=UTC)
"""The Sunday after the next Saturday, the clocks of New York go forward."""


@pytest.fixture(scope="module")
def stack(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    data = tmp_path_factory.mktemp("stack")
    small_lender(data)
    with Stack(
        data,
        clock=LocalClock(WEDNESDAY),
        endpoint=emulator.endpoint,
        name=f"e2e-{uuid.uuid4().hex[:8]}",
        hurry=True,
    ) as up:
        yield up


class Calendar:
    """Moves the clock on, and waits until the runs that this begins have ended."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    @property
    def now(self) -> datetime:
        return self._stack.clock.now()

    def advance_to(self, moment: datetime) -> None:
        assert self._stack.scheduler is not None
        self._stack.clock.advance_to(moment)
        self._stack.scheduler.tick()

    def live_through(self, lending: Lending, campaign: str, days: int) -> None:
        """Day by day, as the scheduler of the stack would otherwise catch up in one go."""
        for _ in range(days):
            self.advance_to(self.now + timedelta(days=1))
            for run in lending.runs(campaign):
                if run["finishedAt"] is None:
                    lending.follow(campaign, run["id"])

    def alarms(self) -> list[str]:
        group = self._stack.environment["SCHEDULE_GROUP"]
        scheduler = client("scheduler", self._stack.endpoint or "")
        listed = scheduler.list_schedules(GroupName=group, MaxResults=100_000)
        return [str(one["Name"]) for one in listed["Schedules"]]


@pytest.fixture
def calendar(stack: Stack) -> Calendar:
    return Calendar(stack)


def scheduled(lending: Lending, stack: Stack, schedule: str | None, **fields: Any) -> str:
    assert stack.queries is not None
    usual = {
        "redashQueryUrl": stack.queries.query_url("nobody"),
        "redashApiKey": QUERY_KEY,
        "schedule": schedule,
        # The query finds nobody, which would hold a run that nobody watches.
        "safety": {"zeroRows": "allow"},
    }
    return lending.campaign(**usual | fields)


def days_of(lending: Lending, campaign: str, zone: str = "America/New_York") -> list[date]:
    """The local dates for which there were scheduled runs, in order."""
    runs = [run for run in lending.runs(campaign) if run["triggeredBy"] == "schedule"]
    times = [datetime.fromisoformat(run["scheduledFor"]) for run in runs]
    return sorted(at.astimezone(ZoneInfo(zone)).date() for at in times)


def test_there_is_one_run_on_each_day_that_the_schedule_means_and_none_on_others(
    lending: Lending, stack: Stack, calendar: Calendar
) -> None:
    campaign = scheduled(lending, stack, "P P * * 1-5")
    began = calendar.now.astimezone(ZoneInfo("America/New_York")).date()
    calendar.live_through(lending, campaign, 7)
    ended = calendar.now.astimezone(ZoneInfo("America/New_York")).date()
    days = days_of(lending, campaign)
    assert days == sorted(set(days)), "one run a day at most"
    between = [began + timedelta(days=n) for n in range(1, (ended - began).days)]
    assert [day for day in days if began < day < ended] == [
        day for day in between if day.isoweekday() <= 5
    ]
    for run in lending.runs(campaign):
        due = datetime.fromisoformat(run["scheduledFor"]).astimezone(ZoneInfo("America/New_York"))
        assert 6 <= due.hour < 8
        assert run["status"] == "completed"


def test_the_next_run_is_foretold_and_comes(
    lending: Lending, stack: Stack, calendar: Calendar
) -> None:
    campaign = scheduled(lending, stack, "P P * * *")
    foretold = datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])
    calendar.advance_to(foretold - timedelta(seconds=50))
    assert lending.runs(campaign) == []
    calendar.advance_to(foretold + timedelta(seconds=10))
    [run] = lending.runs(campaign)
    assert datetime.fromisoformat(run["scheduledFor"]) == foretold
    lending.follow(campaign, run["id"])


def test_days_are_the_days_of_the_company_s_zone(stack: Stack, calendar: Calendar) -> None:
    assert stack.endpoint is not None
    there = Lending.new(stack.url, stack.endpoint, stack.name, zone="Pacific/Auckland")
    campaign = scheduled(there, stack, "P P * * 1")
    calendar.live_through(there, campaign, 8)
    days = days_of(there, campaign, "Pacific/Auckland")
    assert [day.isoweekday() for day in days] == [1]
    [run] = there.runs(campaign)
    assert datetime.fromisoformat(run["scheduledFor"]).astimezone(UTC).isoweekday() == 7


def test_a_trigger_that_comes_twice_makes_one_run(
    lending: Lending, stack: Stack, calendar: Calendar
) -> None:
    campaign = scheduled(lending, stack, "P P * * *")
    due = datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])
    calendar.advance_to(due)
    [run] = lending.runs(campaign)
    lending.follow(campaign, run["id"])
    function, event = f"{stack.name}-runs-start-scheduled-run", event_of(stack, campaign, due)
    again, once_more = stack.invoke(function, event), stack.invoke(function, event)
    assert again["runId"] == once_more["runId"] is not None, "the same run is found again"
    assert len(lending.runs(campaign)) == 1


@pytest.mark.parametrize("status", ["paused", "archived"])
def test_a_campaign_that_is_not_active_does_not_run(
    lending: Lending, stack: Stack, calendar: Calendar, status: str
) -> None:
    campaign = scheduled(lending, stack, "P P * * *")
    path = f"{lending.base}/campaigns/{campaign}"
    lending.api.take("PATCH", path, {"status": status})
    calendar.live_through(lending, campaign, 2)
    assert lending.runs(campaign) == []
    if status == "paused":
        lending.api.take("PATCH", path, {"status": "active"})
        calendar.live_through(lending, campaign, 2)
        assert lending.runs(campaign)


def test_without_a_schedule_there_is_no_alarm_and_no_run(
    lending: Lending, stack: Stack, calendar: Calendar
) -> None:
    before = calendar.alarms()
    campaign = scheduled(lending, stack, "P P * * *")
    [alarm] = set(calendar.alarms()) - set(before)
    path = f"{lending.base}/campaigns/{campaign}"
    lending.api.take("PATCH", path, {"schedule": None})
    assert alarm not in calendar.alarms()
    assert lending.seen(campaign)["nextRunAt"] is None
    calendar.live_through(lending, campaign, 2)
    assert lending.runs(campaign) == []
    lending.api.take("PATCH", path, {"schedule": "P P * * *"})
    assert alarm in calendar.alarms()
    lending.api.take("DELETE", path)
    assert alarm not in calendar.alarms()


def test_a_trigger_during_a_run_is_skipped_and_the_run_s_log_says_so(
    lending: Lending, stack: Stack, calendar: Calendar, redash: RedashServer
) -> None:
    slow = redash.query_url("slow")
    campaign = scheduled(lending, stack, "P P * * *", redashQueryUrl=slow)
    due = datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])
    calendar.advance_to(due - timedelta(seconds=50))
    started = lending.start(campaign)
    lending.follow(campaign, started, "query")
    calendar.advance_to(due + timedelta(seconds=10))
    calendar.advance_to(due + timedelta(minutes=50))
    run = lending.follow(campaign, started)
    skips = [line for line in lending.log(run) if "was skipped" in line]
    assert len(skips) == 1
    assert f"{due:%Y-%m-%dT%H:%M}" in skips[0]
    assert [one["id"] for one in lending.runs(campaign)] == [started]


def test_a_scheduled_run_that_finds_nobody_is_held_and_the_next_one_is_skipped(
    lending: Lending, stack: Stack, calendar: Calendar
) -> None:
    campaign = scheduled(lending, stack, "P P * * *", safety=None)
    due = datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])
    calendar.advance_to(due + timedelta(seconds=10))
    [run] = lending.runs(campaign)
    held = lending.follow(campaign, run["id"])
    assert (held["status"], held["counts"]["rowsIn"]) == ("held", 0)
    assert [one["code"] for one in held["holdReasons"]] == ["zero_rows"]
    next_due = datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])
    calendar.advance_to(next_due + timedelta(seconds=10))
    assert [one["id"] for one in lending.runs(campaign)] == [held["id"]]
    path = f"{lending.base}/campaigns/{campaign}/runs/{held['id']}"
    assert lending.api.take("POST", f"{path}/release")["status"] == "pending"
    ended = lending.follow(campaign, held["id"], "completed", "failed")
    assert ended["status"] == "completed"
    [skip] = [line for line in lending.log(ended) if "was skipped" in line]
    assert f"{next_due:%Y-%m-%dT%H:%M}" in skip


def event_of(stack: Stack, campaign: str, due: datetime) -> dict[str, str]:
    """What the alarm of this campaign says when it rings."""
    scheduler = client("scheduler", stack.endpoint or "")
    group = stack.environment["SCHEDULE_GROUP"]
    wanted = read(CAMPAIGN, campaign)
    for one in scheduler.list_schedules(GroupName=group, MaxResults=100_000)["Schedules"]:
        known = scheduler.get_schedule(GroupName=group, Name=one["Name"])
        text = known["Target"]["Input"]
        told = text.replace("<aws.scheduler.scheduled-time>", f"{due:%Y-%m-%dT%H:%M:%SZ}")
        event: dict[str, str] = json.loads(told)
        if event["campaignId"] == wanted:
            return event
    raise LookupError(campaign)


def test_a_server_that_is_not_ready_is_told_half_an_hour_before_the_run(
    lending: Lending, stack: Stack, calendar: Calendar
) -> None:
    nobody = {"host": "127.0.0.1:1", "username": "dialer", "password": "mistyped-secret-1"}
    campaign = scheduled(lending, stack, "P P * * *", sftpSettings=nobody)
    due = datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])
    calendar.advance_to(due - timedelta(minutes=29))
    assert stack.events is not None
    heard = stack.events.wait_for(lambda event: event["detail"]["campaignId"] == campaign)
    assert heard["detail-type"] == "FlightCheckFailed"
    assert (heard["detail"]["step"], heard["detail"]["runDueAt"]) == (
        "connect",
        due.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
    assert "mistyped" not in str(heard)
    assert lending.runs(campaign) == []
    path = f"{lending.base}/campaigns/{campaign}"
    id = read(CAMPAIGN, campaign) or campaign

    def alarms() -> list[str]:
        return [name for name in calendar.alarms() if name.startswith(id)]

    assert len(alarms()) == 2
    lending.api.take("PATCH", path, {"sftpSettings": None})
    assert len(alarms()) == 1
    lending.api.take("DELETE", path)
    assert alarms() == []
