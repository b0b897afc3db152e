from typing import Any

import pytest

from campaigns.domain.people_rows import account_id, customer_id
from tests.integration.lender import Answer, Lender

PUT = "management/put_account"


def put(lender: Lender, _id: str = "900001", **fields: Any) -> Answer:
    return lender.call(PUT, ids={"externalId": _id}, body=fields)


def get(lender: Lender, id: str = "900001") -> Answer:
    return lender.call("management/get_account", ids={"externalId": id})


def test_the_sample_account_is_created(lender: Lender) -> None:
    answer = lender.call(PUT)
    assert answer.status == 200
    assert answer.body == {
        "id": account_id(lender.id, "900001"),
        "externalId": "900001",
        "customerId": customer_id(lender.id, "100001"),
        "number": "A-0001",
        "type": "invoice",
        "status": "current",
        "principalBalance": "1500.00",
        "amountPastDue": "125.50",
        "daysPastDue": 12,
        "nextDueDate": "2026-04-01",
        "openedOn": None,
        "settledAt": None,
    }
    assert get(lender).body == answer.body


def test_only_the_fields_sent_are_changed(lender: Lender) -> None:
    before = lender.call(PUT).body
    after = put(lender, daysPastDue=0, nextDueDate=None).body
    assert after == before | {"daysPastDue": 0, "nextDueDate": None}
    owned = put(lender, customerExternalId="100002").body
    assert owned["customerId"] == customer_id(lender.id, "100002")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("0.10", "0.10"), (412.5, "412.5"), (3, "3"), ("1e3", "1000.0000"), (None, None)],
)
def test_money_is_decimal(sent: Any, kept: Any, lender: Lender) -> None:
    answer = put(lender, customerExternalId="100001", amountPastDue=sent)
    assert answer.body["amountPastDue"] == kept


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "customerExternalId"),
        ({"customerExternalId": None}, "customerExternalId"),
        ({"customerExternalId": ""}, "customerExternalId"),
        ({"customerExternalId": 5}, "customerExternalId"),
        ({"customerExternalId": "1", "shoeSize": 44}, "shoeSize"),
        ({"customerExternalId": "1", "customerId": "x"}, "customerId"),
        ({"customerExternalId": "1", "principalBalance": "lots"}, "principalBalance"),
        ({"customerExternalId": "1", "principalBalance": "NaN"}, "principalBalance"),
        ({"customerExternalId": "1", "amountPastDue": True}, "amountPastDue"),
        ({"customerExternalId": "1", "daysPastDue": 1.5}, "daysPastDue"),
        ({"customerExternalId": "1", "daysPastDue": "many"}, "daysPastDue"),
        ({"customerExternalId": "1", "nextDueDate": "2026-02-30"}, "nextDueDate"),
        ({"customerExternalId": "1", "openedOn": "yesterday"}, "openedOn"),
        ({"customerExternalId": "1", "nextDueDate": 0}, "nextDueDate"),
        ({"customerExternalId": "1", "openedOn": 20260301}, "openedOn"),
        ({"customerExternalId": "1", "daysPastDue": 10**30}, "daysPastDue"),
        ({"customerExternalId": "1", "amountPastDue": "1e999999"}, "amountPastDue"),
        ({"customerExternalId": "1", "amountPastDue": "0.00001"}, "amountPastDue"),
        ({"customerExternalId": "1", "number": "x" * 501}, "number"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    answer = put(lender, **fields)
    assert answer.fields == [field]
    assert answer.headers["content-type"] == "application/problem+json"
    assert get(lender).status == 404
