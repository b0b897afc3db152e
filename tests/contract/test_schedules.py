"""The promises of the schedules port, kept in memory and on EventBridge Scheduler alike."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, cast
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from campaigns.adapters.memory_schedules import MemorySchedules
from campaigns.adapters.scheduler import EventBridgeSchedules
from campaigns.domain.schedule import ClockName, Purpose, ScheduleEntry, SchedulesUnavailable
from campaigns.ports import Schedules
from local.scheduler import LocalScheduler

if TYPE_CHECKING:
    from mypy_boto3_scheduler.client import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef

TARGET = "arn:aws:lambda:eu-west-1:000000000000:function:start-scheduled-run:live"
CHECK_TARGET = "arn:aws:lambda:eu-west-1:000000000000:function:check-flight"
ROLE = "arn:aws:iam::000000000000:role/schedules"
DEAD_LETTERS = "arn:aws:sqs:eu-west-1:000000000000:schedule-dead-letters"

SPRING = ScheduleEntry(
    company_id="acme", campaign_id="spring", at=time(6, 35), zone="America/New_York"
)


class Emulator(Protocol):
    endpoint: str


def a_client(endpoint: str) -> "EventBridgeSchedulerClient":
    client: EventBridgeSchedulerClient = boto3.client(
        "scheduler",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
    )
    return client


def on_eventbridge(client: Any, group: str) -> EventBridgeSchedules:
    return EventBridgeSchedules(
        client,
        group=group,
        targets={Purpose.RUN: TARGET, Purpose.FLIGHT_CHECK: CHECK_TARGET},
        role_arn=ROLE,
        dead_letter_arn=DEAD_LETTERS,
    )


@pytest.fixture
def scheduler_client(emulator: Emulator) -> "EventBridgeSchedulerClient":
    return a_client(emulator.endpoint)


@pytest.fixture
def group(scheduler_client: "EventBridgeSchedulerClient") -> str:
    """A schedule group of the test's own."""
    name = f"test-{uuid4()}"
    scheduler_client.create_schedule_group(Name=name)
    return name


@pytest.fixture
def eventbridge(scheduler_client: "EventBridgeSchedulerClient", group: str) -> EventBridgeSchedules:
    return on_eventbridge(scheduler_client, group)


@pytest.fixture(params=["memory", "eventbridge"])
def schedules(request: pytest.FixtureRequest) -> Schedules:
    if request.param == "memory":
        return MemorySchedules()
    found: EventBridgeSchedules = request.getfixturevalue("eventbridge")
    return found


def entry(**changes: Any) -> ScheduleEntry:
    facts = {"company_id": "acme", "campaign_id": "spring", "at": time(6, 35), "zone": "UTC"}
    return ScheduleEntry(**{**facts, **changes})


# Promises of the port


def test_an_entry_comes_back_as_it_went_in(schedules: Schedules) -> None:
    schedules.put(SPRING)
    assert schedules.find("acme", "spring") == SPRING


@pytest.mark.parametrize("at", [time(4), time(9, 5), time(22, 59)])
def test_every_minute_of_a_window_comes_back(schedules: Schedules, at: time) -> None:
    schedules.put(entry(at=at, zone="Asia/Kathmandu"))
    assert schedules.find("acme", "spring") == entry(at=at, zone="Asia/Kathmandu")


def test_what_was_never_put_is_not_found(schedules: Schedules) -> None:
    assert schedules.find("acme", "spring") is None


def test_putting_again_changes_nothing(schedules: Schedules) -> None:
    schedules.put(SPRING)
    schedules.put(SPRING)
    assert schedules.find("acme", "spring") == SPRING


def test_putting_replaces_what_was_there(schedules: Schedules) -> None:
    schedules.put(SPRING)
    moved = entry(at=time(21, 10), zone="Europe/London")
    schedules.put(moved)
    assert schedules.find("acme", "spring") == moved


def test_what_is_removed_is_gone(schedules: Schedules) -> None:
    schedules.put(SPRING)
    schedules.remove("acme", "spring")
    assert schedules.find("acme", "spring") is None


def test_removing_what_is_not_there_is_fine(schedules: Schedules) -> None:
    schedules.remove("acme", "spring")
    schedules.put(SPRING)
    schedules.remove("acme", "spring")
    schedules.remove("acme", "spring")
    assert schedules.find("acme", "spring") is None


