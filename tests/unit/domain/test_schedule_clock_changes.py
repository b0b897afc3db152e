"""Run windows and the days on which clocks are changed, in every zone that there is.

Elsewhere random dates are tried; here it is every change of clocks of some years, and the
minutes at both edges of what a run window may be.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from campaigns.domain.schedule import PeachyCrontab, RunWindow, explain, instant_on, local_date_of

FIRST, DAYS = datetime(2026, 1, 1, tzinfo=UTC), 5 * 366
MINUTES = [time(4), time(6, 30), time(13, 37), time(21, 59), time(22), time(22, 59)]
DAILY = PeachyCrontab.parse("P P * * *")
EASTER = {"Chile/EasterIsland", "Pacific/Easter"}
"""The README names them."""


@cache
def changes() -> dict[str, list[date]]:
    """The local dates around each change of clocks, by zone."""
    found = {}
    for name in sorted(available_timezones() - {"localtime"}):
        zone = ZoneInfo(name)
        offsets = [zone.utcoffset(FIRST + timedelta(days=day)) for day in range(DAYS)]
        found[name] = [
            (FIRST + timedelta(days=day + shift)).date()
            for day in range(1, DAYS)
            if offsets[day] != offsets[day - 1]
            for shift in (-2, -1, 0, 1)
        ]
    return found


def told(name: str) -> Iterator[tuple[datetime, datetime, time]]:
    """Each minute around each change of a zone's clocks: the instant, local, and what was meant."""
    for on in changes()[name]:
        for minute in MINUTES:
            end = (datetime.combine(on, minute) + timedelta(minutes=1)).time()
            at = instant_on(on, "any", RunWindow(minute, end), name)
            assert local_date_of(at, name) == on
            yield at, at.astimezone(ZoneInfo(name)), minute


def test_some_zones_change_their_clocks_and_some_do_not() -> None:
    changing = sum(bool(days) for days in changes().values())
    assert 100 < changing < len(changes()) - 100


def test_only_on_easter_island_is_a_minute_skipped_or_repeated_inside_a_window() -> None:
    odd = {
        name
        for name in changes()
        for _, local, minute in told(name)
        if local.time() != minute
        or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    }
    assert odd == EASTER


def test_a_minute_that_is_skipped_comes_an_hour_later_on_the_same_date() -> None:
    skipped = [
        (local.date(), minute, local.time())
        for _, local, minute in told("Pacific/Easter")
        if local.time() != minute
    ]
    assert {(minute, then) for _, minute, then in skipped} == {
        (time(22), time(23)),
        (time(22, 59), time(23, 59)),
    }
    assert len({on for on, *_ in skipped}) >= 4, "once a year"


def test_whatever_clocks_do_each_date_has_one_run_and_runs_come_in_order() -> None:
    for name, days in changes().items():
        for on in days[1::4]:
            start = datetime.combine(on - timedelta(days=2), time(12), UTC)
            for minute in (time(4), time(22, 59)):
                runs = explain(DAILY, minute, name, start, 4)
                dates = [run.local_date for run in runs]
                assert dates == [dates[0] + timedelta(days=n) for n in range(4)], (name, on)
                assert [run.at for run in runs] == sorted({run.at for run in runs})
                shifts = sum("clocks changed" in run.reason for run in runs)
                assert 1 <= shifts <= 2, (name, on)
