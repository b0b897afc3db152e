from datetime import time, timedelta
from uuid import UUID

import pytest

from campaigns.domain.company import CompanyChanges, is_test_space, live_space_of
from campaigns.domain.company import test_space_of as space_for_tests
from campaigns.domain.schedule import RunWindow, UnknownTimeZone
from tests.builders import COMPANY, NOON, a_company, a_key

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


@pytest.mark.parametrize("version", range(1, 8))
def test_test_data_live_under_an_id_that_no_company_has(version: int) -> None:
    company = a_company(id=f"018f4e9a-0000-{version}000-8000-00000000c0de")
    space = space_for_tests(company.id)
    assert UUID(space).version is None or UUID(space).version != version
    assert space != company.id
    assert (is_test_space(space), is_test_space(company.id)) == (True, False)
    assert live_space_of(space) == live_space_of(company.id) == company.id
    assert space_for_tests(space) == space
    assert (company.in_space(space).is_test, company.is_test) == (True, False)


def test_what_is_no_id_is_no_test_space_either() -> None:
    assert (live_space_of("nobody"), is_test_space("nobody")) == ("nobody", False)


def test_a_test_key_sees_test_data() -> None:
    live, test = a_key(), a_key(prefix="sk_test_")
    assert (live.space_id, test.space_id) == (COMPANY, space_for_tests(COMPANY))
    assert a_key(prefix="sk_live_", company_id=space_for_tests(COMPANY)).space_id == test.space_id
