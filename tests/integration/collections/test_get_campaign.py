"""GET /api/v1/external/campaigns/{campaign_id}."""

from uuid import uuid4

from campaigns.domain.identity import moment
from tests.integration.lender import Lender

GET = "collections/get_campaign"


def test_a_campaign_is_shown_whole(lender: Lender) -> None:
    after = lender.collection()
    one = lender.collection(name="First", description="A call", next_campaign_id=after.id)
    assert lender.call(GET, ids={"campaign_id": one.id}).body == {
        "success": True,
        "status_code": 200,
        "message": "OK",
        "data": {
            "id": one.id,
            "name": "First",
            "description": "A call",
            "type": "early_stage",
            "category": "early_stage",
            "status": "ACTIVE",
            "next_campaign_id": after.id,
            "total_accounts": 0,
            "active_accounts": 0,
            "completed_accounts": 0,
            "created_at": moment(one.created_at),
            "updated_at": moment(one.updated_at),
            "started_at": None,
            "ended_at": None,
        },
        "meta": {},
    }


def test_a_campaign_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    for id in (str(uuid4()), stranger.collection().id, lender.campaign().id):
        answer = lender.call(GET, ids={"campaign_id": id})
        assert (answer.status, answer.body["success"], answer.body["errors"]) == (404, False, [])


def test_what_is_no_uuid_is_400(lender: Lender) -> None:
    assert lender.call(GET, ids={"campaign_id": "early"}).fields == ["campaign_id"]
