from typing import Any

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender, shown

UPDATE = "borrower/update_contact_exporter"


@pytest.fixture
def dialer(lender: Lender) -> Any:
    return lender.call("borrower/create_contact_exporter").data


def change(lender: Lender, _id: str = "ext-dialer-list", **fields: Any) -> Answer:
    return lender.call(UPDATE, ids={"exporterId": _id}, body=fields)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_sample_changes_only_what_it_sends(method: str, lender: Lender, dialer: Any) -> None:
    answer = lender.call(UPDATE, ids={"exporterId": dialer["id"]}, method=method)
    changed = {
        "name": "Dialer list, pipes",
        "format": dialer["format"] | {"delimiter": "|"},
        "updatedAt": answer.data["updatedAt"],
    }
    assert answer.body == {"status": 0, "message": "OK", "data": dialer | changed}
    found = lender.call("borrower/get_contact_exporter", ids={"exporterId": dialer["id"]})
    assert found.data == answer.data


def test_sending_back_what_was_shown_changes_nothing(lender: Lender, dialer: Any) -> None:
    answer = change(lender, **dialer)
    assert {**answer.data, "updatedAt": ""} == {**dialer, "updatedAt": ""}


@pytest.mark.parametrize(
    ("field", "first", "then"),
    [
        ("format", {"delimiter": "|", "header": False}, {"eol": "lf"}),
        ("layout", {"rows": "wide", "maxPhones": 3}, {"maxPhones": 4}),
        ("phone", {"format": "digits"}, {"defaultCountry": "DE"}),
    ],
)
def test_inside_an_object_too_only_what_is_sent_changes(
    field: str, first: Any, then: Any, lender: Lender, dialer: Any
) -> None:
    change(lender, **{field: first})
    assert change(lender, **{field: then}).data[field] == dialer[field] | first | then
    cleared: Any = dict.fromkeys(first)
    assert change(lender, **{field: cleared}).data[field] == dialer[field] | then | {
        name: dialer[field][name] for name in first
    }


@pytest.mark.parametrize(
    ("field", "set_to"),
    [
        ("contactMatchingCriteria", {"label": ["work"]}),
        ("layout", {"rows": "long"}),
        ("format", {"quote": "all"}),
        ("phone", {"format": "digits"}),
        ("order", [{"by": "run.id", "dir": "asc"}]),
        (
            "checkCompliance",
            {"channel": "call", "subject": "freeForm", "theme": "x", "loanId": None},
        ),
        ("emptyFile", "skip"),
        ("name", "Other"),
        ("externalId", "other"),
    ],
)
def test_null_takes_back_what_was_set(
    field: str, set_to: Any, lender: Lender, stranger: Lender
) -> None:
    made = lender.exporter("run.id", name="")
    plain = lender.call("borrower/get_contact_exporter", ids={"exporterId": made.id}).data
    assert change(lender, made.id, **{field: set_to}).data[field] != plain[field]
    assert change(lender, made.id, **{field: None}).data[field] == plain[field]


def test_a_preset_follows_and_what_was_chosen_stays(lender: Lender, dialer: Any) -> None:
    change(lender, format={"delimiter": ";"})
    five9 = change(lender, format={"preset": "five9-list-v1"}).data
    assert (five9["format"]["delimiter"], five9["format"]["quote"]) == (";", "all")
    assert five9["columnSettings"] == dialer["columnSettings"]
    filled = change(lender, columnSettings=None).data
    assert [one["outputName"] for one in filled["columnSettings"]][:3] == [
        "number1",
        "number2",
        "number3",
    ]
    again = change(lender, **filled).data
    assert {**again, "updatedAt": ""} == {**filled, "updatedAt": ""}
    other = change(lender, format={"preset": "cisco-uccx-v1"}).data
    assert (other["format"]["delimiter"], other["format"]["quote"]) == (";", "minimal")
    assert len(other["columnSettings"]) == 7
    assert change(lender, format={"preset": None}).fields == ["columnSettings"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"columnSettings": []}, "columnSettings"),
        ({"columnSettings": None}, "columnSettings"),
        ({"columnSettings": [{"field": "person.shoe"}]}, "columnSettings.0.field"),
        ({"columnSettings": [{"field": "run.id", "const": ""}]}, "columnSettings.0"),
        ({"contactMatchingCriteria": {"label": []}}, "contactMatchingCriteria.label"),
        ({"format": {"delimiter": "\r"}}, "format.delimiter"),
        ({"emptyFile": "later"}, "emptyFile"),
        ({"externalId": "ext-dialer"}, "externalId"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_nothing_is_changed(
    fields: Any, field: str, lender: Lender, dialer: Any
) -> None:
    assert change(lender, **{"name": "Other", **fields}).fields == [field]
    found = lender.call("borrower/get_contact_exporter", ids={"exporterId": dialer["id"]})
    assert found.data == dialer


def test_an_external_id_that_is_taken_is_409(lender: Lender, dialer: Any) -> None:
    lender.exporter(external_id="other")
    answer = change(lender, externalId="other")
    assert (answer.status, answer.body["message"]) == (409, "externalId 'other' is already in use")


def test_what_is_not_there_not_ours_or_deleted_is_404(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.exporter(external_id="theirs")
    gone = lender.exporter(deleted_at=wiring.now())
    for id in (shown(theirs), "ext-theirs", gone.id):
        answer = change(lender, id, name="x")
        assert (answer.status, answer.body["message"]) == (
            404,
            f"contact exporter {id} does not exist",
        )
    assert wiring.exporters().get(stranger.id, theirs.id) == theirs
