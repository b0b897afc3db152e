"""When campaigns of agencies run: what is read, and what clocks do to it."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.agency_schedule import (
    MOST_TIMES,
    WEEKDAYS,
    AgencySchedule,
    DaysRequired,
    ScheduleRefused,
    read_days,
)

NEW_YORK = "America/New_York"
ZONES = [
    NEW_YORK,
    "UTC",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Nuuk",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "Pacific/Easter",
    "America/Santiago",
]
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(begins: str = "2026-01-01 00:00", **days: str) -> AgencySchedule:
    times = {day: [time.fromisoformat(one) for one in of.split()] for day, of in days.items()}
    return AgencySchedule.weekly(begins, times)


# ── what is read ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "zone", "begin"),
    [
        ("2026-03-05 10:00", NEW_YORK, "2026-03-05T15:00"),
        (" 2026-03-05 10:00 ", "Europe/Berlin", "2026-03-05T09:00"),
        ("2026-03-05T10:00:00Z", NEW_YORK, "2026-03-05T10:00"),
        ("2026-03-05T10:00:00.000z", NEW_YORK, "2026-03-05T10:00"),
        ("2026-03-05T10:00+05:30", NEW_YORK, "2026-03-05T04:30"),
        ("2026-03-05 10:00-05:00", NEW_YORK, "2026-03-05T15:00"),
        ("2026-03-05T10:00:00.001Z", NEW_YORK, "2026-03-05T10:01"),
        ("2026-03-08 02:30", NEW_YORK, "2026-03-08T07:30"),
        ("2026-11-01 01:30", NEW_YORK, "2026-11-01T05:30"),
    ],
)
def test_a_time_is_the_agencys_own_unless_it_says_otherwise(
    text: str, zone: str, begin: str
) -> None:
    assert AgencySchedule.once(text).begin(zone) == utc(begin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-03-05",
        "2026-03-05T10:00",
        "2026-03-05 10:00:00",
        "2026-3-5 10:00",
        "2026-02-30 10:00",
        "2026-03-05 24:00",
        "2026-W10-4T10:00Z",
        "20260305T1000Z",
        "2026-03-05T10:00+25:00",
        "1999-12-31 23:59",
        "2199-01-01 00:00",
        "0001-01-01T00:00+14:00",
        "٢٠٢٦-03-05 10:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ScheduleRefused) as refused:
        AgencySchedule.once(text)
    assert refused.value.field == "schedule"


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        [],
        "monday",
        {"monday": []},
        {"monday": ["10:00"], "tuesday": []},
        {"Monday": ["10:00"]},
        {"mon": ["10:00"]},
        {"someday": ["10:00"]},
        {"monday": "10:00"},
        {"monday": ["24:00"]},
        {"monday": ["9:00"]},
        {"monday": ["10:60"]},
        {"monday": ["10:00:00"]},
        {"monday": [1000]},
        {"monday": [None]},
        {"monday": ["10:00\n"]},
    ],
)
def test_days_without_times_or_weekdays_are_refused(given: Any) -> None:
    with pytest.raises(DaysRequired, match=r"^Days and Times are required"):
        read_days(given)


def test_days_are_shown_in_their_order_each_time_once() -> None:
    given = {"sunday": ["18:00"], "monday": ["14:00", "10:00", "10:00"]}
    schedule = AgencySchedule.weekly("2026-01-01 00:00", read_days(given))
    assert schedule.days == {"monday": ["10:00", "14:00"], "sunday": ["18:00"]}
    assert list(schedule.days) == ["monday", "sunday"]


def test_so_many_different_times_and_no_more() -> None:
    times = [time(*divmod(minutes, 60)) for minutes in range(MOST_TIMES + 1)]
    assert AgencySchedule.weekly("2026-01-01 00:00", {"monday": times[:-1]})
    with pytest.raises(ScheduleRefused, match="50 different times"):
        AgencySchedule.weekly("2026-01-01 00:00", {"monday": times[:-2], "friday": times[-2:]})


@pytest.mark.parametrize(
    "schedule",
    [
        AgencySchedule.once("2026-03-05 10:00"),
        AgencySchedule.once("2026-03-05T10:00Z"),
        weekly(monday="10:00 14:00", sunday="00:00"),
        weekly("2026-03-05T10:00Z", saturday="23:59"),
    ],
    ids=lambda schedule: schedule.text,
)
def test_a_schedule_is_read_back_as_it_was_written(schedule: AgencySchedule) -> None:
    assert AgencySchedule.parse(schedule.text) == schedule


# ── when it comes due ────────────────────────────────────────────────────────


def test_once_comes_once() -> None:
    schedule = AgencySchedule.once("2026-03-05 10:00")
    assert list(schedule.occurrences(NEW_YORK, LONG_AGO)) == [utc("2026-03-05T15:00")]
    assert schedule.next_after(NEW_YORK, utc("2026-03-05T15:00")) is None


def test_the_first_slot_is_at_or_after_the_beginning() -> None:
    at = weekly("2026-03-05 10:00", thursday="09:59 10:00", friday="08:00")
    first = list(islice(at.occurrences(NEW_YORK, LONG_AGO), 3))
    assert first == [utc("2026-03-05T15:00"), utc("2026-03-06T13:00"), utc("2026-03-12T13:59")]


def test_a_slot_that_clocks_skip_comes_an_hour_later_on_its_day() -> None:
    at = weekly("2026-03-08 00:00", sunday="02:30 03:10")
    due = at.due_between(NEW_YORK, utc("2026-03-08T00:00"), utc("2026-03-15T23:00"))
    assert due == [
        utc("2026-03-08T07:10"),  # 03:10
        utc("2026-03-08T07:30"),  # 02:30, which is not there: 03:30
        utc("2026-03-15T06:30"),
        utc("2026-03-15T07:10"),
    ]


def test_two_slots_that_fall_together_are_one() -> None:
    at = weekly("2026-03-08 00:00", sunday="02:30 03:30")
    due = at.due_between(NEW_YORK, utc("2026-03-08T00:00"), utc("2026-03-09T00:00"))
    assert due == [utc("2026-03-08T07:30")]


def test_a_slot_that_comes_twice_counts_the_first_time() -> None:
    at = weekly("2026-11-01 00:00", sunday="01:30")
    due = at.due_between(NEW_YORK, utc("2026-11-01T00:00"), utc("2026-11-02T00:00"))
    assert due == [utc("2026-11-01T05:30")]
    assert at.meant_by(utc("2026-11-01T05:30"), NEW_YORK) == due[0]
    assert at.meant_by(utc("2026-11-01T06:30"), NEW_YORK) == due[0]


def test_an_alarm_that_nothing_is_due_for_means_nothing() -> None:
    at = weekly("2026-03-05 10:00", thursday="10:00 14:00", friday="09:00")
    zone = "Europe/Berlin"
    assert at.meant_by(utc("2026-03-05T09:00"), zone) == utc("2026-03-05T09:00")
    assert at.meant_by(utc("2026-03-05T09:00:30"), zone) == utc("2026-03-05T09:00")
    assert at.meant_by(utc("2026-03-05T15:00"), zone) is None  # The zone it was set for before.
    assert at.meant_by(utc("2026-03-06T09:00"), zone) is None
    assert at.meant_by(utc("2026-02-26T09:00"), zone) is None  # A week before it begins.


def test_what_comes_once_may_be_rung_for_late_and_never_early() -> None:
    once = AgencySchedule.once("2026-03-05 10:00")
    assert once.meant_by(utc("2026-03-05T15:00"), NEW_YORK) == utc("2026-03-05T15:00")
    assert once.meant_by(utc("2026-03-05T15:00"), "Europe/Berlin") == utc("2026-03-05T09:00")
    assert once.meant_by(utc("2026-03-05T14:59"), NEW_YORK) is None


def test_a_local_time_follows_its_agency_and_a_moment_does_not() -> None:
    local, moment = (
        AgencySchedule.once("2026-03-05 10:00"),
        AgencySchedule.once("2026-03-05T15:00Z"),
    )
    assert local.begin(NEW_YORK) == moment.begin(NEW_YORK)
    assert local.begin("Europe/Berlin") != moment.begin("Europe/Berlin")


# ── against a slow and plain second reading ──────────────────────────────────

times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
slots = st.dictionaries(
    st.sampled_from(WEEKDAYS), st.lists(times, min_size=1, max_size=3), min_size=1, max_size=4
)
# Half of all weeks looked at have a change of clocks in or near them.
begins = st.one_of(
    st.dates(date(2026, 1, 1), date(2045, 1, 1)),
    st.sampled_from([date(y, m, d) for y in (2026, 2033) for m in (3, 9, 10) for d in (20, 26)]),
    st.sampled_from([date(2011, 12, 27), date(2026, 11, 1), date(2026, 3, 6), date(2027, 4, 3)]),
)


def minute_by_minute(
    schedule: AgencySchedule, zone: str, begin: datetime, days: int
) -> set[datetime]:
    """Every minute at which a clock on the wall there shows a slot that it did not show before."""
    wanted = {(slot.weekday, slot.at) for slot in schedule.slots}
    shown, seen = set[datetime](), set[datetime]()
    at = begin - timedelta(days=3)
    while at <= begin + timedelta(days=days + 1):
        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if wall not in seen and (wall.weekday(), wall.time()) in wanted:
            shown.add(at)
        seen.add(wall)
        at += timedelta(minutes=1)
    return {at for at in shown if begin <= at <= begin + timedelta(days=days)}


@settings(deadline=None)
@given(st.sampled_from(ZONES), slots, begins)
def test_it_comes_due_just_when_clocks_there_show_a_slot(
    zone: str, days: dict[str, list[time]], day: date
) -> None:
    schedule = AgencySchedule.weekly(f"{day} 00:00", days)
    begin = schedule.begin(zone)
    until = begin + timedelta(days=8)
    due = set(schedule.due_between(zone, begin - timedelta(minutes=1), until))
    plain = minute_by_minute(schedule, zone, begin, 8)
    assert plain <= due
    for late in due - plain:
        # What no clock ever showed: clocks were put forward over it, and it comes as much later.
        local = late.astimezone(ZoneInfo(zone))
        jump = local.utcoffset() - (late - timedelta(days=1)).astimezone(ZoneInfo(zone)).utcoffset()  # type: ignore[operator]
        meant = local.replace(tzinfo=None) - jump
        assert jump > timedelta(0)
        assert (meant.weekday(), meant.time()) in {(s.weekday, s.at) for s in schedule.slots}
        assert meant.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) == late


@settings(deadline=None)
@given(st.sampled_from(ZONES), slots, begins)
def test_it_comes_in_order_and_never_twice_at_once(
    zone: str, days: dict[str, list[time]], day: date
) -> None:
    schedule = AgencySchedule.weekly(f"{day} 00:00", days)
    coming = list(islice(schedule.occurrences(zone, LONG_AGO), 60))
    assert all(one < next for one, next in pairwise(coming))
    assert coming[0] >= schedule.begin(zone)
    for place in (0, 17, 42):
        assert schedule.next_after(zone, coming[place]) == coming[place + 1]
        assert schedule.meant_by(coming[place], zone) == coming[place]


@settings(deadline=None)
@given(st.sampled_from(ZONES), slots, begins, st.integers(0, 60 * 24 * 365 * 4))
def test_whatever_is_rung_for_is_an_occurrence(
    zone: str, days: dict[str, list[time]], day: date, minutes: int
) -> None:
    schedule = AgencySchedule.weekly(f"{day} 00:00", days)
    meant = schedule.meant_by(utc("2026-01-01T00:00") + timedelta(minutes=minutes), zone)
    if meant is not None:
        assert schedule.due_between(zone, meant - timedelta(minutes=1), meant) == [meant]
