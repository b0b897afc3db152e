"""GET /v1/campaigns/{campaignId}."""

from tests.integration.lender import Lender

GET = "management/get_campaign"


def test_a_campaign_is_found_by_its_id_and_by_its_external_id(lender: Lender) -> None:
    one = lender.collection(external_id="early")
    for id in (one.id, one.id.upper(), "ext-early"):
        assert lender.call(GET, ids={"campaignId": id}).body["id"] == one.id


def test_a_borrower_campaign_is_none_of_these(lender: Lender) -> None:
    assert lender.call(GET, ids={"campaignId": lender.campaign().id}).status == 404
