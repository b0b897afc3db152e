from campaigns import wiring
from campaigns.domain.public_id import CAMPAIGN, read
from tests.integration.lender import Lender, shown

DELETE = "borrower/delete_campaign"


def test_a_deleted_campaign_is_answered_once_more_and_then_gone(lender: Lender) -> None:
    kept = lender.campaign(external_id="spring")
    answer = lender.call(DELETE, ids={"campaignId": "ext-spring"})
    assert answer.body == {"status": 0, "message": "OK", "data": answer.data}
    assert answer.data["id"] == shown(kept)
    assert answer.data["deletedAt"] == answer.data["updatedAt"]
    for function in (DELETE, "borrower/get_campaign", "borrower/update_campaign"):
        for id in (shown(kept), kept.id, "ext-spring"):
            assert lender.call(function, ids={"campaignId": id}).status == 404


def test_its_alarm_clock_is_taken_away(lender: Lender) -> None:
    made = lender.call("borrower/create_campaign", body={"schedule": "P P * * *"}).data
    id = read(CAMPAIGN, made["id"]) or ""
    assert wiring.schedules().find(lender.id, id) is not None
    deleted = lender.call(DELETE, ids={"campaignId": made["id"]}).data
    assert deleted["nextRunAt"] is None
    assert wiring.schedules().find(lender.id, id) is None
