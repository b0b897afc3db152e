from uuid import uuid4

from tests.integration.financing.shop import Shop
from tests.integration.lender import Lender

REVOKE = "management/revoke_financing_client"


def test_a_revoked_client_gets_no_token(lender: Lender) -> None:
    shop = Shop.of(lender)
    answer = lender.call(REVOKE, ids={"clientId": shop.client_id})
    assert (answer.status, answer.body["clientId"]) == (200, shop.client_id)
    assert answer.body["revokedAt"] == answer.body["updatedAt"]
    assert shop.ask_token().status == 401


def test_revoking_a_client_again_changes_nothing(lender: Lender) -> None:
    shop = Shop.of(lender)
    first = lender.call(REVOKE, ids={"clientId": shop.client_id})
    assert lender.call(REVOKE, ids={"clientId": shop.client_id}).body == first.body


def test_a_client_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    theirs = Shop.of(stranger)
    for id in (theirs.client_id, str(uuid4()), "x"):
        answer = lender.call(REVOKE, ids={"clientId": id})
        assert answer.status == 404
        assert answer.body["detail"] == f"financing client {id} does not exist"
    assert theirs.ask_token().status == 200
