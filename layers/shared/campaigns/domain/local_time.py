"""Where a person may be, and the hours in which they may be called there.

A person is known to be in the zone that is kept of them, in one of the zones of their state or ZIP
code, and in one of the zones of a phone's area code. Nobody can tell which of them is true, so
only those hours count that are allowed in all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from campaigns.domain.postal_codes import STATES_OF_PREFIX, ZONES_OF_PREFIX, zip_prefix
from campaigns.domain.schedule import UnknownTimeZone, zone_of

FIRST_HOUR, LAST_HOUR = time(8), time(21)

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"


def _in(states: str, *zones: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(states.split(), zones)


STATE_ZONES: dict[str, tuple[str, ...]] = {
    **_in("CT DE DC GA ME MD MA NH NJ NY NC OH PA RI SC VT VA WV", _EASTERN),
    **_in("AL AR IL IA LA MN MS MO OK WI", _CENTRAL),
    **_in("KS NE ND SD TX", _CENTRAL, _MOUNTAIN),
    **_in("CO MT NM UT WY", _MOUNTAIN),
    **_in("CA WA", _PACIFIC),
    "AK": ("America/Anchorage", "America/Adak"),
    "AS": ("Pacific/Pago_Pago",),
    # The Navajo Nation, in the north-east, changes its clocks; the rest of Arizona does not.
    "AZ": ("America/Phoenix", _MOUNTAIN),
    "FL": (_EASTERN, _CENTRAL),
    "GU": ("Pacific/Guam",),
    "HI": ("Pacific/Honolulu",),
    "ID": ("America/Boise", _PACIFIC),
    "IN": ("America/Indiana/Indianapolis", _CENTRAL),
    "KY": (_EASTERN, _CENTRAL),
    "MI": ("America/Detroit", _CENTRAL),
    "MP": ("Pacific/Guam",),
    "NV": (_PACIFIC, _MOUNTAIN),
    "OR": (_PACIFIC, "America/Boise"),
    "PR": ("America/Puerto_Rico",),
    "TN": (_CENTRAL, _EASTERN),
    "VI": ("America/Puerto_Rico",),
}
"""The zones that a state or territory lies in, the one of most of its people first."""
_ALIASES = {
    "US/Eastern": _EASTERN,
    "EST5EDT": _EASTERN,
    "US/Central": _CENTRAL,
    "CST6CDT": _CENTRAL,
    "US/Mountain": _MOUNTAIN,
    "MST7MDT": _MOUNTAIN,
    "US/Pacific": _PACIFIC,
    "PST8PDT": _PACIFIC,
}
_DOMESTIC = {zone for zones in STATE_ZONES.values() for zone in zones} | {
    *_ALIASES,
    "America/Kentucky/Louisville",
    "America/Juneau",
    "America/Sitka",
    "America/Nome",
    "America/Menominee",
}
"""What a person in the United States may have as a zone."""


@dataclass(frozen=True, slots=True)
class CallableHours:
    """`zone` is the best known of them all, the times are UTC."""

    zone: str
    start: datetime
    end: datetime


def known_zones(
    stored: str, state: str, phones: Iterable[str], postal_code: str = ""
) -> tuple[str, ...]:
    """Each zone that a person may be in, once, the best known first; phones are E.164."""
    found = dict.fromkeys(_zones_of_place(stored, state, zip_prefix(postal_code)))
    for phone in phones:
        found |= dict.fromkeys(zones_of_phone(phone))
    return tuple(found)


def possible_states(
    stored: str, state: str, postal_code: str, zones: Iterable[str]
) -> frozenset[str]:
    """The states that a person may live in: the one that is known, or all of their zones."""
    return _states(stored, state.upper(), zip_prefix(postal_code), tuple(zones))


@lru_cache(maxsize=65_536)
def _states(stored: str, state: str, prefix: str, zones: tuple[str, ...]) -> frozenset[str]:
    named = {state} if state in STATE_ZONES else set()
    if _is_zip(stored, state, prefix):
        there = STATES_OF_PREFIX[prefix]
        named = named if named.intersection(there) else named.union(there)
    if named:
        return frozenset(named)
    known = {_ALIASES.get(zone, zone) for zone in zones}
    return frozenset(one for one, its in STATE_ZONES.items() if not known or known & {*its})


def _is_zip(stored: str, state: str, prefix: str) -> bool:
    """Five digits are a postal code in other countries, too."""
    domestic = state in STATE_ZONES or not stored or stored in _DOMESTIC
    return prefix in STATES_OF_PREFIX and domestic


def clues_to_place(
    stored: str, state: str, phones: Iterable[str], postal_code: str = ""
) -> tuple[str, ...]:
    """All that `known_zones` and `possible_states` look at: the same of most neighbours."""
    return (stored, state, zip_prefix(postal_code), *map(_area, phones))


@lru_cache(maxsize=65_536)
def _zones_of_place(stored: str, state: str, prefix: str) -> tuple[str, ...]:
    state = state.upper()
    found = dict.fromkeys((stored,) if _zone(stored) else ())
    there = STATES_OF_PREFIX[prefix] if _is_zip(stored, state, prefix) else ()
    if there and prefix in ZONES_OF_PREFIX:
        found |= dict.fromkeys(ZONES_OF_PREFIX[prefix])
    else:
        found |= dict.fromkeys(zone for one in there for zone in STATE_ZONES[one])
    if state not in there:
        found |= dict.fromkeys(STATE_ZONES.get(state, ()))
    return tuple(found)


def zones_of_phone(e164: str) -> tuple[str, ...]:
    """The zones of its area code; none for a number that may be anywhere."""
    return _zones_of_prefix(area) if (area := _area(e164)) else ()


def _area(e164: str) -> str:
    """Nothing behind these digits tells one zone from another."""
    if e164.startswith("+1"):
        return e164[1:8]
    return e164[1:10] if e164.startswith("+") else ""


@lru_cache(maxsize=65_536)
def _zones_of_prefix(prefix: str) -> tuple[str, ...]:
    from phonenumbers.tzdata import TIMEZONE_DATA

    for length in range(len(prefix), 0, -1):
        zones: tuple[str, ...] | None = TIMEZONE_DATA.get(prefix[:length])
        if zones is not None:
            # For all of North America at once it is what is said of toll-free numbers.
            return () if prefix[:length] == "1" else zones
    return ()


@lru_cache(maxsize=65_536)
def callable_hours(
    zones: tuple[str, ...], day: date, first: time = FIRST_HOUR, last: time = LAST_HOUR
) -> CallableHours | None:
    """From 08:00 to 21:00 on that day in every zone; None when there is no such time."""
    known = _existing(zones)
    if not known:
        return None
    start = max(datetime.combine(day, first, zone).astimezone(UTC) for zone in known)
    end = min(datetime.combine(day, last, zone).astimezone(UTC) for zone in known)
    return CallableHours(known[0].key, start, end) if start < end else None


def is_callable_at(zones: tuple[str, ...], at: datetime, first: time, last: time) -> bool:
    """Whether it is between those times in every zone at that moment."""
    local = (at.astimezone(zone).time() for zone in _existing(zones))
    return all(first <= one < last for one in local)


def next_callable(zones: tuple[str, ...], at: datetime, first: time, last: time) -> datetime | None:
    """The first moment from `at` on at which it is between those times in every zone."""
    if is_callable_at(zones, at, first, last):
        return at
    known = _existing(zones)
    # It begins to be so when one of the zones comes to its first hour.
    starts = sorted(
        datetime.combine(at.astimezone(zone).date() + timedelta(days=days), first, zone).astimezone(
            UTC
        )
        for zone in known
        for days in range(3)
    )
    fits = (one for one in starts if one > at and is_callable_at(zones, one, first, last))
    return next(fits, None)


def local_days(zones: tuple[str, ...], at: datetime) -> tuple[int, ...]:
    """The ordinal of the date at that moment in each of the zones that exist."""
    return tuple([at.astimezone(zone).toordinal() for zone in _existing(zones)])


@lru_cache(maxsize=4_096)
def _existing(zones: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    return tuple(zone for zone in map(_zone, zones) if zone is not None)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return zone_of(name) if name else None
    except UnknownTimeZone:
        return None


def end_of_day(day: date, zone: str) -> datetime:
    """The first moment of the next day there, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(0), zone_of(zone)).astimezone(UTC)
