"""A list that leaves in files of its own for each window of hours, each when its window opens."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.adapters.memory import MemorySteps
from campaigns.domain.customer import Customer, Flag
from campaigns.domain.delivery import DirectoryMissing
from campaigns.domain.exporter import Direction, Lists, SortKey
from campaigns.domain.row_index import LINE, MARK
from campaigns.domain.run import LINES_INDEX, RunStatus, contacts_part
from campaigns.ports import Json
from campaigns.usecases.cancel_run import cancel_run
from tests.builders import MONDAY, a_customer, a_phone, an_exporter
from tests.fakes import SometimesEngine
from tests.unit.pipeline.flow import Flow
from tests.unit.pipeline.recalling import Recalling
from tests.unit.pipeline.world import World

EASTERN, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"
ARIZONA, HAWAII = "America/Phoenix", "Pacific/Honolulu"
NIGHT = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
"""It has just become Monday at the company, in New York."""
EVERYWHERE = [
    *(HAWAII, PACIFIC, ARIZONA, EASTERN, "America/St_Johns", "UTC", "Europe/Berlin"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide", "Pacific/Auckland"),
    *("Pacific/Tongatapu", "Antarctica/McMurdo"),
]


class WaitingSteps(MemorySteps):
    """Time passes by pauses alone. `meanwhile` happens once in each of them, if it is long."""

    def __init__(self, world: World, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.world = world
        self.meanwhile = meanwhile
        self.longest = 0

    def poll(self, name: str, check: Callable[[Json], Json], state: Json) -> Json:
        def look(seen: Json) -> Json:
            answer = check(seen)
            if "wait" in answer:
                self.longest = max(self.longest, answer["wait"])
                self.meanwhile()
                self.world.clock.at += timedelta(seconds=answer["wait"])
            return answer

        return super().poll(name, look, state)


def someone(number: int, zone: str, **but: Any) -> Customer:
    """Whose phone may be anywhere."""
    return a_customer(str(number), a_phone(f"+1800555{number:04}"), time_zone=zone, **but)


def a_list(people: Sequence[Customer], *, at: datetime = NIGHT, **but: Any) -> World:
    exporter = but.pop("exporter", None) or an_exporter(
        "person.externalId", "guard.timeZone", "guard.callableFrom"
    )
    rows = [{"borrowerId": person.external_id} for person in people]
    world = World(rows, exporter=exporter, people=people, external_id="early")
    world.clock.at = at
    sftp = world.campaign.sftp
    assert sftp is not None
    world.campaigns.move(
        replace(world.campaign, sftp=replace(sftp, **{"split": "timeZone", **but}))
    )
    return world


def timed(world: World) -> list[tuple[str, datetime]]:
    """The files as they will have come, and when."""
    came: list[datetime] = []
    world.receiver.at_delivery = lambda: came.append(world.clock.at)
    run = world.execute(WaitingSteps(world))
    assert run.status is RunStatus.COMPLETED
    return list(zip((_ending(one["file"]) for one in run.deliveries), came, strict=True))


def _ending(name: str) -> str:
    return name.partition("_RN-")[2][28:]


def opening(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(8), ZoneInfo(zone)).astimezone(UTC)


def test_each_window_has_a_file_that_leaves_when_it_opens() -> None:
    people = [someone(1, PACIFIC), someone(2, EASTERN), someone(3, HAWAII), someone(4, EASTERN)]
    world = a_list(people)
    came = timed(world)
    assert came == [
        ("contacts_part01_America-New_York.csv", opening(MONDAY, EASTERN)),
        ("contacts_part02_America-Los_Angeles.csv", opening(MONDAY, PACIFIC)),
        ("contacts_part03_Pacific-Honolulu.csv", opening(MONDAY, HAWAII)),
        ("log.txt", opening(MONDAY, HAWAII)),
        ("receipt.json", opening(MONDAY, HAWAII)),
    ]
    assert [row[0] for row in world.table(contacts_part(1))[1:]] == ["2", "4"]
    assert [row[0] for row in world.table(contacts_part(2))[1:]] == ["1"]
    assert "export: cut into 3 files, 3 windows of hours" in world.log()


def test_without_the_setting_nothing_waits() -> None:
    world = a_list([someone(1, PACIFIC), someone(2, EASTERN)], split=None)
    assert timed(world) == [(name, NIGHT) for name in ("contacts.csv", "log.txt", "receipt.json")]


@settings(max_examples=25, deadline=None)
@given(
    zones=st.lists(st.sampled_from(EVERYWHERE), min_size=1, max_size=12),
    most=st.none() | st.integers(1, 3),
    descends=st.none() | st.booleans(),
    hour=st.integers(0, 20),
)
def test_nobodys_file_leaves_before_their_hours_anywhere_in_the_world(
    zones: list[str], most: int | None, descends: bool | None, hour: int
) -> None:
    begins = NIGHT + timedelta(hours=hour)
    people = [someone(number, zone) for number, zone in enumerate(zones, 1)]
    exporter = an_exporter("person.externalId", "guard.timeZone", "guard.callableFrom")
    exporter = replace(exporter, format=replace(exporter.format, max_rows_per_file=most))
    if descends is not None:
        way = Direction.DESCENDING if descends else Direction.ASCENDING
        exporter = replace(exporter, order=(SortKey(by="person.externalId", direction=way),))
    world = a_list(people, at=begins, exporter=exporter)
    came = dict(timed(world))
    listed: dict[tuple[int, int, int], str] = {}
    before: tuple[Any, ...] = ()
    for number, file in enumerate((one for one in world.run.files if one.window), 1):
        assert file.window is not None
        rows = world.table(file.name)[1:]
        assert 1 <= len(rows) == file.rows <= (most or len(rows))
        assert {row[1] for row in rows} == {file.window.zone}
        assert {datetime.fromisoformat(row[2]) for row in rows} == {file.window.opens_at}
        assert opening(MONDAY, file.window.zone) == file.window.opens_at
        zone = file.window.zone.replace("/", "-")
        assert came[f"contacts_part{number:02}_{zone}.csv"] == max(file.window.opens_at, begins)
        window = (file.window.opens_at, file.window.zone)
        assert before <= window
        before = window
        names = [row[0] for row in rows]
        if descends is not None:
            assert names == sorted(names, reverse=descends)
        listed |= {(int(name), number, line): name for line, name in enumerate(names, 1)}
    still = [
        number
        for number, zone in enumerate(zones, 1)
        if datetime.combine(MONDAY, time(21), ZoneInfo(zone)) > begins
    ]
    assert sorted(int(name) for name in listed.values()) == still
    if still:
        index = world.content(LINES_INDEX)[len(MARK) :][: LINE.size * len(listed)]
        assert [one[1:] for one in LINE.iter_unpack(index)] == [one[1:] for one in sorted(listed)]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        # In spring and in autumn, on the night to Sunday; Arizona keeps its clocks.
        (date(2026, 3, 8), {EASTERN: 12, CENTRAL: 13, ARIZONA: 15, PACIFIC: 15}),
        (date(2026, 11, 1), {EASTERN: 13, CENTRAL: 14, ARIZONA: 15, PACIFIC: 16}),
    ],
)
def test_on_the_day_when_clocks_change_the_new_time_counts(
    day: date, hours: dict[str, int]
) -> None:
    people = [someone(number, zone) for number, zone in enumerate(hours)]
    world = a_list(people, at=datetime(day.year, day.month, day.day, 5, 30, tzinfo=UTC))
    came = timed(world)[:4]
    # Those whose hours begin together are in the order of their zones' names.
    ordered = sorted(hours, key=lambda zone: (hours[zone], zone))
    assert [(name.partition("_part0")[2][2:-4], at.hour) for name, at in came] == [
        (zone.replace("/", "-"), hours[zone]) for zone in ordered
    ]
    assert {at.minute for _, at in came} == {0}


def test_whoever_may_be_in_two_zones_is_called_when_it_is_day_in_both() -> None:
    away = a_customer("1", a_phone("+12135550123"), time_zone=EASTERN)
    world = a_list([away, someone(2, EASTERN)])
    came = timed(world)[:2]
    zone = "America-New_York"
    assert came == [
        (f"contacts_part01_{zone}.csv", opening(MONDAY, EASTERN)),
        (f"contacts_part02_{zone}.csv", opening(MONDAY, PACIFIC)),
    ]


def test_a_list_of_those_who_must_not_be_called_is_not_split() -> None:
    people = [someone(n, zone, flags={Flag.CEASE}) for n, zone in enumerate([PACIFIC, EASTERN])]
    exporter = an_exporter("person.externalId", lists=Lists.SUPPRESSED)
    world = a_list(people, exporter=exporter)
    assert timed(world)[0] == ("contacts.csv", NIGHT)
    assert len(world.table("contacts_output.csv")) == 3


def test_a_list_of_nobody_is_one_file_that_waits_for_nothing() -> None:
    world = a_list([someone(1, EASTERN, flags={Flag.CEASE})])
    assert timed(world)[0] == ("contacts.csv", NIGHT)


def test_a_template_may_name_the_zone_or_leave_it_to_the_end() -> None:
    world = a_list([someone(1, EASTERN)], name_template="{zone}-{part}-{YYYY}.txt")
    timed(world)
    assert world.receiver.published[0] == "America-New_York-01-2026.txt"
    world = a_list([someone(1, EASTERN)], name_template="list.txt")
    timed(world)
    assert world.receiver.published[0] == "list_part01_America-New_York.txt"


def test_each_file_has_its_own_trigger_right_behind_it() -> None:
    world = a_list([someone(1, EASTERN), someone(2, PACIFIC)], trigger="manifest")
    east, west = opening(MONDAY, EASTERN), opening(MONDAY, PACIFIC)
    assert timed(world) == [
        ("contacts_part01_America-New_York.csv", east),
        ("contacts_part01_America-New_York.json", east),
        ("contacts_part02_America-Los_Angeles.csv", west),
        ("contacts_part02_America-Los_Angeles.json", west),
        ("log.txt", west),
        ("receipt.json", west),
    ]
    files = world.receiver.files
    for name in (one for one in files if "_part" in one and one.endswith(".json")):
        [told] = json.loads(files[name])["files"]
        assert told["name"] == name.replace(".json", ".csv")
    assert not [name for name in world.file_names if name.startswith("work/")]


def test_a_run_that_waits_says_for_what_and_looks_often_enough_not_to_seem_stuck() -> None:
    world = a_list([someone(1, EASTERN)])
    seen: list[str | None] = []
    steps = WaitingSteps(world, lambda: seen.append(world.run.stage_detail))
    world.execute(steps)
    assert seen[0] is not None
    assert "America-New_York.csv waits 450 minutes for 2026-03-02T13:00:00.000Z" in seen[0]
    assert len(set(seen)) == len(seen) == 30
    assert steps.longest == 900
    assert world.run.stage_detail is None


def test_canceling_keeps_back_what_has_not_left() -> None:
    world = a_list([someone(1, EASTERN), someone(2, PACIFIC)])

    def cancel() -> None:
        if world.receiver.published:
            known: Any = {"runs": world.runs, "files": world.files, "events": world.events}
            cancel_run(world.run, now=world.clock, engine=SometimesEngine(), **known)

    run = world.execute(WaitingSteps(world, cancel))
    assert run.status is RunStatus.CANCELED
    assert [_ending(name) for name in world.receiver.published] == [
        "contacts_part01_America-New_York.csv"
    ]
    assert world.clock.at < opening(MONDAY, PACIFIC)


def test_a_run_that_is_tried_again_delivers_what_is_missing() -> None:
    world = a_list([someone(1, EASTERN), someone(2, PACIFIC)], trigger="done")

    def fail() -> None:
        if world.receiver.published:
            world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]

    assert world.execute(WaitingSteps(world, fail)).status is RunStatus.FAILED
    first = dict(world.receiver.files)
    assert len(first) == 2
    world.receiver.failures.clear()
    world.receiver.files.clear()
    set_split = world.campaign.sftp
    assert set_split is not None
    # What the campaign says by now is for its next run.
    world.campaigns.move(replace(world.campaign, sftp=replace(set_split, split=None)))
    world.runs.reopen(world.run.restarted("run: tried again", at=world.clock.at))
    assert world.execute(WaitingSteps(world)).status is RunStatus.COMPLETED
    assert not first.keys() & world.receiver.files.keys()
    assert [_ending(name) for name in world.receiver.published] == [
        "contacts_part01_America-New_York.csv",
        "contacts_part01_America-New_York.done",
        "contacts_part02_America-Los_Angeles.csv",
        "contacts_part02_America-Los_Angeles.done",
        "log.txt",
        "receipt.json",
    ]


def test_whoever_is_recalled_between_two_windows_is_recalled_again_behind_the_later_list() -> None:
    world = a_list([someone(1, EASTERN), someone(2, PACIFIC)], trigger="done")
    one = Recalling(world, executes=False)
    world.clock.at = NIGHT
    told: list[str] = []

    def opt_out() -> None:
        if world.receiver.published and not told:
            at = world.clock.at
            changes = [one.changed(place, flags=frozenset({Flag.DISPUTE})) for place in (0, 1)]
            assert one.note(*changes) == 2
            told.append(one.tell(timedelta(minutes=3)))
            world.clock.at = at

    assert world.execute(WaitingSteps(world, opt_out)).status is RunStatus.COMPLETED
    assert told == ["told"]
    assert [_ending(name) for name in world.receiver.published] == [
        "contacts_part01_America-New_York.csv",
        "contacts_part01_America-New_York.done",
        "recall_01.csv",
        "contacts_part02_America-Los_Angeles.csv",
        "contacts_part02_America-Los_Angeles.done",
        "recall_01_part02_America-Los_Angeles.csv",
        "log.txt",
        "receipt.json",
    ]
    first, again = (
        content for name, content in world.receiver.files.items() if "recall_01" in name
    )
    assert first == again
    assert len(first.splitlines()) == 3


def test_a_step_of_a_collection_campaign_splits_its_list_too() -> None:
    flow = Flow(people=2)
    flow.customer(2, time_zone=PACIFIC, version=1)
    step = flow.step()
    assert step.sftp is not None
    flow.collection = flow.campaign_of(replace(step, sftp=replace(step.sftp, split="timeZone")))
    flow.enroll()
    flow.ring()
    [run] = flow.work(lambda: WaitingSteps(flow))
    assert run.status is RunStatus.COMPLETED
    assert [one["file"].partition("_part")[2] for one in run.deliveries if one["rows"]] == [
        "01_America-Chicago.csv",
        "02_America-Los_Angeles.csv",
    ]
    assert flow.clock.at >= opening(MONDAY, PACIFIC)
    assert [flow.of(one).calls for one in flow.accounts] == [1, 1]
