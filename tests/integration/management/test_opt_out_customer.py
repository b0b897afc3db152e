"""POST /v1/customers/{customerId}/opt-outs."""

from typing import Any

import pytest

from tests.builders import a_phone, an_email
from tests.integration.lender import Answer, Lender

PHONE, OTHER = "+15125550123", "+15125550124"


def opt_out(lender: Lender, **body: Any) -> Answer:
    return lender.call("management/opt_out_customer", body=body)


def statuses(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {one["value"]: one["status"] for one in answer.body["customer"]["contacts"]}


@pytest.fixture
def person(lender: Lender) -> Any:
    contacts = (a_phone(PHONE), a_phone(OTHER, "home"), an_email("ada@example.com"))
    return lender.customer(contacts=contacts)


def entries(lender: Lender) -> list[Any]:
    items: list[Any] = lender.call("management/list_timeline").body["items"]
    return items


def test_the_sample_asks_in_its_own_words(lender: Lender, person: Any) -> None:
    answer = lender.call("management/opt_out_customer")
    assert (answer.body["optedOut"], answer.body["scope"]) == (True, "channel")
    assert answer.body["channels"] == ["text", "whatsapp"]
    assert statuses(answer)["ada@example.com"] == "active"
    [entry] = entries(lender)
    assert (entry["kind"], entry["address"]) == ("optOut", PHONE)
    assert entry["details"] == {"scope": "channel", "channels": "text,whatsapp"}


def test_an_address_is_opted_out(lender: Lender, person: Any) -> None:
    answer = opt_out(lender, channel="call", address="512 555 0123")
    assert answer.body["scope"] == "address"
    assert statuses(answer) == {PHONE: "optedOut", OTHER: "active", "ada@example.com": "active"}


def test_a_channel_is_opted_out(lender: Lender, person: Any) -> None:
    answer = opt_out(lender, channel="email")
    assert answer.body["scope"] == "channel"
    assert statuses(answer) == {PHONE: "active", OTHER: "active", "ada@example.com": "optedOut"}


def test_letters_are_refused_though_no_address_is_kept(lender: Lender, person: Any) -> None:
    answer = opt_out(lender, channel="mail")
    assert answer.body["optedOut"]
    assert answer.body["customer"]["refusedChannels"] == ["mail"]


def test_every_unknown_number_stays_opted_out(lender: Lender, person: Any) -> None:
    numbers = [f"+1512555019{digit}" for digit in range(3)]
    for number in numbers:
        opt_out(lender, channel="call", address=number)
    body = {"phoneMobile": OTHER, "phoneHome": numbers[0]}
    shown = lender.call("management/put_customer", ids={"externalId": "100001"}, body=body).body
    known = {one["value"]: one["status"] for one in shown["contacts"]}
    assert [known[one] for one in numbers] == ["optedOut"] * 3


def test_a_person_is_opted_out(lender: Lender, person: Any) -> None:
    answer = opt_out(lender)
    assert answer.body["scope"] == "person"
    assert answer.body["customer"]["flags"] == ["doNotContact"]


def test_a_text_that_asks_for_no_such_thing_changes_nothing(lender: Lender, person: Any) -> None:
    answer = opt_out(lender, channel="text", address=PHONE, text="please don't stop")
    assert (answer.body["optedOut"], answer.body["scope"]) == (False, None)
    assert set(statuses(answer).values()) == {"active"}
    assert entries(lender) == []


def test_asked_again_it_is_still_so(lender: Lender, person: Any) -> None:
    first, again = (opt_out(lender, channel="call", address=PHONE, text="STOP") for _ in range(2))
    assert first.body == again.body


def test_an_import_does_not_bring_it_back(lender: Lender, person: Any) -> None:
    opt_out(lender, channel="call", address=PHONE)
    body = {"phoneMobile": OTHER, "phoneHome": PHONE}
    ids = {"externalId": "100001"}
    shown = lender.call("management/put_customer", ids=ids, body=body).body["contacts"]
    assert {one["value"]: one["status"] for one in shown}[PHONE] == "optedOut"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": "fax"}, "channel"),
        ({"channel": "call", "address": "ada@example.com"}, "address"),
        ({"text": "x" * 2001}, "text"),
        ({"why": "because"}, "why"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(
    body: Any, field: str, lender: Lender, person: Any
) -> None:
    assert opt_out(lender, **body).fields == [field]


def test_an_address_needs_its_channel(lender: Lender, person: Any) -> None:
    assert opt_out(lender, address=PHONE).status == 400


def test_a_customer_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    stranger.customer()
    assert opt_out(lender).status == 404
