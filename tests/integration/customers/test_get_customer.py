"""GET /v2/customers/{customerId}."""

from uuid import uuid4

from tests.integration.lender import Lender

GET = "customers/get_customer"


def test_a_customer_is_shown_with_all_enrollments(lender: Lender) -> None:
    account, campaign = lender.account(), lender.collection()
    one = lender.enrolled(account, campaign)
    shown = lender.call(GET, ids={"customerId": account.customer_id.upper()}).body["customer"]
    assert (shown["id"], shown["firstName"]) == (account.customer_id, "Ada")
    assert [of["customerCampaignId"] for of in shown["campaigns"]] == [one.id]


def test_a_customer_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    for id in (str(uuid4()), stranger.customer().id):
        answer = lender.call(GET, ids={"customerId": id})
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


def test_what_is_no_uuid_is_422(lender: Lender) -> None:
    assert lender.call(GET, ids={"customerId": "100001"}).status == 422
