from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender, shown

LIST = "borrower/list_runs"


def runs_of(lender: Lender, campaign_id: str, **query: Any) -> Answer:
    return lender.call(LIST, ids={"campaignId": campaign_id}, query=query)


def test_the_items_are_runs_newest_first(lender: Lender) -> None:
    campaign = lender.campaign()
    lender.opened(lender.campaign())
    runs = [lender.ended(lender.opened(campaign), "log.txt") for _ in range(3)]
    answer = runs_of(lender, campaign.id)
    assert answer.items == [shown(run) for run in reversed(runs)]
    ids = {"campaignId": campaign.id, "runId": runs[2].id}
    assert answer.data[0] == lender.call("borrower/get_run", ids=ids).body
    assert answer.body == {
        "status": 0,
        "total": 3,
        "count": 3,
        "nextUrl": None,
        "previousUrl": None,
        "data": answer.data,
    }


def test_a_page_leads_to_its_neighbours_and_back(lender: Lender) -> None:
    campaign = lender.campaign()
    newest_first = [
        shown(run) for run in [lender.ended(lender.opened(campaign)) for _ in range(5)][::-1]
    ]
    seen: list[str] = []
    page = runs_of(lender, campaign.id, limit=2)
    pages = [page]
    while url := page.body["nextUrl"]:
        assert urlsplit(url).path == f"/companies/{lender.id}/campaigns/{campaign.id}/runs"
        page = runs_of(lender, campaign.id, **dict(parse_qsl(urlsplit(url).query)))
        pages.append(page)
    for one in pages:
        seen += one.items
        assert one.body["total"] == 5
    assert seen == newest_first
    back = dict(parse_qsl(urlsplit(page.body["previousUrl"]).query))
    assert runs_of(lender, campaign.id, **back).body == pages[1].body


def test_a_campaign_that_never_ran_has_an_empty_list(lender: Lender) -> None:
    answer = runs_of(lender, lender.campaign().id)
    assert (answer.data, answer.body["total"]) == ([], 0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "abc"}, "limit"),
        ({"startingAfter": "CM-0000000000000-0000000000000"}, "startingAfter"),
        ({"startingAfter": "RN-0000000000000-0000000000000"}, "startingAfter"),
        ({"endingBefore": "RN-0000000000000-0000000000000"}, "endingBefore"),
        ({"endingBefore": "last"}, "endingBefore"),
    ],
)
def test_a_parameter_that_cannot_be_is_400_and_named(
    query: Any, field: str, lender: Lender
) -> None:
    assert runs_of(lender, lender.campaign().id, **query).fields == [field]


def test_a_cursor_from_another_campaign_or_company_is_400(lender: Lender, stranger: Lender) -> None:
    campaign = lender.campaign()
    elsewhere = lender.opened(lender.campaign())
    theirs = stranger.opened(stranger.campaign())
    for run in (elsewhere, theirs):
        answer = runs_of(lender, campaign.id, startingAfter=shown(run))
        assert answer.fields == ["startingAfter"]
        assert answer.body["errors"][0]["message"] == "names no object of this list"


def test_runs_of_one_moment_are_all_listed_once(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = wiring.now()
    monkeypatch.setattr(wiring, "_clock", lambda: moment)
    campaign = lender.campaign()
    runs = {shown(lender.ended(lender.opened(campaign))) for _ in range(4)}
    first = runs_of(lender, campaign.id, limit=2)
    rest = runs_of(lender, campaign.id, limit=2, startingAfter=first.items[-1])
    assert {*first.items, *rest.items} == runs