def test_entries_of_campaigns_that_are_not_known_are_the_others(schedules: Schedules) -> None:
    assert list(schedules.others(frozenset())) == []
    named = [ClockName("acme", f"campaign-{number}") for number in range(4)]
    named.append(ClockName("acme", "campaign-4", slot="1000"))
    named.append(ClockName("acme", "campaign-9", Purpose.FLIGHT_CHECK))
    for one in named:
        schedules.put(entry(**one._asdict()))
    known = frozenset(named[:2])
    assert sorted(schedules.others(known)) == named[2:]
    for one in schedules.others(known):
        schedules.remove(*one)
    assert list(schedules.others(known)) == []
    assert [schedules.find(*one) is not None for one in named] == [True] * 2 + [False] * 4


def test_what_was_removed_can_be_put_again(schedules: Schedules) -> None:
    schedules.put(SPRING)
    schedules.remove("acme", "spring")
    schedules.put(SPRING)
    assert schedules.find("acme", "spring") == SPRING


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("acme", "spring"), ("bolt", "spring")),
        (("acme", "spring"), ("acme", "autumn")),
        (("a", "bc"), ("ab", "c")),
        (("acme", "spring/1"), ("acme", "spring 1")),
        (("acme", "x" * 100 + "1"), ("acme", "x" * 100 + "2")),
        (("Müller & Söhne", "früh..jahr"), ("Müller & Söhne", "früh--jahr")),
    ],
)
def test_campaigns_do_not_share_a_schedule(
    schedules: Schedules, one: tuple[str, str], other: tuple[str, str]
) -> None:
    first = entry(company_id=one[0], campaign_id=one[1], at=time(6))
    second = entry(company_id=other[0], campaign_id=other[1], at=time(7))
    schedules.put(first)
    schedules.put(second)
    assert schedules.find(*one) == first
    assert schedules.find(*other) == second
    schedules.remove(*one)
    assert schedules.find(*one) is None
    assert schedules.find(*other) == second


def test_the_clocks_of_a_campaign_are_kept_apart(schedules: Schedules) -> None:
    check = entry(purpose=Purpose.FLIGHT_CHECK, at=time(6, 5))
    schedules.put(entry())
    assert schedules.find("acme", "spring", Purpose.FLIGHT_CHECK) is None
    schedules.put(check)
    assert schedules.find("acme", "spring") == entry()
    assert schedules.find("acme", "spring", Purpose.FLIGHT_CHECK) == check
    schedules.remove("acme", "spring")
    assert schedules.find("acme", "spring") is None
    assert schedules.find("acme", "spring", Purpose.FLIGHT_CHECK) == check
    schedules.remove("acme", "spring", Purpose.FLIGHT_CHECK)
    assert schedules.find("acme", "spring", Purpose.FLIGHT_CHECK) is None


WEEKLY = entry(slot="1000", at=time(10), weekdays=frozenset({0, 4}), zone="Europe/Berlin")
ONCE = entry(slot="once", at=time(10), on=date(2099, 3, 5))


@pytest.mark.parametrize("other", [WEEKLY, ONCE], ids=["weekly", "once"])
def test_the_slots_of_a_campaign_are_kept_apart(schedules: Schedules, other: ScheduleEntry) -> None:
    later = replace(other, slot="1400", at=time(14))
    for one in (SPRING, other, later):
        schedules.put(one)
    assert [schedules.find(*one.name) for one in (SPRING, other, later)] == [SPRING, other, later]
    schedules.remove(*other.name)
    assert [schedules.find(*one.name) for one in (SPRING, other, later)] == [SPRING, None, later]


def test_a_slot_moves_to_other_days_and_to_another_zone(schedules: Schedules) -> None:
    schedules.put(WEEKLY)
    moved = replace(WEEKLY, weekdays=frozenset({6}), zone="Asia/Kathmandu")
    schedules.put(moved)
    assert schedules.find(*WEEKLY.name) == moved


def test_of_many_writers_one_is_last(schedules: Schedules) -> None:
    wanted = [entry(at=time(6, minute)) for minute in range(8)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(schedules.put, wanted))
    assert schedules.find("acme", "spring") in wanted


# What EventBridge is told


def the_schedule(client: "EventBridgeSchedulerClient", group: str) -> "GetScheduleOutputTypeDef":
    (summary,) = client.list_schedules(GroupName=group)["Schedules"]
    return client.get_schedule(Name=summary["Name"], GroupName=group)


