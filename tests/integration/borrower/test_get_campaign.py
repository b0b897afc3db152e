from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.campaign import CampaignStatus
from tests.integration.lender import Lender, shown

GET = "borrower/get_campaign"


@pytest.mark.parametrize("spelled", ["shown", "lower", "uuid", "external"])
def test_a_campaign_is_found_by_any_of_its_ids(spelled: str, lender: Lender) -> None:
    kept = lender.campaign(external_id="fall 2026 (é)")
    ids = {
        "shown": shown(kept),
        "lower": shown(kept).lower(),
        "uuid": kept.id.upper(),
        "external": "ext-fall 2026 (é)",
    }
    answer = lender.call(GET, ids={"campaignId": ids[spelled]})
    assert answer.data["id"] == shown(kept)
    assert answer.body == {"status": 0, "message": "OK", "data": answer.data}
    assert answer.headers["content-type"] == "application/json"


def test_a_draft_has_no_next_run(lender: Lender) -> None:
    kept = lender.campaign(schedule="P P * * *", status=CampaignStatus.DRAFT)
    assert lender.call(GET, ids={"campaignId": kept.id}).data["nextRunAt"] is None


def test_what_is_not_there_not_ours_or_deleted_gets_one_answer(
    lender: Lender, stranger: Lender
) -> None:
    theirs = stranger.campaign(external_id="spring")
    gone = lender.campaign(external_id="gone", deleted_at=wiring.now())
    nobodys = str(uuid4())
    answers = [
        lender.call(GET, ids={"campaignId": id})
        for id in (nobodys, theirs.id, shown(theirs), "ext-spring", gone.id, shown(gone))
    ]
    for answer in answers:
        assert answer.status == 404
        assert answer.headers == answers[0].headers
        assert answer.body.keys() == {"status", "message", "data"}
    assert answers[0].body["message"] == f"campaign {nobodys} does not exist"
