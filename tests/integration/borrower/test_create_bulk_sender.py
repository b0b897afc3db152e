from typing import Any

import pytest

from campaigns.domain.notices import SUBJECTS
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender

CREATE = "borrower/create_bulk_sender"


def create(lender: Lender, **but: Any) -> Answer:
    """The sample with some fields changed; one that is ... is left out."""
    body = {**sample_body(CREATE), **but}
    return lender.call(CREATE, body={k: v for k, v in body.items() if v is not ...})


def test_the_sample_is_created_with_every_field(lender: Lender) -> None:
    answer = lender.call(CREATE)
    assert answer.body == {"status": 0, "message": "OK", "data": answer.data}
    assert answer.data == {
        "id": answer.data["id"],
        "createdAt": answer.data["createdAt"],
        "updatedAt": answer.data["createdAt"],
        "deletedAt": None,
        "externalId": "due-reminders",
        "name": "Due reminders",
        "interactionSubject": "paymentDueDateReminder",
        "interactionTheme": None,
        "interactionChannel": "email",
    }
    assert answer.data["id"].startswith("BS-")
    found = lender.call("borrower/get_bulk_sender", ids={"senderId": answer.data["id"]})
    assert found.body == answer.body


@pytest.mark.parametrize("subject", [*SUBJECTS, "custom1", "custom99"])
def test_every_subject_can_be_sent(subject: str, lender: Lender) -> None:
    answer = create(lender, interactionSubject=subject, interactionTheme="spring")
    assert answer.data["interactionSubject"] == subject


@pytest.mark.parametrize("channel", ["email", "text", "mail", "voice", "whatsapp", None, ...])
def test_a_sender_has_a_channel_or_uses_all_that_have_a_template(
    channel: Any, lender: Lender
) -> None:
    expected = None if channel is ... else channel
    assert create(lender, interactionChannel=channel).data["interactionChannel"] == expected


def test_fields_that_nobody_knows_are_ignored(lender: Lender) -> None:
    assert create(lender, shoeSize=44).status == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"interactionSubject": ...}, "interactionSubject"),
        ({"interactionSubject": None}, "interactionSubject"),
        ({"interactionSubject": ""}, "interactionSubject"),
        ({"interactionSubject": "greeting"}, "interactionSubject"),
        ({"interactionSubject": "custom"}, "interactionSubject"),
        ({"interactionSubject": 5}, "interactionSubject"),
        ({"interactionSubject": "freeForm"}, "interactionTheme"),
        ({"interactionSubject": "custom3", "interactionTheme": None}, "interactionTheme"),
        ({"interactionTheme": ""}, "interactionTheme"),
        ({"interactionTheme": "x" * 101}, "interactionTheme"),
        ({"interactionChannel": "call"}, "interactionChannel"),
        ({"interactionChannel": "fax"}, "interactionChannel"),
        ({"externalId": ""}, "externalId"),
        ({"externalId": "ext-x"}, "externalId"),
        ({"externalId": "a/b"}, "externalId"),
        ({"externalId": "x" * 51}, "externalId"),
        ({"name": "x" * 201}, "name"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    assert create(lender, **fields).fields == [field]
    assert lender.call("borrower/list_bulk_senders").body["total"] == 0


def test_an_external_id_is_taken_once_per_company(lender: Lender, stranger: Lender) -> None:
    assert create(lender).status == 200
    answer = create(lender)
    assert (answer.status, answer.body["data"]) == (409, None)
    assert create(stranger).status == 200
    lender.exporter(external_id="other")
    assert create(lender, externalId="other").status == 200, "an exporter's is another kind"