def test_a_schedule_fires_daily_in_the_zone_and_never_on_another_day(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    eventbridge.put(SPRING)
    found = the_schedule(scheduler_client, group)
    assert found["ScheduleExpression"] == "cron(35 6 * * ? *)"
    assert found["ScheduleExpressionTimezone"] == "America/New_York"
    assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert found["State"] == "ENABLED"
    target = found["Target"]
    assert (target["Arn"], target["RoleArn"]) == (TARGET, ROLE)
    assert target["DeadLetterConfig"] == {"Arn": DEAD_LETTERS}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 3600
    assert json.loads(target["Input"]) == {
        "companyId": "acme",
        "campaignId": "spring",
        "purpose": "run",
        "scheduledTime": "<aws.scheduler.scheduled-time>",
    }


def test_a_slot_fires_on_its_days_and_what_comes_once_is_deleted_when_it_has(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    eventbridge.put(WEEKLY)
    weekly = the_schedule(scheduler_client, group)
    assert weekly["ScheduleExpression"] == "cron(0 10 ? * MON,FRI *)"
    assert weekly["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert weekly["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert json.loads(weekly["Target"]["Input"])["slot"] == "1000"
    eventbridge.remove(*WEEKLY.name)
    eventbridge.put(ONCE)
    once = the_schedule(scheduler_client, group)
    assert once["ScheduleExpression"] == "at(2099-03-05T10:00:00)"
    assert once["ActionAfterCompletion"] == "DELETE"


def test_a_flight_check_rings_a_function_of_its_own(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    eventbridge.put(entry(purpose=Purpose.FLIGHT_CHECK))
    target = the_schedule(scheduler_client, group)["Target"]
    assert target["Arn"] == CHECK_TARGET
    assert json.loads(target["Input"])["purpose"] == "flight_check"


@pytest.mark.parametrize(
    "campaign_id", ["spring", "5c6e43a6-1f0b-4a0e-9d6f-5f1f6d2c8a10", "früh/jahr 26", "x" * 300, ""]
)
def test_a_schedule_has_a_name_that_eventbridge_allows(
    eventbridge: EventBridgeSchedules,
    scheduler_client: "EventBridgeSchedulerClient",
    group: str,
    campaign_id: str,
) -> None:
    for purpose in Purpose:
        eventbridge.put(entry(campaign_id=campaign_id, purpose=purpose))
    summaries = scheduler_client.list_schedules(GroupName=group)["Schedules"]
    names = {one["Name"] for one in summaries}
    assert len(names) == len(Purpose)
    assert all(re.fullmatch(r"[0-9A-Za-z_.-]{1,64}", name) for name in names)


def test_nothing_is_written_when_nothing_changes(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    eventbridge.put(SPRING)
    before = the_schedule(scheduler_client, group)["LastModificationDate"]
    eventbridge.put(SPRING)
    assert the_schedule(scheduler_client, group)["LastModificationDate"] == before


def test_what_an_operator_set_by_hand_outlives_a_change(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    eventbridge.put(SPRING)
    found = the_schedule(scheduler_client, group)
    scheduler_client.update_schedule(
        Name=found["Name"],
        GroupName=group,
        ScheduleExpression=found["ScheduleExpression"],
        FlexibleTimeWindow=found["FlexibleTimeWindow"],
        Target=found["Target"],
        State="DISABLED",
        EndDate=datetime(2099, 1, 1, tzinfo=UTC),
    )
    eventbridge.put(entry(at=time(7)))
    after = the_schedule(scheduler_client, group)
    assert after["ScheduleExpression"] == "cron(0 7 * * ? *)"
    assert after["State"] == "DISABLED"
    assert after["EndDate"] == datetime(2099, 1, 1, tzinfo=UTC)


def test_a_schedule_rewritten_by_hand_is_not_found_and_is_set_right(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    eventbridge.put(SPRING)
    found = the_schedule(scheduler_client, group)
    scheduler_client.update_schedule(
        Name=found["Name"],
        GroupName=group,
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow=found["FlexibleTimeWindow"],
        Target=found["Target"],
    )
    assert eventbridge.find("acme", "spring") is None
    eventbridge.put(SPRING)
    assert eventbridge.find("acme", "spring") == SPRING


# Races


class Interrupted:
    """A scheduler client to whose `operation` somebody else comes first, once."""

    def __init__(self, client: Any, operation: str, first: Callable[[], None]) -> None:
        self._client = client
        self._operation = operation
        self._first: Callable[[], None] | None = first

    def __getattr__(self, name: str) -> Any:
        if name == self._operation and self._first:
            first, self._first = self._first, None
            first()
        return getattr(self._client, name)


def test_a_schedule_made_by_another_in_between_is_updated(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    def another_makes_it() -> None:
        eventbridge.put(entry(at=time(4)))

    client = Interrupted(scheduler_client, "create_schedule", another_makes_it)
    on_eventbridge(client, group).put(SPRING)
    assert eventbridge.find("acme", "spring") == SPRING


def test_a_schedule_removed_by_another_in_between_is_made_anew(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    def another_removes_it() -> None:
        eventbridge.remove("acme", "spring")

    eventbridge.put(entry(at=time(4)))
    client = Interrupted(scheduler_client, "update_schedule", another_removes_it)
    on_eventbridge(client, group).put(SPRING)
    assert eventbridge.find("acme", "spring") == SPRING


# Failures


def test_a_group_that_is_not_there_is_said_to_be(
    scheduler_client: "EventBridgeSchedulerClient",
) -> None:
    nowhere = on_eventbridge(scheduler_client, f"absent-{uuid4()}")
    with pytest.raises(SchedulesUnavailable, match="ResourceNotFoundException"):
        nowhere.put(SPRING)


def test_a_scheduler_that_does_not_answer_is_unavailable() -> None:
    nobody = on_eventbridge(a_client("http://127.0.0.1:1"), "any")
    asks: list[Callable[[], object]] = [
        lambda: nobody.put(SPRING),
        lambda: nobody.remove("acme", "spring"),
        lambda: nobody.find("acme", "spring"),
    ]
    for ask in asks:
        with pytest.raises(SchedulesUnavailable, match="EndpointConnectionError"):
            ask()


# Together with the embedded stack's clockwork


def test_the_embedded_stack_fires_what_was_put(
    eventbridge: EventBridgeSchedules, scheduler_client: "EventBridgeSchedulerClient", group: str
) -> None:
    clock = [datetime(2026, 3, 7, 12, 0, tzinfo=UTC)]
    calls: list[tuple[str, dict[str, Any]]] = []
    stack = LocalScheduler(
        scheduler_client,
        group=group,
        invoke=lambda arn, payload: calls.append((arn, payload)),
        now=lambda: clock[0],
    )
    for number in range(120):
        eventbridge.put(entry(campaign_id=f"other-{number}", at=time(22)))
    eventbridge.put(SPRING)
    clock[0] = datetime(2026, 3, 8, 10, 35, tzinfo=UTC)
    assert stack.tick() == 121
    assert calls[-1] == (
        TARGET,
        {
            "companyId": "acme",
            "campaignId": "spring",
            "purpose": "run",
            "scheduledTime": "2026-03-08T10:35:00Z",
        },
    )


def test_a_group_is_listed_page_by_page(
    eventbridge: EventBridgeSchedules, scheduler_client: Any, group: str
) -> None:
    """The emulator knows no pages, so they are made here."""
    named = [ClockName("acme", f"campaign-{number}") for number in range(5)]
    for one in named:
        eventbridge.put(entry(**one._asdict()))
    real = scheduler_client.list_schedules

    def paged(**asked: Any) -> Any:
        start = int(asked.pop("NextToken", 0))
        assert asked["MaxResults"] == 2
        every = real(**asked | {"MaxResults": 100})["Schedules"]
        more = {"NextToken": str(start + 2)} if start + 2 < len(every) else {}
        return {"Schedules": every[start : start + 2], **more}

    client = SimpleNamespace(
        list_schedules=paged,
        get_schedule=scheduler_client.get_schedule,
        exceptions=scheduler_client.exceptions,
    )
    paging = EventBridgeSchedules(
        cast(Any, client),
        group=group,
        targets=dict.fromkeys(Purpose, TARGET),
        role_arn=ROLE,
        dead_letter_arn=DEAD_LETTERS,
        page_size=2,
    )
    assert sorted(paging.others(frozenset())) == named


def test_what_somebody_made_by_hand_is_none_of_ours(
    eventbridge: EventBridgeSchedules, scheduler_client: Any, group: str
) -> None:
    target = {"Arn": TARGET, "RoleArn": ROLE}
    ours = {"companyId": "acme", "campaignId": "spring", "purpose": "run"}
    for name, told in (("by-hand", {}), ("copied", {"Input": json.dumps(ours)})):
        scheduler_client.create_schedule(
            Name=name,
            GroupName=group,
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={**target, **told},
        )
    assert list(eventbridge.others(frozenset())) == []
