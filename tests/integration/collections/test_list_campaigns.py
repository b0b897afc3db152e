"""GET /api/v1/external/campaigns."""

from typing import Any

import pytest

from campaigns.domain.collection_campaign import CollectionStatus, CollectionType
from tests.integration.lender import Lender

LIST = "collections/list_campaigns"


def listed(lender: Lender, **query: Any) -> Any:
    return lender.call(LIST, query=query).body


@pytest.fixture
def three(lender: Lender) -> list[str]:
    """The names of three campaigns, newest first."""
    lender.collection(name="Reminder east", type=CollectionType.PAYMENT_REMINDER)
    lender.collection(name="Early WEST", status=CollectionStatus.PAUSED)
    lender.collection(name="Early east")
    return ["Early east", "Early WEST", "Reminder east"]


def names(body: Any) -> list[str]:
    return [one["name"] for one in body["data"]]


def test_campaigns_are_listed_newest_first(lender: Lender, three: list[str]) -> None:
    body = listed(lender)
    assert names(body) == three
    assert (body["success"], body["status_code"]) == (True, 200)
    assert body["meta"] == {
        "page": 1,
        "per_page": 20,
        "total": 3,
        "total_pages": 1,
        "has_next": False,
        "has_prev": False,
    }


def test_a_company_without_campaigns_has_an_empty_list(lender: Lender, stranger: Lender) -> None:
    stranger.collection()
    body = listed(lender)
    assert (body["data"], body["meta"]["total"], body["meta"]["total_pages"]) == ([], 0, 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "EARLY"}, [0, 1]),
        ({"search": "west"}, [1]),
        ({"search": "nowhere"}, []),
        ({"status": "running"}, [0, 2]),
        ({"status": "Active"}, [0, 2]),
        ({"status": "PAUSED"}, [1]),
        ({"status": "draft"}, []),
        ({"type": "payment_reminder"}, [2]),
        ({"type": "early_stage", "status": "active", "search": "east"}, [0]),
    ],
)
def test_a_list_can_be_filtered(
    lender: Lender, three: list[str], query: dict[str, str], found: list[int]
) -> None:
    body = listed(lender, **query)
    assert names(body) == [three[place] for place in found]
    assert body["meta"]["total"] == len(found)


def test_a_list_comes_in_pages(lender: Lender, three: list[str]) -> None:
    first = listed(lender, page=1, per_page=2)
    assert names(first) == three[:2]
    assert (first["meta"]["total_pages"], first["meta"]["has_next"]) == (2, True)
    second = listed(lender, page=2, per_page=2)
    assert names(second) == three[2:]
    assert (second["meta"]["has_next"], second["meta"]["has_prev"]) == (False, True)
    beyond = listed(lender, page=9, per_page=2)
    assert (beyond["data"], beyond["meta"]["has_prev"]) == ([], True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "x"),
        ("per_page", "0"),
        ("per_page", "101"),
        ("status", "sleeping"),
        ("type", "late_stage"),
    ],
)
def test_what_is_out_of_range_is_400_naming_it(lender: Lender, name: str, value: str) -> None:
    assert lender.call(LIST, query={name: value}).fields == [name]


def test_counters_are_shown(lender: Lender) -> None:
    campaign = lender.collection()
    for number in range(1, 4):
        lender.enrolled(lender.account(number), campaign)
    [shown] = listed(lender)["data"]
    counts = {name: count for name, count in shown.items() if name.endswith("_accounts")}
    assert counts == {"total_accounts": 3, "active_accounts": 3, "completed_accounts": 0}
