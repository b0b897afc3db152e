"""Which days a Peachy crontab names, what it refuses, and at which instant a campaign runs."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from campaigns.domain.errors import Invalid
from campaigns.domain.schedule import (
    InvalidDays,
    InvalidRunWindow,
    InvalidSchedule,
    PeachyCrontab,
    RunWindow,
    UnknownTimeZone,
    due_between,
    explain,
    flight_check_minute,
    instant_on,
    local_date_of,
    may_start_late,
    minute_of,
    next_run_at,
    zone_of,
)

MORNING = RunWindow()
NEW_YORK = "America/New_York"
MARCH_2026 = [date(2026, 3, day) for day in range(1, 32)]  # The 1st is a Sunday.


def days_in_march(text: str) -> list[int]:
    crontab = PeachyCrontab.parse(text)
    return [day.day for day in MARCH_2026 if crontab.matches(day)]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# What it accepts


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("P P * * *", list(range(1, 32))),
        ("P P 1-31 * *", list(range(1, 32))),
        ("P P 10 * *", [10]),
        ("P P 5-5 * *", [5]),
        ("P P 01,31 * *", [1, 31]),
        ("P P 1-15/3 * *", [1, 4, 7, 10, 13]),
        ("P P 1-3,10-20/5,31 * *", [1, 2, 3, 10, 15, 20, 31]),
        ("P P */10 * *", [1, 11, 21, 31]),
        ("P P */31 * *", [1]),
        ("P P */99 * *", [1]),
        ("P P * 3 *", list(range(1, 32))),
        ("P P * 1-2,4-12 *", []),
        ("P P 9 mar *", [9]),
        ("P P 9 Jan-MAR/2 *", [9]),
        ("P P 9 jan-apr/2 *", [9]),
        ("P P 9 feb-apr/2 *", []),
        ("P P * * 0", [1, 8, 15, 22, 29]),
        ("P P * * 7", [1, 8, 15, 22, 29]),
        ("P P * * 0-0", [1, 8, 15, 22, 29]),
        ("P P * * 7-7", [1, 8, 15, 22, 29]),
        ("P P * * Sun", [1, 8, 15, 22, 29]),
        ("P P * * */7", [1, 8, 15, 22, 29]),
        ("P P * * 1-5", [d for d in range(1, 32) if d % 7 not in (0, 1)]),
        ("P P * * MON-fri", [d for d in range(1, 32) if d % 7 not in (0, 1)]),
        ("P P * * mon-5", [d for d in range(1, 32) if d % 7 not in (0, 1)]),
        ("P P * * 5-7", [d for d in range(1, 32) if d % 7 in (6, 0, 1)]),
        ("P P * * fri-7", [d for d in range(1, 32) if d % 7 in (6, 0, 1)]),
        ("P P * * 5-7/2", [d for d in range(1, 32) if d % 7 in (6, 1)]),
        ("P P * * sun-tue", [d for d in range(1, 32) if d % 7 in (1, 2, 3)]),
        ("P P * * 0-7", list(range(1, 32))),
        ("P P * * 0-7/7", [1, 8, 15, 22, 29]),
        ("P P * * sat,sun", [d for d in range(1, 32) if d % 7 in (0, 1)]),
        ("P P * * */2", [d for d in range(1, 32) if d % 7 in (1, 3, 5, 0)]),
    ],
)
def test_a_field_means_what_crontab_means(text: str, days: list[int]) -> None:
    assert days_in_march(text) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        # Neither starts with a star: either is enough.
        ("P P 1,15 * 5", [1, 6, 13, 15, 20, 27]),
        ("P P 1-31 * 5", list(range(1, 32))),
        ("P P 10 * 0-7", list(range(1, 32))),
        ("P P 13,* * 5", list(range(1, 32))),
        ("P P 1 * 2,*", list(range(1, 32))),
        # One starts with a star: both must agree.
        ("P P * * 5", [6, 13, 20, 27]),
        ("P P 15 * *", [15]),
        ("P P */2 * 5", [13, 27]),
        ("P P *,13 * 5", [6, 13, 20, 27]),
        ("P P 1-7 * */5", [1, 6]),
        ("P P 13 * *,5", [13]),
    ],
)
def test_day_of_month_and_day_of_week_combine_as_in_crontab(text: str, days: list[int]) -> None:
    assert days_in_march(text) == days


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("P P * * 1-5", "P P * * 1-5"),
        ("p p * * 1-5", "P P * * 1-5"),
        ("P p 1,15 MAR fri", "P P 1,15 MAR fri"),
        ("  P\tP   *  *\t1-5 ", "P P * * 1-5"),
    ],
)
def test_the_text_comes_back_with_capital_p_and_single_spaces(text: str, canonical: str) -> None:
    crontab = PeachyCrontab.parse(text)
    assert crontab.text == canonical
    assert PeachyCrontab.parse(canonical) == crontab


def test_the_29th_of_february_comes_in_leap_years_only() -> None:
    dates = PeachyCrontab.parse("P P 29 2 *").next_dates(date(2096, 2, 28))
    assert [next(dates), next(dates)] == [date(2096, 2, 29), date(2104, 2, 29)]


def test_a_date_is_not_its_own_successor() -> None:
    dates = PeachyCrontab.parse("P P 1,15 * *").next_dates(date(2026, 3, 1))
    assert [next(dates), next(dates)] == [date(2026, 3, 15), date(2026, 4, 1)]


def test_dates_end_where_the_calendar_ends() -> None:
    assert list(PeachyCrontab.parse("P P * * *").next_dates(date(9999, 12, 29))) == [
        date(9999, 12, 30),
        date(9999, 12, 31),
    ]


def test_a_day_that_does_not_exist_still_leaves_the_weekdays() -> None:
    dates = PeachyCrontab.parse("P P 30 2 1").next_dates(date(2026, 1, 1))
    assert next(dates) == date(2026, 2, 2)


# What it refuses


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 fields"),
        ("   ", "0 fields"),
        ("P", "1 field,"),
        ("P P * *", "4 fields"),
        ("P P * * * *", "6 fields"),
        ("P P * * 1-5 2026", "6 fields"),
        ("P P *\n* 1-5", "4 fields"),
        ("P P * * 1-5\n", "day of week has"),
        ("@daily", "'@daily' is a nickname"),
        ("@weekly", "nickname"),
        ("@reboot", "nickname"),
        ("0 6 * * 1-5", "minute is '0'"),
        ("* P * * *", "minute is '*'"),
        ("P/5 P * * *", "minute is 'P/5'"),
        ("H P * * *", "minute is 'H'"),
        ("P 6 * * 1-5", "hour is '6'"),
        ("P * * * *", "hour is '*'"),
        ("P P P * *", "day of month cannot be P"),
        ("P P * p *", "month cannot be P"),
        ("P P * * P", "day of week cannot be P"),
        ("P P 1,P * *", "day of month cannot be P"),
        ("P P P-5 * *", "day of month has 'P-5'"),
        ("P P 0 * *", "day of month has '0', not within 1-31"),
        ("P P 32 * *", "not within 1-31"),
        ("P P 1-32 * *", "not within 1-31"),
        ("P P * 0 *", "month has '0', not within 1-12"),
        ("P P * 13 *", "not within 1-12"),
        ("P P * * 8", "day of week has '8', not within 0-7"),
        ("P P * * 5-8", "not within 0-7"),
        ("P P 10-5 * *", "'10-5', which runs backwards"),
        ("P P * nov-feb *", "'nov-feb', which runs backwards"),
        ("P P * * 7-2", "'7-2', which runs backwards"),
        ("P P * * fri-sun", "write 5-7"),
        ("P P * * mon-0/2", "write 1-7"),
        ("P P */0 * *", "a step of zero"),
        ("P P 1-15/0 * *", "a step of zero"),
        ("P P 5/2 * *", "write 5-31/2"),
        ("P P * jan/3 *", "write 1-12/3"),
        ("P P * * 0/2", "write 0-7/2"),
        ("P P mon * *", "day of month has 'mon'; it has no names"),
        ("P P * mon *", "month has 'mon'; its names are jan"),
        ("P P * * jan", "day of week has 'jan'; its names are sun"),
        ("P P * * monday", "'monday'"),
        ("P P * * tues", "'tues'"),
        ("P P L * *", "L, W, #, ?, $, H and R are not supported"),
        ("P P l * *", "not supported"),
        ("P P 15W * *", "not supported"),
        ("P P LW * *", "not supported"),
        ("P P L-3 * *", "not supported"),
        ("P P * * 5L", "not supported"),
        ("P P * * L5", "not supported"),
        ("P P * * fri#2", "not supported"),
        ("P P ? * *", "not supported"),
        ("P P * * ?", "not supported"),
        ("P P $ * *", "not supported"),
        ("P P H * *", "not supported"),
        ("P P H(1-10) * *", "not supported"),
        ("P P R * *", "not supported"),
        ("P P 1, * *", "an empty entry"),
        ("P P ,1 * *", "an empty entry"),
        ("P P 1,,2 * *", "an empty entry"),
        ("P P -1 * *", "'-1'"),
        ("P P 1- * *", "'1-'"),
        ("P P 1--5 * *", "'1--5'"),
        ("P P 1-2-3 * *", "'1-2-3'"),
        ("P P ** * *", "'**'"),
        ("P P *-5 * *", "'*-5'"),
        ("P P */ * *", "'*/'"),
        ("P P */-2 * *", "'*/-2'"),
        ("P P */2/2 * *", "'*/2/2'"),
        ("P P 1.5 * *", "'1.5'"),
        ("P P +1 * *", "'+1'"),
        ("P P \u0661 * *", "'\u0661'"),
        ("P P\u00a0* * *", "4 fields"),
        ("P P 30 2 *", "never comes round"),
        ("P P 30,31 feb *", "never comes round"),
        ("P P 31 4,6,9,11 *", "never comes round"),
        ("P P 30 2 */2", "never comes round"),
        ("P P * * " + ",".join(["1"] * 200), "longer than 200 characters"),
        ("P P " + "9" * 150 + " * *", "not within 1-31"),
    ],
)
def test_what_is_no_peachy_crontab_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(InvalidSchedule) as refusal:
        PeachyCrontab.parse(text)
    assert said in str(refusal.value)


def test_a_refusal_shows_a_valid_form_and_names_its_field() -> None:
    with pytest.raises(Invalid) as refusal:
        PeachyCrontab.parse("@daily")
    assert refusal.value.code == "invalid_schedule"
    assert refusal.value.field == "schedule"
    assert "P P * * 1-5" in str(refusal.value)
    PeachyCrontab.parse("P P * * 1-5")


def test_a_refusal_does_not_repeat_a_long_text() -> None:
    with pytest.raises(InvalidSchedule) as refusal:
        PeachyCrontab.parse("x" * 5000)
    assert len(str(refusal.value)) < 250


# The run window and the minute


def test_the_run_window_is_six_to_eight_unless_said_otherwise() -> None:
    assert RunWindow() == RunWindow(time(6), time(8))


@pytest.mark.parametrize(
    ("start", "end"),
    [(time(4), time(23)), (time(22, 59), time(23)), (time(4), time(4, 1))],
)
def test_a_window_may_reach_from_four_to_twenty_three(start: time, end: time) -> None:
    assert start <= minute_of("any", RunWindow(start, end)) < end


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (time(3, 59), time(8)),
        (time(0), time(5)),
        (time(20), time(23, 1)),
        (time(8), time(8)),
        (time(8), time(6)),
        (time(22), time(5)),
        (time(6, 0, 30), time(8)),
        (time(6), time(8, tzinfo=UTC)),
    ],
)
def test_any_other_window_is_refused(start: time, end: time) -> None:
    with pytest.raises(InvalidRunWindow) as refusal:
        RunWindow(start, end)
    assert refusal.value.field == "runWindow"


@pytest.mark.parametrize(
    ("campaign_id", "minute"),
    [
        ("5b0d2f7e-6d5c-4a53-9d0c-3c8f8f2f6a11", time(7, 27)),
        ("spring", time(6, 50)),
        ("", time(6, 52)),
    ],
)
def test_a_campaign_keeps_its_minute_for_ever(campaign_id: str, minute: time) -> None:
    assert minute_of(campaign_id, MORNING) == minute


def test_campaigns_spread_over_the_whole_window() -> None:
    minutes = [minute_of(f"campaign-{number}", MORNING) for number in range(12_000)]
    counts = [minutes.count(time(6 + m // 60, m % 60)) for m in range(120)]
    assert sum(counts) == len(minutes)
    assert min(counts) > 60
    assert max(counts) < 150


# Zones and instants


@pytest.mark.parametrize(
    "name",
    ["", "Nowhere/City", "America", "localtime", "posix/UTC", "right/UTC", "Factory", "../UTC",
     "/etc/passwd", "zone.tab", "UTC\0", "Europe/London ", "z" * 300],
)  # fmt: skip
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownTimeZone) as refusal:
        zone_of(name)
    assert refusal.value.field == "timezone"


def test_the_local_minute_stays_while_utc_shifts_with_the_clocks() -> None:
    winter = instant_on(date(2026, 3, 6), "spring", MORNING, NEW_YORK)
    summer = instant_on(date(2026, 3, 9), "spring", MORNING, NEW_YORK)
    assert summer - winter == timedelta(days=3, hours=-1)


def test_the_date_is_the_one_of_the_company() -> None:
    assert local_date_of(instant("2026-03-02T20:00"), "Pacific/Kiritimati") == date(2026, 3, 3)
    assert local_date_of(instant("2026-03-02T03:00"), NEW_YORK) == date(2026, 3, 1)
    at = instant_on(date(2026, 3, 3), "spring", MORNING, "Pacific/Kiritimati")
    assert at.date() == date(2026, 3, 2)


def test_the_next_run_is_strictly_later() -> None:
    weekdays = PeachyCrontab.parse("P P * * 1-5")
    friday = instant_on(date(2026, 3, 6), "spring", MORNING, NEW_YORK)
    monday = instant_on(date(2026, 3, 9), "spring", MORNING, NEW_YORK)
    just_before = friday - timedelta(microseconds=1)
    assert next_run_at(weekdays, "spring", MORNING, NEW_YORK, just_before) == friday
    assert next_run_at(weekdays, "spring", MORNING, NEW_YORK, friday) == monday


def test_there_is_no_run_after_the_last_one() -> None:
    last = datetime(9999, 12, 31, 23, 0, tzinfo=UTC)
    assert next_run_at(PeachyCrontab.parse("P P * * *"), "spring", MORNING, NEW_YORK, last) is None


def test_a_time_that_clocks_skip_moves_to_later_on_the_same_date() -> None:
    late = RunWindow(time(22, 30), time(22, 31))
    at = instant_on(date(2026, 9, 5), "spring", late, "Pacific/Easter")
    assert at.astimezone(zone_of("Pacific/Easter")).isoformat() == "2026-09-05T23:30:00-05:00"


# The check before a run


def test_a_flight_is_checked_half_an_hour_before_the_run() -> None:
    assert flight_check_minute(time(6, 17), NEW_YORK) == time(5, 47)
    assert flight_check_minute(time(4, 10), NEW_YORK) == time(3, 40)


def test_where_clocks_skip_that_half_hour_it_is_checked_the_hour_before() -> None:
    assert flight_check_minute(time(4, 10), "Europe/Athens") == time(2, 40)
    assert flight_check_minute(time(4, 30), "Europe/Athens") == time(4)


@pytest.mark.parametrize(
    "zone",
    ["Europe/Athens", "Europe/London", "Africa/Cairo", "Africa/Casablanca", "America/Santiago",
     "America/Havana", "Asia/Gaza", "Australia/Lord_Howe", "Antarctica/Troll", NEW_YORK, "UTC"],
)  # fmt: skip
@pytest.mark.parametrize("run_at", [time(4), time(4, 15), time(4, 29), time(4, 30), time(22, 59)])
def test_a_scheduler_leaves_no_check_out(zone: str, run_at: time) -> None:
    check = flight_check_minute(run_at, zone)
    lead = (run_at.hour - check.hour) * 60 + run_at.minute - check.minute
    assert lead in (30, 90)
    for day in range(366):
        local = datetime.combine(date(2028, 1, 1) + timedelta(days=day), check, zone_of(zone))
        assert local.astimezone(UTC).astimezone(zone_of(zone)).time() == check


# Explaining


def test_each_coming_run_is_explained() -> None:
    crontab = PeachyCrontab.parse("P P 1,13 * 5")
    runs = explain(crontab, time(6, 30), NEW_YORK, instant("2026-02-28T00:00"), 4)
    assert [(run.local_date, run.local_time, run.at, run.reason) for run in runs] == [
        (date(2026, 3, 1), time(6, 30), instant("2026-03-01T11:30"), "day 1 of the month"),
        (date(2026, 3, 6), time(6, 30), instant("2026-03-06T11:30"), "a Friday"),
        (
            date(2026, 3, 13),
            time(6, 30),
            instant("2026-03-13T10:30"),
            "day 13 of the month and a Friday; clocks changed, local time is now UTC-04:00",
        ),
        (date(2026, 3, 20), time(6, 30), instant("2026-03-20T10:30"), "a Friday"),
    ]


def test_ten_runs_are_explained_unless_said_otherwise() -> None:
    runs = explain(PeachyCrontab.parse("P P * 6 *"), time(6), "UTC", instant("2026-03-01T00:00"))
    assert [run.local_date for run in runs] == [date(2026, 6, day) for day in range(1, 11)]
    assert {run.reason for run in runs} == {"every day, in June"}


def test_a_time_that_clocks_skip_is_explained() -> None:
    crontab = PeachyCrontab.parse("P P 5 9 *")
    (run,) = explain(crontab, time(22, 30), "Pacific/Easter", instant("2026-09-01T00:00"), 1)
    assert run.local_time == time(23, 30)
    assert run.reason.endswith("22:30 does not exist on this date")


def test_a_time_that_comes_twice_is_explained() -> None:
    crontab = PeachyCrontab.parse("P P 1 11 *")
    (run,) = explain(crontab, time(1, 30), NEW_YORK, instant("2026-10-31T12:00"), 1)
    assert run.at == instant("2026-11-01T05:30")
    assert run.reason.endswith("01:30 comes twice on this date, the first counts")


# Weekly days


@pytest.mark.parametrize("text", ["mon,wed", " Mon , WED ", "wed,mon,mon"])
def test_weekly_days_are_those_days(text: str) -> None:
    crontab = PeachyCrontab.weekly(text)
    days = [day for day in range(1, 15) if crontab.matches(date(2026, 3, day))]
    assert days == [2, 4, 9, 11]


@pytest.mark.parametrize("text", ["", ",", "mon,", "monday", "1", "mon-fri", "mon wed", "*"])
def test_what_is_no_list_of_weekdays_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidDays) as refused:
        PeachyCrontab.weekly(text)
    assert refused.value.field == "days"
    assert "mon,wed,fri" in str(refused.value)


# What was missed


def test_all_that_is_due_in_between_is_told_the_end_included() -> None:
    crontab = PeachyCrontab.parse("P P * * 1-5")
    at = [instant_on(date(2026, 3, day), "spring", MORNING, NEW_YORK) for day in (5, 6, 9)]
    second = timedelta(seconds=1)

    def due(after: datetime, until: datetime) -> list[datetime]:
        return due_between(crontab, "spring", MORNING, NEW_YORK, after, until)

    assert due(at[0] - second, at[2]) == at
    assert due(at[0], at[2] - second) == [at[1]]
    assert due(at[2], at[2] + second) == []


@pytest.mark.parametrize(
    ("due", "now", "may"),
    [
        ("2026-03-02T12:00", "2026-03-02T12:11", True),
        ("2026-03-02T12:00", "2026-03-03T00:59", True),
        ("2026-03-02T12:00", "2026-03-03T01:00", False),
        ("2026-03-02T12:00", "2026-03-03T11:00", False),
        ("2026-03-02T12:00", "2026-03-03T13:00", False),
        ("2026-03-03T03:30", "2026-03-03T04:30", True),
        ("2026-03-03T03:30", "2026-03-03T04:31", False),
        ("2026-03-03T04:50", "2026-03-03T05:15", True),
    ],
    ids=[
        "soon",
        "before eight",
        "at eight",
        "next morning",
        "next day",
        "evening",
        "late",
        "night",
    ],
)
def test_a_missed_run_is_started_on_its_own_day_and_not_in_the_evening(
    due: str, now: str, may: bool
) -> None:
    assert may_start_late(instant(due), instant(now), NEW_YORK) is may
