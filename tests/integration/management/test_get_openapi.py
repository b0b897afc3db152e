from local.openapi import FILE
from tests.integration.lender import Lender


def test_the_description_is_served_to_anybody(lender: Lender) -> None:
    answer = lender.call("management/get_openapi", headers={"x-api-key": None})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body["openapi"] == "3.1.0"
    assert len(answer.body["paths"]) > 10
    assert FILE.is_file()
