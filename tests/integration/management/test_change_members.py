from typing import Any

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender

CHANGE = "management/change_members"


def change(lender: Lender, id: str, **body: Any) -> Answer:
    return lender.call(CHANGE, ids={"groupId": id}, body=body)


def test_customers_are_added_and_removed_by_their_external_ids(lender: Lender) -> None:
    for number in (1, 2, 3):
        lender.customer(number)
    group = lender.group()
    answer = change(lender, group.id, add=["100001", "100002", "100002", "999"])
    assert answer.body == {"members": 2, "added": 2, "removed": 0, "unknown": ["999"]}
    answer = change(lender, group.id, add=["100002", "100003"], remove=["100001", "888"])
    assert answer.body == {"members": 2, "added": 1, "removed": 1, "unknown": []}
    listed = lender.call("management/list_members", ids={"groupId": group.id}).body
    assert sorted(one["externalId"] for one in listed["items"]) == ["100002", "100003"]


def test_the_same_again_changes_nothing(lender: Lender) -> None:
    lender.customer()
    group = lender.group()
    for added in (1, 0):
        answer = change(lender, group.id, add=["100001"])
        assert (answer.body["added"], answer.body["members"]) == (added, 1)


def test_customers_of_another_company_are_unknown(lender: Lender, stranger: Lender) -> None:
    stranger.customer()
    answer = change(lender, lender.group().id, add=["100001"])
    assert (answer.body["unknown"], answer.body["members"]) == (["100001"], 0)


def test_what_changes_is_told_in_the_audit_trail(lender: Lender) -> None:
    lender.customer()
    group = lender.group()
    change(lender, group.id, add=["100001"])
    change(lender, group.id, remove=["100001"])
    day = wiring.now().date().isoformat()
    told = lender.call(
        "management/list_audit_entries", query={"date": day, "objectId": group.id}
    ).body["items"]
    kinds = [(one["kind"], one["beforeSha256"] is None) for one in told]
    assert kinds == [("group_members", False), ("group_members", True)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"add": ["x"] * 101}, "add"),
        ({"remove": ["x"] * 101}, "remove"),
        ({"add": [""]}, "add.0"),
        ({"add": [5]}, "add.0"),
        ({"add": "100001"}, "add"),
        ({"members": []}, "members"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_field_that_cannot_be_is_400_and_named(body: Any, field: str, lender: Lender) -> None:
    assert change(lender, lender.group().id, **body).fields == [field]


def test_the_group_of_another_company_is_404(lender: Lender, stranger: Lender) -> None:
    lender.customer()
    assert change(lender, stranger.group().id, add=["100001"]).status == 404
