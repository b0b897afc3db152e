"""GET /v2/customers."""

from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.enrollment import Change, EnrollmentStatus
from tests.integration.lender import Lender

LIST = "customers/list_customers"


def listed(lender: Lender, **query: Any) -> Any:
    answer = lender.call(LIST, query=query)
    assert answer.status == 200, answer.body
    return answer.body


def externals(body: Any) -> list[str]:
    return [one["externalId"] for one in body["items"]]


@pytest.fixture
def enrolled(lender: Lender) -> dict[str, str]:
    """Five customers: 1 to 3 in campaign a, 3 to 4 in b, 1 there failed; 5 in none."""
    a, b = lender.collection(name="a"), lender.collection(name="b")
    accounts = [lender.account(number) for number in range(1, 6)]
    first = [lender.enrolled(account, a) for account in accounts[:3]]
    second = lender.account(13, owner=3)
    for account in (second, accounts[3]):
        lender.enrolled(account, b)
    failed = first[0].ended(EnrollmentStatus.FAILED, "test", at=wiring.now())
    wiring.enrollments().write([Change(was=first[0], now=failed)])
    return {"a": a.id, "b": b.id}


def test_all_customers_are_listed_with_their_enrollments(
    lender: Lender, stranger: Lender, enrolled: dict[str, str]
) -> None:
    stranger.customer(9)
    body = listed(lender)
    assert sorted(externals(body)) == ["100001", "100002", "100003", "100004", "100005"]
    assert (body["itemsTotal"], body["nextPage"]) == (5, None)
    by_name = {one["externalId"]: one for one in body["items"]}
    statuses = {name: [one["status"] for one in of["campaigns"]] for name, of in by_name.items()}
    assert statuses == {
        "100001": ["failed"],
        "100002": ["pending"],
        "100003": ["pending", "pending"],
        "100004": ["pending"],
        "100005": [],
    }


def test_all_customers_come_in_pages(lender: Lender, enrolled: dict[str, str]) -> None:
    pages = [listed(lender, limit=2, page=page) for page in (1, 2, 3, 4)]
    found = [name for page in pages for name in externals(page)]
    assert len(set(found)) == len(found) == 5
    assert [(one["prevPage"], one["nextPage"]) for one in pages] == [
        (None, 2),
        (1, 3),
        (2, None),
        (3, None),
    ]
    turned = [externals(listed(lender, limit=5, sortOrder=order))[0] for order in ("asc", "desc")]
    assert turned == [found[-1], found[0]]


@pytest.mark.parametrize(
    ("campaigns", "statuses", "found"),
    [
        ("a", None, ["100003", "100002", "100001"]),
        ("a,b", None, ["100004", "100003", "100003", "100002", "100001"]),
        ("a", "pending", ["100003", "100002"]),
        ("b", "failed", []),
        ("a,b", "failed,completed", ["100001"]),
        (None, "pending", ["100004", "100003", "100003", "100002"]),
        (None, "awaiting_call,in_progress", []),
    ],
)
def test_customers_in_campaigns_and_statuses_come_newest_first(
    lender: Lender,
    enrolled: dict[str, str],
    campaigns: str | None,
    statuses: str | None,
    found: list[str],
) -> None:
    query = {} if statuses is None else {"statuses": statuses}
    if campaigns is not None:
        query["campaignIds"] = ", ".join(enrolled[name] for name in campaigns.split(","))
    body = listed(lender, **query)
    assert externals(body) == found
    assert body["itemsTotal"] == len(found)
    assert externals(listed(lender, **query, sortOrder="asc")) == found[::-1]
    pages = [externals(listed(lender, **query, limit=2, page=page)) for page in (1, 2, 3)]
    assert [name for page in pages for name in page] == found


def test_those_in_no_campaign_are_listed(lender: Lender, enrolled: dict[str, str]) -> None:
    body = listed(lender, unassigned="true")
    assert sorted(externals(body)) == ["100001", "100005"]
    assert body["itemsTotal"] == 2


def test_an_enrollment_is_shown_whole(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    one = lender.enrolled(account, campaign)
    [shown] = listed(lender, campaignIds=campaign.id)["items"]
    [of] = shown["campaigns"]
    assert (of["customerCampaignId"], of["campaignId"]) == (one.id, campaign.id)
    assert (of["invoiceId"], of["invoiceNumber"]) == (account.id, account.number)
    assert (of["status"], of["calls"], of["endedAt"]) == ("pending", 0, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"campaignIds": "7"}, "campaignIds"),
        ({"statuses": "pending,waiting"}, "statuses"),
        ({"page": "0"}, "page"),
        ({"limit": "101"}, "limit"),
        ({"sortBy": "age"}, "sortBy"),
        ({"unassigned": "true", "statuses": "pending"}, "unassigned"),
    ],
)
def test_what_does_not_fit_is_422(lender: Lender, query: dict[str, str], field: str) -> None:
    answer = lender.call(LIST, query=query)
    assert (answer.status, answer.body["code"]) == (422, "VALIDATION_ERROR")
    assert answer.body["errors"][0]["path"][0] == field
