from campaigns import wiring
from tests.builders import an_account
from tests.integration.lender import Lender

GET = "management/get_account"


def test_the_sample_finds_an_account(lender: Lender) -> None:
    kept = an_account("900001", company_id=lender.id)
    wiring.people().put_accounts([kept])
    answer = lender.call(GET)
    assert answer.status == 200
    assert (answer.body["id"], answer.body["customerId"]) == (kept.id, kept.customer_id)
    assert answer.body["amountPastDue"] == "412.50"


def test_an_account_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    wiring.people().put_accounts([an_account("900001", company_id=stranger.id)])
    answer = lender.call(GET)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.body == {
        "type": "urn:campaigns:account_not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "account 900001 does not exist",
        "instance": "/v1/accounts/900001",
    }
