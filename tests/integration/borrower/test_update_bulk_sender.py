from typing import Any

import pytest

from tests.integration.lender import Answer, Lender

UPDATE = "borrower/update_bulk_sender"


@pytest.fixture
def due(lender: Lender) -> Any:
    return lender.call("borrower/create_bulk_sender").data


def change(lender: Lender, **fields: Any) -> Answer:
    return lender.call(UPDATE, ids={"senderId": "ext-due-reminders"}, body=fields)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_sample_changes_only_what_it_sends(method: str, lender: Lender, due: Any) -> None:
    answer = lender.call(UPDATE, ids={"senderId": due["id"]}, method=method)
    changed = {"name": "Due reminders by text", "interactionChannel": "text"}
    assert answer.data == due | changed | {"updatedAt": answer.data["updatedAt"]}


@pytest.mark.parametrize(
    ("field", "set_to", "cleared"),
    [
        ("interactionChannel", "mail", None),
        ("interactionTheme", "spring", None),
        ("name", "Other", ""),
    ],
)
def test_null_clears_a_field(
    field: str, set_to: str, cleared: Any, lender: Lender, due: Any
) -> None:
    assert change(lender, **{field: set_to}).data[field] == set_to
    assert change(lender, **{field: None}).data[field] == cleared


def test_a_subject_of_ones_own_cannot_lose_its_theme(lender: Lender, due: Any) -> None:
    assert change(lender, interactionSubject="freeForm").fields == ["interactionTheme"]
    changed = {"interactionSubject": "freeForm", "interactionTheme": "spring"}
    assert change(lender, **changed).status == 200
    assert change(lender, interactionTheme=None).fields == ["interactionTheme"]


def test_a_subject_cannot_be_cleared(lender: Lender, due: Any) -> None:
    assert change(lender, interactionSubject=None).fields == ["interactionSubject"]


def test_an_external_id_of_another_sender_is_409(lender: Lender, due: Any) -> None:
    lender.sender(external_id="other")
    assert change(lender, externalId="other").status == 409


def test_the_sender_of_another_company_stays(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.sender()
    answer = lender.call(UPDATE, ids={"senderId": theirs.id})
    assert answer.status == 404
