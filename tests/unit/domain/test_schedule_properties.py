"""Peachy crontabs held against a second reading of crontab(5), and instants against time zones.

The second reading is slow and plain: it never lists the values of a field, it asks
of one date whether each item of each field admits it.
"""

import string
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.schedule import (
    InvalidSchedule,
    PeachyCrontab,
    RunWindow,
    instant_on,
    local_date_of,
    minute_of,
    next_run_at,
    zone_of,
)

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
FIELDS: tuple[tuple[int, int, list[str]], ...] = ((1, 31, []), (1, 12, MONTHS), (0, 7, WEEKDAYS))
LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


# The second reading


class Refused(Exception):
    pass


def read_number(text: str, low: int, high: int, names: list[str]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + low
    if not text or any(letter not in "0123456789" for letter in text):
        raise Refused
    number = int(text)
    if number < low or number > high:
        raise Refused
    return number


def item_admits(item: str, value: int, low: int, high: int, names: list[str]) -> bool:
    span, slash, step_text = item.partition("/")
    step = read_number(step_text, 1, 10**300, []) if slash else 1
    if span == "*":
        return (value - low) % step == 0
    first_text, dash, last_text = span.partition("-")
    first = read_number(first_text, low, high, names)
    if not dash:
        if slash:
            raise Refused
        return value == first
    last = read_number(last_text, low, high, names)
    if last < first:
        raise Refused
    return first <= value <= last and (value - first) % step == 0


def field_admits(text: str, value: int, low: int, high: int, names: list[str]) -> bool:
    answers = [item_admits(item, value, low, high, names) for item in text.split(",")]
    return True in answers


def admits(text: str, month: int, day: int, weekday: int) -> bool:
    """`weekday` counts from Sunday, which is 0 and also 7."""
    fields = [field for field in text.replace("\t", " ").split(" ") if field]
    if len(fields) != 5 or fields[0].upper() != "P" or fields[1].upper() != "P":
        raise Refused
    by_day = field_admits(fields[2], day, *FIELDS[0])
    by_month = field_admits(fields[3], month, *FIELDS[1])
    by_weekday = field_admits(fields[4], weekday, *FIELDS[2])
    if weekday == 0:
        by_weekday = field_admits(fields[4], 7, *FIELDS[2]) or by_weekday
    if fields[2][0] == "*" or fields[4][0] == "*":
        return by_month and by_day and by_weekday
    return by_month and (by_day or by_weekday)


def admits_date(text: str, on: date) -> bool:
    return admits(text, on.month, on.day, (on.weekday() + 1) % 7)


def can_ever_fire(text: str) -> bool:
    return any(
        admits(text, month, day, weekday)
        for month in range(1, 13)
        for day in range(1, LONGEST[month - 1] + 1)
        for weekday in range(7)
    )


# What is tried


@st.composite
def items(draw: st.DrawFn, low: int, high: int, names: list[str]) -> str:
    def spelled(number: int) -> str:
        if number - low < len(names) and draw(st.booleans()):
            name = names[number - low]
            return draw(st.sampled_from([name, name.upper(), name.title()]))
        return draw(st.sampled_from([str(number), f"{number:02}"]))

    kind = draw(st.sampled_from(["star", "number", "range", "range"]))
    if kind == "number":
        return spelled(draw(st.integers(low, high)))
    step = draw(st.sampled_from(["", "", "/1", "/2", "/3", "/5", "/7", f"/{high + 9}"]))
    if kind == "star":
        return f"*{step}"
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    return f"{spelled(first)}-{spelled(last)}{step}"


@st.composite
def crontabs(draw: st.DrawFn) -> str:
    fields = [
        draw(st.just("*") | st.lists(items(*field), min_size=1, max_size=4).map(",".join))
        for field in FIELDS
    ]
    return " ".join(["P", "P", *fields])


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A crontab with a few letters changed; some are still good."""
    text = list(draw(crontabs()))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(4, len(text) - 1))
        letter = draw(st.sampled_from("0123456789*/-,,--//LW#?$HRPp @" + string.ascii_lowercase))
        text[place : place + draw(st.integers(0, 1))] = [letter]
    return "".join(text)


dates = st.dates(date(1990, 1, 1), date(2100, 12, 31))

ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
]

campaign_ids = st.uuids().map(str)


@st.composite
def windows(draw: st.DrawFn) -> RunWindow:
    start = draw(st.integers(4 * 60, 23 * 60 - 1))
    end = draw(st.integers(start + 1, 23 * 60))
    return RunWindow(time(*divmod(start, 60)), time(*divmod(end, 60)))


# What must hold


@settings(max_examples=500, deadline=None)
@given(crontabs(), st.lists(dates, min_size=1, max_size=20))
def test_a_date_matches_as_crontab_reads_it(text: str, on: list[date]) -> None:
    try:
        crontab = PeachyCrontab.parse(text)
    except InvalidSchedule:
        assert not can_ever_fire(text)
        return
    for day in on:
        assert crontab.matches(day) == admits_date(text, day), day


@settings(max_examples=150, deadline=None)
@given(crontabs())
def test_exactly_what_can_fire_is_accepted(text: str) -> None:
    try:
        PeachyCrontab.parse(text)
        accepted = True
    except InvalidSchedule:
        accepted = False
    assert accepted == can_ever_fire(text)


@settings(max_examples=500, deadline=None)
@given(spoiled())
def test_a_slip_of_the_pen_is_refused_or_read_as_crontab_reads_it(text: str) -> None:
    try:
        crontab = PeachyCrontab.parse(text)
    except InvalidSchedule:
        try:
            fires = can_ever_fire(text)
        except Refused:
            return
        assert not fires
        return
    start = date(2027, 12, 20)
    for day in (start + timedelta(days=n) for n in range(0, 120, 3)):
        assert crontab.matches(day) == admits_date(text, day), day


@settings(max_examples=150, deadline=None)
@given(crontabs().filter(can_ever_fire), dates)
def test_next_dates_are_the_matching_ones_in_order(text: str, after: date) -> None:
    horizon = after + timedelta(days=400)
    found = takewhile(lambda day: day <= horizon, PeachyCrontab.parse(text).next_dates(after))
    expected = [after + timedelta(days=n) for n in range(1, 401)]
    assert list(found) == [day for day in expected if admits_date(text, day)]


@settings(max_examples=600, deadline=None)
@given(
    st.dates(date(2024, 1, 1), date(2060, 12, 31)),
    campaign_ids,
    windows(),
    st.sampled_from(ZONES),
)
def test_the_local_minute_exists_once_on_every_date(
    on: date, campaign_id: str, window: RunWindow, zone: str
) -> None:
    at = instant_on(on, campaign_id, window, zone)
    local = at.astimezone(zone_of(zone))
    minute = minute_of(campaign_id, window)
    assert at.tzinfo is UTC
    assert window.start <= minute < window.end
    assert (local.date(), local.time()) == (on, minute)
    assert local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
    assert local_date_of(at, zone) == on


@settings(max_examples=150, deadline=None)
@given(
    crontabs().filter(can_ever_fire),
    campaign_ids,
    windows(),
    st.sampled_from([*ZONES, "Pacific/Easter"]),
    st.datetimes(datetime(2024, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_runs_come_once_per_matching_local_date(
    text: str, campaign_id: str, window: RunWindow, zone: str, after: datetime
) -> None:
    crontab = PeachyCrontab.parse(text)
    runs: list[datetime] = []
    for _ in range(5):
        at = next_run_at(crontab, campaign_id, window, zone, runs[-1] if runs else after)
        assert at is not None
        runs.append(at)
    yesterday = local_date_of(after, zone) - timedelta(days=1)
    expected = [
        day
        for day in islice(crontab.next_dates(yesterday), 6)
        if instant_on(day, campaign_id, window, zone) > after
    ]
    assert [local_date_of(at, zone) for at in runs] == expected[:5]
    assert runs[0] > after
    assert runs == sorted(set(runs))
