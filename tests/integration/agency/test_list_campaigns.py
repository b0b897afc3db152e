from datetime import datetime

import pytest

from campaigns import wiring
from campaigns.domain.agency_campaign import AgencyStatus
from tests.integration.agency.agency import a_campaign_of, said
from tests.integration.lender import Lender

LIST = "agency/list_campaigns"


@pytest.fixture(autouse=True)
def early_march(deployed: object, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.fromisoformat("2026-03-02T12:00:00Z")
    monkeypatch.setattr(wiring, "_clock", lambda: now)


def test_campaigns_are_told_newest_first(lender: Lender) -> None:
    older = a_campaign_of(lender, "older", "2026-03-05 10:00")
    newer = a_campaign_of(lender, "newer", status=AgencyStatus.CANCELLED, ended_at=wiring.now())
    answer = lender.call(LIST)
    assert answer.status == 200
    assert answer.body["message"] == "Campaigns retrieved successfully."
    assert answer.body["pagination"] == {"total": 2, "page": 1, "limit": 10, "totalPages": 1}
    assert [one["id"] for one in answer.data] == [newer.id, older.id]
    assert answer.data[1] == {
        "id": older.id,
        "uuid": lender.id,
        "name": "older",
        "status": "SCHEDULED",
        "startDate": "2026-03-05T16:00:00.000Z",
        "endDate": None,
        "schedule_type": "once",
        "next_run": "2026-03-05T16:00:00.000Z",
    }
    assert (answer.data[0]["endDate"], answer.data[0]["next_run"]) == (
        "2026-03-02T12:00:00.000Z",
        None,
    )


def test_pages_are_counted(lender: Lender) -> None:
    names = [a_campaign_of(lender, f"campaign {number}").name for number in range(5)]
    pages = [lender.call(LIST, query={"page": page, "limit": 2}) for page in (1, 2, 3, 4)]
    told = [one["name"] for page in pages for one in page.data]
    assert told == names[::-1]
    assert [len(page.data) for page in pages] == [2, 2, 1, 0]
    assert pages[3].body["pagination"] == {"total": 5, "page": 4, "limit": 2, "totalPages": 3}


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0", "limit": "10"},
        {"page": "-1", "limit": "10"},
        {"page": "x", "limit": "10"},
        {"page": "1", "limit": "0"},
        {"page": "1", "limit": "101"},
        {"page": "1.5", "limit": "10"},
        {"page": "", "limit": ""},
        {"page": "9" * 40},
    ],
)
def test_what_is_no_page_is_400(query: dict[str, str], lender: Lender) -> None:
    assert said(lender.call(LIST, query=query), 400) == "Invalid pagination parameters."


def test_none_at_all_are_404_and_those_of_others_are_none(lender: Lender, stranger: Lender) -> None:
    a_campaign_of(stranger, "theirs")
    assert said(lender.call(LIST), 404) == "No campaigns found for the given UUID."
