from campaigns import wiring
from tests.builders import a_customer
from tests.integration.lender import Lender

GET = "management/get_customer"


def test_the_sample_finds_a_customer(lender: Lender) -> None:
    kept = a_customer("100001", company_id=lender.id)
    wiring.people().put_customers([kept])
    answer = lender.call(GET)
    assert answer.status == 200
    assert (answer.body["id"], answer.body["firstName"]) == (kept.id, "Ada")


def test_a_customer_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    wiring.people().put_customers([a_customer("100001", company_id=stranger.id)])
    answer = lender.call(GET)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.body == {
        "type": "urn:campaigns:customer_not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "customer 100001 does not exist",
        "instance": "/v1/customers/100001",
    }
