"""GET /v2/campaigns."""

from typing import Any

import pytest

from campaigns.domain.collection_campaign import CollectionStatus
from tests.integration.lender import Lender

LIST = "customers/list_campaigns"


@pytest.fixture
def four(lender: Lender) -> None:
    for name in ("delta", "Alpha", "charlie"):
        lender.collection(name=name)
    lender.collection(name="Bravo", status=CollectionStatus.PAUSED)


def listed(lender: Lender, **query: Any) -> Any:
    return lender.call(LIST, query=query).body


def names(body: Any) -> list[str]:
    return [one["name"] for one in body["items"]]


@pytest.mark.usefixtures("four")
def test_campaigns_come_in_pages(lender: Lender, stranger: Lender) -> None:
    stranger.collection()
    first = listed(lender, sortBy="name", sortOrder="asc", limit=3)
    assert names(first) == ["Alpha", "Bravo", "charlie"]
    told = [first[name] for name in ("itemsTotal", "currentPage", "nextPage", "prevPage")]
    assert told == [4, 1, 2, None]
    second = listed(lender, sortBy="name", sortOrder="asc", limit=3, page=2)
    assert (names(second), second["nextPage"], second["prevPage"]) == (["delta"], None, 1)


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Bravo", "charlie", "Alpha", "delta"]),
        ({"search": "AL"}, ["Alpha"]),
        ({"status": "paused"}, ["Bravo"]),
        (
            {"status": "running", "sortBy": "name", "sortOrder": "desc"},
            ["delta", "charlie", "Alpha"],
        ),
    ],
)
def test_a_list_can_be_filtered_and_sorted(
    lender: Lender, query: dict[str, str], found: list[str]
) -> None:
    made = listed(lender, **query)
    assert sorted(names(made)) == sorted(found) if not query else names(made) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("limit", "0"),
        ("limit", "101"),
        ("status", "asleep"),
        ("sortBy", "colour"),
        ("sortOrder", "up"),
    ],
)
def test_what_is_out_of_range_is_422(lender: Lender, name: str, value: str) -> None:
    answer = lender.call(LIST, query={name: value})
    assert (answer.status, answer.body["code"]) == (422, "VALIDATION_ERROR")
    assert [one["path"] for one in answer.body["errors"]] == [[name]]
