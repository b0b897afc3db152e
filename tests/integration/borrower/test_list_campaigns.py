from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender, shown

LIST = "borrower/list_campaigns"


def follow(lender: Lender, url: str) -> Answer:
    """Call what an answer points to, as a client would."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("https", "api.example.com")
    assert parts.path == f"/companies/{lender.id}/campaigns"
    return lender.call(LIST, query=dict(parse_qsl(parts.query)))


def test_a_company_without_campaigns_has_an_empty_list(lender: Lender, stranger: Lender) -> None:
    stranger.campaign()
    assert lender.call(LIST).body == {
        "status": 0,
        "total": 0,
        "count": 0,
        "nextUrl": None,
        "previousUrl": None,
        "data": [],
    }


def test_newest_come_first_as_they_are_shown_alone(lender: Lender) -> None:
    kept = [lender.campaign() for _ in range(3)]
    answer = lender.call(LIST)
    assert answer.items == [shown(one) for one in reversed(kept)]
    alone = lender.call("borrower/get_campaign", ids={"campaignId": kept[2].id})
    assert answer.data[0] == alone.data
    assert (answer.body["total"], answer.body["count"]) == (3, 3)


def test_a_page_leads_to_its_neighbours_and_back(lender: Lender) -> None:
    newest_first = [shown(one) for one in [lender.campaign() for _ in range(5)][::-1]]
    first = lender.call(LIST, query={"limit": 2})
    assert (first.items, first.body["previousUrl"]) == (newest_first[:2], None)
    second = follow(lender, first.body["nextUrl"])
    assert second.items == newest_first[2:4]
    third = follow(lender, second.body["nextUrl"])
    assert (third.items, third.body["nextUrl"]) == (newest_first[4:], None)
    assert (third.body["total"], third.body["count"]) == (5, 1)
    back = follow(lender, third.body["previousUrl"])
    assert (back.items, back.body) == (second.items, second.body)
    start = follow(lender, back.body["previousUrl"])
    assert (start.items, start.body["previousUrl"]) == (newest_first[:2], None)


def test_without_a_limit_a_page_holds_25(lender: Lender) -> None:
    for _ in range(26):
        lender.campaign()
    answer = lender.call(LIST, query={})
    assert (answer.body["count"], answer.body["total"]) == (25, 26)
    assert follow(lender, answer.body["nextUrl"]).body["count"] == 1
    assert lender.call(LIST, query={"limit": 100}).body["nextUrl"] is None


def test_ending_before_wins_over_starting_after(lender: Lender) -> None:
    oldest, middle, newest = (shown(lender.campaign()) for _ in range(3))
    answer = lender.call(LIST, query={"startingAfter": newest, "endingBefore": middle})
    assert answer.items == [newest]
    answer = lender.call(LIST, query={"startingAfter": middle})
    assert answer.items == [oldest]


def test_a_deleted_campaign_is_left_out_unless_it_is_asked_for(lender: Lender) -> None:
    kept, gone = lender.campaign(), lender.campaign()
    lender.call("borrower/delete_campaign", ids={"campaignId": gone.id})
    answer = lender.call(LIST)
    assert (answer.items, answer.body["total"]) == ([shown(kept)], 1)
    answer = lender.call(LIST, query={"includeDeleted": "true", "limit": 1})
    assert (answer.items, answer.body["total"]) == ([shown(gone)], 2)
    assert answer.data[0]["deletedAt"] is not None
    assert "includeDeleted=true" in answer.body["nextUrl"]
    assert follow(lender, answer.body["nextUrl"]).items == [shown(kept)]


def test_a_page_of_live_campaigns_is_full_however_many_deleted_lie_between(
    lender: Lender,
) -> None:
    live = lender.campaign()
    for _ in range(7):
        lender.campaign(deleted_at=wiring.now())
    other = lender.campaign()
    answer = lender.call(LIST, query={"limit": 2})
    assert answer.items == [shown(other), shown(live)]
    assert answer.body["nextUrl"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": -1}, "limit"),
        ({"limit": "abc"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "10,20"}, "limit"),
        ({"startingAfter": ""}, "startingAfter"),
        ({"startingAfter": "CM-1"}, "startingAfter"),
        ({"startingAfter": "RN-0000000000000-0000000000000"}, "startingAfter"),
        ({"endingBefore": "ext-spring"}, "endingBefore"),
        ({"includeDeleted": "maybe"}, "includeDeleted"),
    ],
)
def test_a_parameter_that_cannot_be_is_400_and_named(
    query: Any, field: str, lender: Lender
) -> None:
    answer = lender.call(LIST, query=query)
    assert answer.fields == [field]
    assert answer.body["message"] == "The request is not valid."


def test_a_cursor_of_another_company_shows_nothing_of_it(lender: Lender, stranger: Lender) -> None:
    ours = lender.campaign()
    theirs = stranger.campaign()
    assert lender.call(LIST, query={"startingAfter": shown(theirs)}).items == [shown(ours)]
