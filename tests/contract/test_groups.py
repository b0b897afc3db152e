"""The promises of the store of groups, in memory and on DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.adapters.dynamodb.groups import DynamoGroupStore
from campaigns.adapters.memory_messages import MemoryGroupStore
from campaigns.domain.campaign import ExternalIdTaken
from campaigns.domain.group import Group, Member
from campaigns.ports import GroupStore
from tests.builders import NOON, a_group
from tests.contract.conftest import Deployed


@pytest.fixture(params=["memory", "dynamodb"])
def groups(request: pytest.FixtureRequest) -> GroupStore:
    if request.param == "memory":
        return MemoryGroupStore()
    kept: GroupStore = request.getfixturevalue("on_dynamodb")
    return kept


@pytest.fixture
def on_dynamodb(deployed: Deployed) -> GroupStore:
    return DynamoGroupStore(deployed.client("dynamodb"), deployed.settings.workers_table)


@pytest.fixture
def group(groups: GroupStore, company_id: str) -> Group:
    return groups.add(a_group(company_id=company_id))


def people(*numbers: int) -> list[Member]:
    return [Member(str(UUID(int=number)), f"{number}") for number in numbers]


def ids(*numbers: int) -> list[str]:
    return [one.id for one in people(*numbers)]


def members(groups: GroupStore, group: Group) -> list[Member]:
    return list(groups.members(group.company_id, group.id, after=None, limit=1000))


def size(groups: GroupStore, group: Group) -> int:
    return groups.sizes(group.company_id, [group.id])[group.id]


def test_members_come_and_go_and_are_counted(groups: GroupStore, group: Group) -> None:
    assert (members(groups, group), size(groups, group)) == ([], 0)
    assert groups.enter(group, people(2, 1, 3, 3)) == 3
    assert groups.enter(group, people(3, 4)) == 1
    assert groups.leave(group, ids(1, 9, 1)) == 1
    assert groups.leave(group, ids(1)) == 0
    assert (members(groups, group), size(groups, group)) == (people(2, 3, 4), 3)


def test_nobody_at_all_is_fine(groups: GroupStore, group: Group) -> None:
    assert groups.enter(group, []) == groups.leave(group, []) == 0
    assert groups.sizes(group.company_id, []) == {}


def test_a_hundred_are_more_than_one_transaction_takes(groups: GroupStore, group: Group) -> None:
    assert groups.enter(group, people(*range(100))) == 100
    assert size(groups, group) == 100
    assert groups.leave(group, ids(*range(100))) == 100
    assert size(groups, group) == 0


def test_members_are_listed_page_by_page(groups: GroupStore, group: Group) -> None:
    groups.enter(group, people(*range(1, 8)))
    after, seen = None, list[Member]()
    while found := groups.members(group.company_id, group.id, after=after, limit=3):
        assert len(found) <= 3
        seen += found
        after = found[-1].id
    assert seen == people(*range(1, 8))


def test_groups_do_not_mix(groups: GroupStore, group: Group, company_id: str) -> None:
    other = groups.add(a_group(company_id=company_id))
    groups.enter(group, people(1))
    groups.enter(other, people(1, 2))
    sizes = groups.sizes(company_id, [group.id, other.id])
    assert sizes == {group.id: 1, other.id: 2}
    groups.leave(other, ids(1))
    assert members(groups, group) == people(1)


def test_a_name_is_taken_however_it_is_spelled_until_the_group_is_deleted(
    groups: GroupStore, company_id: str
) -> None:
    first = groups.add(a_group(company_id=company_id, name="Spring  Offer"))
    with pytest.raises(ExternalIdTaken):
        groups.add(a_group(company_id=company_id, name="spring offer"))
    groups.move(first.deleted(NOON))
    groups.add(a_group(company_id=company_id, name="SPRING OFFER"))


def test_whoever_enters_at_once_is_counted_once(on_dynamodb: GroupStore, company_id: str) -> None:
    group = on_dynamodb.add(a_group(company_id=company_id))
    halves = [range(30), range(15, 45), range(45), range(30, 45)]
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda some: on_dynamodb.enter(group, people(*some)), halves))
    assert sum(added) == 45
    assert (len(members(on_dynamodb, group)), size(on_dynamodb, group)) == (45, 45)


CHANGES = st.lists(st.tuples(st.booleans(), st.lists(st.integers(1, 6), max_size=5)), max_size=6)


@given(CHANGES)
@settings(max_examples=25, deadline=None)
def test_the_count_is_that_of_the_members_whatever_was_done(
    changes: list[tuple[bool, list[int]]],
) -> None:
    groups, group, known = MemoryGroupStore(), a_group(), set[int]()
    for enters, some in changes:
        if enters:
            assert groups.enter(group, people(*some)) == len(set(some) - known)
            known |= set(some)
        else:
            assert groups.leave(group, ids(*some)) == len(set(some) & known)
            known -= set(some)
    assert members(groups, group) == people(*sorted(known))
    assert size(groups, group) == len(known)
