from typing import Any

import pytest

from campaigns import wiring
from tests.integration.lender import Lender

CREATE = "management/create_financing_client"


def test_the_sample_is_registered_and_shows_its_secret_once(lender: Lender) -> None:
    answer = lender.call(CREATE)
    assert answer.status == 200
    assert answer.body == {
        "clientId": answer.body["clientId"],
        "name": "Web shop",
        "formerSecretUntil": None,
        "createdAt": answer.body["createdAt"],
        "updatedAt": answer.body["createdAt"],
        "revokedAt": None,
        "clientSecret": answer.body["clientSecret"],
    }
    assert answer.body["clientSecret"].startswith("fs_")
    assert len(answer.body["clientSecret"]) >= 43
    [listed] = lender.call("management/list_financing_clients").body["items"]
    assert answer.body == listed | {"clientSecret": answer.body["clientSecret"]}


def test_the_secret_is_kept_by_digest_only(lender: Lender) -> None:
    made = lender.call(CREATE).body
    kept = wiring.financing_clients().get(lender.id, made["clientId"])
    assert made["clientSecret"] not in repr(kept)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "clientId": "y"}, "clientId"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(body: Any, field: str, lender: Lender) -> None:
    assert lender.call(CREATE, body=body).fields == [field]
    assert lender.call("management/list_financing_clients").body["items"] == []
