"""What goes wrong with schedules and runs, on the whole stack, and what the sweep makes of it."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.domain.public_id import CAMPAIGN, RUN, read
from local.api_client import last
from local.clock import LocalClock
from local.emulator import Emulator
from local.provision import client
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.lending import Lending, small_lender

WEDNESDAY = datetime(2026, 3, 4, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def stack(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    data = tmp_path_factory.mktemp("stack")
    small_lender(data)
    name = f"e2e-{uuid.uuid4().hex[:8]}"
    clock = LocalClock(WEDNESDAY)
    with Stack(data, clock=clock, endpoint=emulator.endpoint, name=name, hurry=True) as up:
        yield up


def advance_to(stack: Stack, moment: datetime) -> None:
    assert stack.scheduler is not None
    stack.clock.advance_to(moment)
    stack.scheduler.tick()


def scheduled(lending: Lending, url: str, **fields: Any) -> tuple[str, datetime]:
    usual = {
        "redashQueryUrl": url,
        "redashApiKey": QUERY_KEY,
        "schedule": "P P * * *",
        "safety": {"zeroRows": "allow"},
    }
    campaign = lending.campaign(**usual | fields)
    return campaign, datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])


def alarm_of(stack: Stack, campaign: str) -> tuple[Any, str, Any]:
    """A client, and the group and description of the campaign's schedule."""
    scheduler = client("scheduler", stack.endpoint or "")
    group = stack.environment["SCHEDULE_GROUP"]
    wanted = read(CAMPAIGN, campaign)
    for one in scheduler.list_schedules(GroupName=group, MaxResults=100_000)["Schedules"]:
        if one["Name"].startswith(str(wanted)):
            return scheduler, group, scheduler.get_schedule(GroupName=group, Name=one["Name"])
    raise LookupError(campaign)


def test_a_run_whose_alarm_is_gone_is_started_once_by_two_sweeps(
    lending: Lending, stack: Stack
) -> None:
    assert stack.queries is not None
    campaign, due = scheduled(lending, stack.queries.query_url("nobody"))
    scheduler, group, alarm = alarm_of(stack, campaign)
    scheduler.delete_schedule(GroupName=group, Name=alarm["Name"])
    stack.clock.advance_to(due + timedelta(minutes=11))
    sweep = f"{stack.name}-runs-sweep-runs"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: stack.invoke(sweep, {}), range(2)))
    [run] = lending.runs(campaign)
    run = lending.follow(campaign, run["id"])
    assert (run["status"], run["triggeredBy"]) == ("completed", "schedule")
    assert datetime.fromisoformat(run["scheduledFor"]) == due
    lines = lending.log(run)
    assert sum("started late by the sweep" in line for line in lines) == 1
    assert sum(line == "run: started" for line in lines) == 1


def test_a_run_whose_execution_was_stopped_half_way_is_ended_with_a_reason(
    lending: Lending, stack: Stack, redash: RedashServer
) -> None:
    assert stack.durable is not None
    slow = redash.query_url("slow")
    campaign = lending.campaign(redashQueryUrl=slow, redashApiKey=QUERY_KEY)
    started = lending.start(campaign)
    lending.follow(campaign, started, "query")
    stack.durable.stop(str(read(RUN, started)))
    # What was under way when it was stopped may still have written to the run, once.
    for _ in range(3):
        advance_to(stack, stack.clock.now() + timedelta(minutes=46))
    run = lending.follow(campaign, started)
    assert run["status"] == "failed"
    assert run["errorMessage"].startswith("no progress since 2026-03-0")
    assert run["errorMessage"].endswith("its execution was stopped")
    assert lending.log(run)[-1] == run["errorMessage"]
    redash.calm()
    assert lending.run(campaign, [])["status"] == "completed", "the campaign is free again"


def test_schedules_follow_a_company_that_moves(lending: Lending, stack: Stack) -> None:
    assert stack.queries is not None
    campaign, due = scheduled(lending, stack.queries.query_url("nobody"))
    path = f"/v1/companies/{lending.company_id}"
    times = {"timezone": "Asia/Tokyo", "runWindow": {"start": "05:00", "end": "05:01"}}
    assert lending.api.take("PATCH", path, times)["schedules"] == "moving"
    last(lending.api.until(path, lambda seen: seen["schedules"] == "moved", every=0.05))
    *_, alarm = alarm_of(stack, campaign)
    assert alarm["ScheduleExpression"] == "cron(0 5 * * ? *)"
    assert alarm["ScheduleExpressionTimezone"] == "Asia/Tokyo"
    then = datetime.fromisoformat(lending.seen(campaign)["nextRunAt"])
    assert (then.hour, then.minute, then != due) == (20, 0, True)
    advance_to(stack, then + timedelta(seconds=10))
    [run] = lending.runs(campaign)
    assert datetime.fromisoformat(run["scheduledFor"]) == then
    assert lending.follow(campaign, run["id"])["status"] == "completed"
