from typing import Any

import pytest

from campaigns.domain.schedule import RunWindow, minute_of
from tests.integration.lender import Answer, Lender, shown

EXPLAIN = "management/explain_schedule"
SPRING = "2026-03-06T00:00:00Z"
"""The Sunday after it, clocks go forward in Chicago."""


def explain(lender: Lender, **query: Any) -> Answer:
    return lender.call(EXPLAIN, query={name.rstrip("_"): one for name, one in query.items()})


def test_the_sample_is_three_weekdays(lender: Lender) -> None:
    body = lender.call(EXPLAIN).body
    assert (body["timezone"], body["schedule"]) == ("America/Chicago", "P P * * 1-5")
    assert body["timeOf"] == "window"
    assert "minute of its own" in body["note"]
    assert body["items"][0] == {
        "localDate": "2026-03-02",
        "localTime": "06:00",
        "at": "2026-03-02T12:00:00.000Z",
        "reason": "a Monday",
    }
    assert [one["localDate"][-2:] for one in body["items"]] == ["02", "03", "04"]


def test_every_shift_has_its_reason(lender: Lender) -> None:
    items = explain(lender, schedule="P P * * *", from_=SPRING, count=4).body["items"]
    assert [(one["localDate"], one["at"][11:16]) for one in items] == [
        ("2026-03-06", "12:00"),
        ("2026-03-07", "12:00"),
        ("2026-03-08", "11:00"),
        ("2026-03-09", "11:00"),
    ]
    assert "clocks changed, local time is now UTC-05:00" in items[2]["reason"]
    assert [one["reason"] for one in items[:2]] == ["every day"] * 2


def test_a_campaign_brings_its_own_minute(lender: Lender) -> None:
    campaign = lender.campaign(external_id="spring")
    minute = f"{minute_of(campaign.id, RunWindow()):%H:%M}"
    for named in (shown(campaign), campaign.id, "ext-spring"):
        body = explain(lender, schedule="p P 1 * *", campaignId=named).body
        assert body["timeOf"] == "campaign"
        assert {one["localTime"] for one in body["items"]} == {minute}
        assert len(body["items"]) == 10


def test_weekly_days_are_told_at_their_time(lender: Lender) -> None:
    body = explain(lender, days="mon, Wed", at="09:00", from_=SPRING, count=3).body
    assert body["timeOf"] == "asked"
    told = [(one["localDate"], one["localTime"], one["reason"]) for one in body["items"]]
    assert told[0] == (
        "2026-03-09",
        "09:00",
        "a Monday; clocks changed, local time is now UTC-05:00",
    )
    assert told[1:] == [("2026-03-11", "09:00", "a Wednesday"), ("2026-03-16", "09:00", "a Monday")]


def test_a_time_that_clocks_skip_or_repeat_is_told(lender: Lender) -> None:
    skipped = explain(lender, days="sun", at="02:30", from_=SPRING, count=1).body["items"][0]
    assert (skipped["localTime"], skipped["at"]) == ("03:30", "2026-03-08T08:30:00.000Z")
    assert "02:30 does not exist on this date" in skipped["reason"]
    autumn = "2026-10-31T12:00:00Z"
    twice = explain(lender, days="sun", at="01:30", from_=autumn, count=1).body["items"][0]
    assert twice["at"] == "2026-11-01T06:30:00.000Z"
    assert "01:30 comes twice on this date, the first counts" in twice["reason"]


def test_without_from_the_first_lies_ahead(lender: Lender) -> None:
    assert len(explain(lender, schedule="P P 29 2 *", count=50).body["items"]) == 50


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "schedule"),
        ({"schedule": "P P * * 1-5", "days": "mon"}, "schedule"),
        ({"schedule": "P P * * 1-5", "at": "09:00"}, "schedule"),
        ({"days": "mon"}, "at"),
        ({"at": "09:00"}, "days"),
        ({"days": "mon,someday", "at": "09:00"}, "days"),
        ({"days": "", "at": "09:00"}, "days"),
        ({"days": "mon", "at": "9 am"}, "at"),
        ({"days": "mon", "at": "09:00", "campaignId": "x"}, "campaignId"),
        ({"schedule": "0 6 * * *"}, "schedule"),
        ({"schedule": "P P 30 2 *"}, "schedule"),
        ({"schedule": "P P * * 1-5", "campaignId": "CM-0000000000000-0000000000000"}, "campaignId"),
        ({"schedule": "P P * * 1-5", "count": 0}, "count"),
        ({"schedule": "P P * * 1-5", "count": 51}, "count"),
        ({"schedule": "P P * * 1-5", "from": "2026-03-01"}, "from"),
        ({"schedule": "P P * * 1-5", "from": "2026-03-01T00:00:00"}, "from"),
        ({"schedule": "P P * * 1-5", "from": "2026-02-30T00:00:00Z"}, "from"),
        ({"schedule": "P P * * 1-5", "from": "1772452800"}, "from"),
        ({"schedule": "P P * * 1-5", "from": "9999-12-31T23:59:59Z"}, "from"),
        ({"schedule": "P P * * 1-5", "from": "0001-01-01T00:00:00Z"}, "from"),
    ],
    ids=str,
)
def test_a_question_that_is_not_clear_is_refused_by_its_field(
    query: Any, field: str, lender: Lender
) -> None:
    answer = explain(lender, **query)
    assert answer.fields == [field]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_campaign_of_another_company_is_not_known(lender: Lender, stranger: Lender) -> None:
    theirs = shown(stranger.campaign())
    answer = explain(lender, schedule="P P * * *", campaignId=theirs)
    assert answer.fields == ["campaignId"]
    assert answer.body["detail"] == f"campaign {theirs} does not exist"
