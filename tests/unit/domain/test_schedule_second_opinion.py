"""croniter, which the service does not use, asked about the crontabs that both understand."""

from datetime import datetime, timedelta

from croniter import croniter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.schedule import InvalidSchedule, PeachyCrontab

FIRST = datetime(2026, 1, 1, 5, 7)  # noqa: DTZ001  croniter is asked about local dates


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    """Lists of numbers and of ranges that are longer than one number."""
    one = st.integers(low, high).map(str)
    span = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    ranged = span.filter(lambda ends: ends[0] < ends[1]).map(lambda ends: f"{ends[0]}-{ends[1]}")
    return st.lists(one | ranged, min_size=1, max_size=3, unique=True).map(",".join)


@given(
    day=st.just("*") | numbers(1, 31),
    month=st.just("*") | numbers(1, 12),
    weekday=st.just("*") | numbers(0, 6),
    shift=st.integers(0, 1500),
)
@settings(max_examples=300, deadline=None)
def test_croniter_agrees(day: str, month: str, weekday: str, shift: int) -> None:
    try:
        crontab = PeachyCrontab.parse(f"P P {day} {month} {weekday}")
    except InvalidSchedule:
        return
    at = FIRST + timedelta(days=shift)
    theirs = croniter.match(f"7 5 {day} {month} {weekday}", at)
    assert crontab.matches(at.date()) is theirs
