"""Where people may be, and when they may be called."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.local_time import (
    FIRST_HOUR,
    LAST_HOUR,
    STATE_ZONES,
    callable_hours,
    end_of_day,
    known_zones,
    zones_of_phone,
)

MONDAY = date(2026, 3, 2)
ZONES = sorted({zone for zones in STATE_ZONES.values() for zone in zones})


def hours(*zones: str, day: date = MONDAY) -> tuple[str, str] | None:
    found = callable_hours(zones, day)
    return None if found is None else (f"{found.start:%d %H:%M}", f"{found.end:%d %H:%M}")


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        (("America/New_York",), ("02 13:00", "03 02:00")),
        (("America/Chicago", "America/Denver"), ("02 15:00", "03 03:00")),
        (("America/New_York", "Pacific/Honolulu"), ("02 18:00", "03 02:00")),
        (("Europe/London",), ("02 08:00", "02 21:00")),
        (("America/Chicago", "No/Such_Zone"), ("02 14:00", "03 03:00")),
        (("Pacific/Honolulu", "Asia/Tokyo"), None),
        (("No/Such_Zone",), None),
        ((), None),
    ],
)
def test_only_hours_that_are_allowed_everywhere_count(
    zones: tuple[str, ...], expected: tuple[str, str] | None
) -> None:
    assert hours(*zones) == expected


def test_the_hours_follow_the_clocks_of_their_day() -> None:
    assert hours("America/New_York", day=date(2026, 3, 7)) == ("07 13:00", "08 02:00")
    assert hours("America/New_York", day=date(2026, 3, 8)) == ("08 12:00", "09 01:00")
    assert hours("America/Phoenix", "America/Denver", day=date(2026, 7, 1)) == (
        "01 15:00",
        "02 03:00",
    )


@given(st.sets(st.sampled_from(ZONES), min_size=1), st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_whenever_somebody_may_be_called_it_is_day_everywhere(zones: set[str], day: date) -> None:
    found = callable_hours(tuple(zones), day)
    if found is None:
        return
    assert found.zone in zones
    for zone in map(ZoneInfo, zones):
        first, last = found.start.astimezone(zone), found.end.astimezone(zone)
        assert first.date() == last.date() == day
        assert FIRST_HOUR <= first.time() <= last.time() <= LAST_HOUR
    moment = timedelta(minutes=1)
    assert any(
        (found.start - moment).astimezone(zone).time() < FIRST_HOUR for zone in map(ZoneInfo, zones)
    )


def test_the_best_known_zone_comes_first() -> None:
    assert known_zones("America/Denver", "TX", ["+12125550123"]) == (
        "America/Denver",
        "America/Chicago",
        "America/New_York",
    )
    assert known_zones("", "tx", []) == ("America/Chicago", "America/Denver")
    assert known_zones("", "Texas", ["+15125550123", "x"]) == ("America/Chicago",)
    assert known_zones("", "", []) == ()


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12125550123", {"America/New_York"}),
        ("+18085550123", {"Pacific/Honolulu"}),
        # Within one area code the exchange may tell Pensacola from Tallahassee.
        ("+18502000123", {"America/Chicago"}),
        ("+18505550123", {"America/New_York"}),
        ("+49301234567", {"Europe/Berlin"}),
        ("+18005550123", set()),
        ("+99999", set()),
        ("8085550123", set()),
        ("", set()),
        ("+", set()),
    ],
)
def test_an_area_code_tells_its_zones(number: str, zones: set[str]) -> None:
    assert zones <= set(zones_of_phone(number))
    assert bool(zones) == bool(zones_of_phone(number))


def test_a_country_of_many_zones_may_be_any_of_them() -> None:
    """All that is known of this one is that it is from Bucharest to Kamchatka."""
    zones = zones_of_phone("+75001234567")
    assert len(zones) > 5
    found = callable_hours(zones, MONDAY)
    assert found is None or found.end - found.start < timedelta(hours=5)


def test_every_state_and_territory_has_zones_that_exist() -> None:
    assert set(ZONES) <= available_timezones()
    assert len(STATE_ZONES) == 50 + len(("DC", "PR", "GU", "VI", "MP", "AS"))


def test_a_day_ends_at_midnight_of_its_zone() -> None:
    assert end_of_day(MONDAY, "America/New_York") == datetime(2026, 3, 3, 5, tzinfo=UTC)
    assert end_of_day(date(2026, 3, 8), "America/New_York") == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert end_of_day(MONDAY, "Pacific/Auckland") == datetime.combine(MONDAY, time(11), UTC)
