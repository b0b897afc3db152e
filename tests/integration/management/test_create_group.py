from typing import Any

import pytest

from tests.integration.lender import Lender

CREATE = "management/create_group"


def test_the_sample_is_created_empty(lender: Lender) -> None:
    answer = lender.call(CREATE)
    assert answer.status == 200, answer.body
    assert answer.body == {
        "id": answer.body["id"],
        "name": "Spring offer",
        "members": 0,
        "createdAt": answer.body["createdAt"],
        "deletedAt": None,
    }
    found = lender.call("management/get_group", ids={"groupId": answer.body["id"]})
    assert found.body == answer.body


def test_a_name_is_taken_once_per_company(lender: Lender, stranger: Lender) -> None:
    assert lender.call(CREATE).status == 200
    answer = lender.call(CREATE, body={"name": " spring  OFFER "})
    assert answer.status == 409
    assert stranger.call(CREATE).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "members": 5}, "members"),
    ],
)
def test_a_field_that_cannot_be_is_400_and_named(body: Any, field: str, lender: Lender) -> None:
    assert lender.call(CREATE, body=body).fields == [field]
