from uuid import uuid4

from tests.integration.lender import Lender
from tests.integration.management.keys import made

GET = "management/get_key"


def test_a_key_is_shown_without_its_secret(lender: Lender) -> None:
    key = made(lender)
    answer = lender.call(GET, ids={"keyId": key["id"]})
    assert answer.status == 200
    assert answer.body == {name: value for name, value in key.items() if name != "key"}


def test_a_key_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    for id in (str(uuid4()), "x", "k" * 3000, made(stranger)["id"]):
        answer = lender.call(GET, ids={"keyId": id})
        assert (answer.status, answer.body["detail"]) == (404, f"key {id} does not exist")
