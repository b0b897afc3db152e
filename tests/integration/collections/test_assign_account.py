"""POST /api/v1/external/accounts/{account_id}/campaign."""

from uuid import uuid4

from campaigns.domain.collection_campaign import CollectionStatus
from tests.integration.lender import Lender

ASSIGN = "collections/assign_account"


def test_one_account_is_enrolled(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    body = {"campaign_id": campaign.id.upper()}
    answer = lender.call(ASSIGN, ids={"account_id": account.id}, body=body)
    assert answer.body["message"] == "Campaign assignment processed"
    assert answer.data == {
        "campaign_id": campaign.id,
        "invoice_id": account.id,
        "invoice_number": account.number,
        "status": "SUCCESS",
    }
    again = lender.call(ASSIGN, ids={"account_id": account.id}, body=body)
    assert again.data["status"] == "SKIPPED"


def test_an_item_that_fails_is_200_and_says_why(lender: Lender) -> None:
    campaign = lender.collection()
    answer = lender.call(
        ASSIGN, ids={"account_id": str(uuid4())}, body={"campaign_id": campaign.id}
    )
    assert answer.data["status"] == "FAILED"
    assert answer.data["error"] == "Invoice or Customer not found or access denied"


def test_what_is_no_uuid_is_400(lender: Lender) -> None:
    campaign = lender.collection()
    answer = lender.call(ASSIGN, ids={"account_id": "7"}, body={"campaign_id": campaign.id})
    assert answer.fields == ["account_id"]


def test_a_campaign_that_is_not_there_is_404_and_a_draft_409(lender: Lender) -> None:
    account = lender.account()
    ids = {"account_id": account.id}
    assert lender.call(ASSIGN, ids=ids, body={"campaign_id": str(uuid4())}).status == 404
    draft = lender.collection(status=CollectionStatus.DRAFT)
    assert lender.call(ASSIGN, ids=ids, body={"campaign_id": draft.id}).status == 409
