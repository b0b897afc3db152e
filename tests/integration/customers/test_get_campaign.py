"""GET /v2/campaigns/{campaignId}."""

from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.enrollment import Change, EnrollmentStatus
from tests.integration.lender import Lender

GET = "customers/get_campaign"


def test_a_campaign_is_shown_with_how_its_customers_fare(lender: Lender) -> None:
    campaign = lender.collection(name="First")
    ones = [lender.enrolled(lender.account(number), campaign) for number in range(1, 5)]
    at, today = wiring.now(), wiring.now().astimezone(lender.zone).date()
    later = ones[0].stepped(campaign.steps[0], called=True, today=today, at=at)
    failed = ones[1].ended(EnrollmentStatus.FAILED, "test", at=at)
    wiring.enrollments().write([Change(was=ones[0], now=later, called_on=today)])
    wiring.enrollments().write([Change(was=ones[1], now=failed)])
    shown = lender.call(GET, ids={"campaignId": campaign.id}).body["campaign"]
    assert (shown["id"], shown["name"], shown["status"]) == (campaign.id, "First", "ACTIVE")
    stats = shown["customerStats"]
    assert (stats["total"], stats["totalCalls"], stats["todayCalls"]) == (4, 1, 1)
    assert len(stats["statusCounts"]) == 9
    counted = {name: count for name, count in stats["statusCounts"].items() if count}
    assert counted == {"pending": 2, "awaiting_call": 1, "failed": 1}


def test_a_campaign_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    for id in (str(uuid4()), stranger.collection().id, lender.campaign().id):
        answer = lender.call(GET, ids={"campaignId": id})
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("id", ["7", "018f4e9a-0000-9000-8000-00000000c0de"])
def test_what_is_no_uuid_is_422(lender: Lender, id: str) -> None:
    assert lender.call(GET, ids={"campaignId": id}).status == 422
