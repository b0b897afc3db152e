from typing import Any

import pytest

from campaigns.domain.people_rows import customer_id
from tests.integration.lender import Answer, Lender

PUT = "management/put_customer"


def put(lender: Lender, _id: str = "100001", **fields: Any) -> Answer:
    return lender.call(PUT, ids={"externalId": _id}, body=fields)


def get(lender: Lender, id: str = "100001") -> Answer:
    return lender.call("management/get_customer", ids={"externalId": id})


def test_the_sample_customer_is_created(lender: Lender) -> None:
    answer = lender.call(PUT)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == {
        "id": customer_id(lender.id, "100001"),
        "externalId": "100001",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "language": "",
        "state": "NY",
        "postalCode": "",
        "timeZone": "America/New_York",
        "street": "",
        "city": "",
        "dateOfBirth": None,
        "flags": [],
        "marketingOptOut": False,
        "refusedChannels": [],
        "contacts": [
            {
                "type": "email",
                "value": "ada@example.com",
                "label": "personal",
                "affiliation": "self",
                "status": "active",
                "consents": [],
            },
            {
                "type": "phone",
                "value": "+12125550123",
                "label": "mobile",
                "affiliation": "self",
                "status": "active",
                "consents": [],
            },
        ],
    }
    assert get(lender).body == answer.body


def test_only_the_fields_sent_are_changed(lender: Lender) -> None:
    before = lender.call(PUT).body
    assert put(lender).body == before
    after = put(lender, city="Albany", dateOfBirth="1980-02-29", phoneMobile=None).body
    assert after == before | {
        "city": "Albany",
        "dateOfBirth": "1980-02-29",
        "contacts": before["contacts"][:1],
    }
    cleared = put(lender, dateOfBirth=None, timeZone=None, lastName=None).body
    assert (cleared["dateOfBirth"], cleared["timeZone"], cleared["lastName"]) == (None, "", "")


def test_flags_are_set_by_true_and_taken_back_by_false(lender: Lender) -> None:
    assert put(lender, deceased=True, doNotContact=True).body["flags"] == [
        "deceased",
        "doNotContact",
    ]
    assert put(lender, deceased=False).body["flags"] == ["doNotContact"]
    assert put(lender, doNotContact=None).body["flags"] == ["doNotContact"]
    assert put(lender, doNotContact=False).body["flags"] == []


def test_a_phone_that_cannot_be_is_kept_and_marked(lender: Lender) -> None:
    [phone] = put(lender, phoneHome="555-CALL").body["contacts"]
    assert (phone["value"], phone["label"], phone["status"]) == ("555-CALL", "home", "invalid")
    [phone] = put(lender, phoneHome="(512) 555-0123").body["contacts"]
    assert (phone["value"], phone["status"]) == ("+15125550123", "active")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"shoeSize": 44}, "shoeSize"),
        ({"externalId": "100001"}, "externalId"),
        ({"id": "1"}, "id"),
        ({"\ud800": 1}, "body"),
        ({"dateOfBirth": "29.02.1980"}, "dateOfBirth"),
        ({"dateOfBirth": "1981-02-29"}, "dateOfBirth"),
        ({"dateOfBirth": "soon"}, "dateOfBirth"),
        ({"dateOfBirth": 0}, "dateOfBirth"),
        ({"dateOfBirth": "0"}, "dateOfBirth"),
        ({"dateOfBirth": "1980-02-29T00:00:00Z"}, "dateOfBirth"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"timeZone": "../etc/passwd"}, "timeZone"),
        ({"firstName": ["Ada"]}, "firstName"),
        ({"firstName": 5}, "firstName"),
        ({"firstName": "x" * 501}, "firstName"),
        ({"deceased": "perhaps"}, "deceased"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    answer = put(lender, **fields)
    assert answer.fields == [field]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["title"] == "Bad Request"
    assert answer.body["type"].startswith("urn:campaigns:")
    assert answer.body["instance"] == "/v1/customers/100001"
    assert get(lender).status == 404


@pytest.mark.parametrize("id", ["a b", "ä@x", "100001.0", "x" * 100])
def test_an_external_id_may_be_any_text(id: str, lender: Lender) -> None:
    assert put(lender, id, firstName="Ada").body["externalId"] == id
    assert get(lender, id).body["firstName"] == "Ada"


@pytest.mark.parametrize("id", ["x" * 101, " "])
def test_an_external_id_that_cannot_be_is_400(id: str, lender: Lender) -> None:
    assert put(lender, id, firstName="Ada").fields == ["externalId"]


def test_two_companies_may_know_one_person_by_one_id(lender: Lender, stranger: Lender) -> None:
    put(lender, firstName="Ada")
    put(stranger, firstName="Bob")
    assert get(lender).body["firstName"] == "Ada"
    assert get(lender).body["id"] != get(stranger).body["id"]
