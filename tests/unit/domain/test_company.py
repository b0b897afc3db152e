from datetime import time, timedelta

import pytest

from campaigns.domain.company import CompanyChanges
from campaigns.domain.schedule import RunWindow, UnknownTimeZone
from tests.builders import NOON, a_company

LATER = NOON + timedelta(hours=1)


def test_only_what_is_named_changes() -> None:
    changed = a_company().changed(CompanyChanges(name="Southwind"), at=NOON)
    assert changed == a_company(name="Southwind")


@pytest.mark.parametrize(
    "changes",
    [CompanyChanges(zone="Asia/Tokyo"), CompanyChanges(run_window=RunWindow(time(6), time(7)))],
    ids=["zone", "window"],
)
def test_other_times_are_dated_and_have_schedules_to_move(changes: CompanyChanges) -> None:
    changed = a_company().changed(changes, at=NOON)
    assert changed.times_changed_at == NOON
    assert not changed.schedules_have_moved
    moved = changed.schedules_moved()
    assert moved.schedules_have_moved
    again = moved.changed(changes, at=LATER)
    assert again == moved
    assert a_company().schedules_have_moved


def test_a_second_change_before_the_first_has_moved_remembers_where_schedules_are() -> None:
    first = a_company().changed(CompanyChanges(zone="Asia/Tokyo"), at=NOON)
    second = first.changed(CompanyChanges(zone="Europe/London"), at=LATER)
    assert second.schedules_moved_for == first.schedules_moved_for == a_company().times


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownTimeZone):
        a_company().changed(CompanyChanges(zone="Mars/Olympus"), at=NOON)
