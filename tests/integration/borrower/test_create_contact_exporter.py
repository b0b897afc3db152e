from typing import Any

import pytest

from campaigns.domain.public_id import EXPORTER, read
from tests.integration.lender import Answer, Lender, shown

CREATE = "borrower/create_contact_exporter"
COLUMNS = [{"field": "contact.phone"}]


def create(lender: Lender, **fields: Any) -> Answer:
    return lender.call(CREATE, body={"columnSettings": COLUMNS, **fields})


def test_the_sample_exporter_is_created(lender: Lender) -> None:
    answer = lender.call(CREATE)
    made = answer.data
    assert answer.body == {"status": 0, "message": "OK", "data": made}
    assert made == {
        "id": made["id"],
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
        "deletedAt": None,
        "externalId": "dialer-list",
        "name": "Dialer list",
        "contactMatchingCriteria": {
            "label": ["home", "mobile"],
            "contactType": ["phone"],
            "affiliation": None,
            "status": None,
        },
        "columnSettings": [
            {"field": field, "const": None, "mask": None, "outputName": name}
            for field, name in (
                ("person.externalId", "borrower_id"),
                ("person.firstName", "first_name"),
                ("contact.phone", "phone"),
            )
        ],
        "checkCompliance": None,
        "layout": {
            "rows": "best",
            "maxPhones": 10,
            "phoneOrder": ["mobile", "home", "work"],
            "lists": "allowed",
        },
        "format": {
            "preset": None,
            "delimiter": ",",
            "quote": "minimal",
            "header": True,
            "encoding": "utf-8",
            "eol": "crlf",
            "nullText": "",
            "maxRowsPerFile": None,
        },
        "phone": {"format": "e164", "defaultCountry": "US"},
        "order": [],
        "emptyFile": "send",
    }
    assert read(EXPORTER, made["id"]) is not None
    ids = {"exporterId": "ext-dialer-list"}
    assert lender.call("borrower/get_contact_exporter", ids=ids).data == made


def test_whatever_can_be_set_is_kept(lender: Lender) -> None:
    asked = {
        "name": "Pipes",
        "contactMatchingCriteria": {
            "label": ["mobile"],
            "contactType": ["email", "phone"],
            "affiliation": ["self"],
            "status": ["active"],
        },
        "columnSettings": [
            {"field": "query.score", "const": None, "mask": None, "outputName": "score"},
            {"field": None, "const": "v1", "mask": None, "outputName": "version"},
            {"field": "loan.number", "const": None, "mask": "last4", "outputName": "loan"},
        ],
        "checkCompliance": {
            "channel": "text",
            "subject": "freeForm",
            "theme": "spring",
            "loanId": "L-1",
        },
        "layout": {
            "rows": "wide",
            "maxPhones": 3,
            "phoneOrder": ["work"],
            "lists": "suppressed",
        },
        "format": {
            "preset": None,
            "delimiter": "\t",
            "quote": "none",
            "header": False,
            "encoding": "windows-1252",
            "eol": "lf",
            "nullText": "NULL",
            "maxRowsPerFile": 50_000,
        },
        "phone": {"format": "national10", "defaultCountry": "DE"},
        "order": [{"by": "query.score", "dir": "desc"}, {"by": "person.lastName", "dir": "asc"}],
        "emptyFile": "fail",
    }
    made = create(lender, **asked).data
    assert {name: made[name] for name in asked} == asked


def test_a_column_is_called_after_its_field_unless_it_is_named(lender: Lender) -> None:
    columns = [{"field": "person.firstName"}, {"const": "x"}, {"field": "run.id", "outputName": ""}]
    without_header = {"header": False}
    made = create(lender, columnSettings=columns, format=without_header).data["columnSettings"]
    assert [one["outputName"] for one in made] == ["person.firstName", "", ""]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"columnSettings": None}, "columnSettings"),
    ({"columnSettings": []}, "columnSettings"),
    ({"columnSettings": {"field": "contact.phone"}}, "columnSettings"),
    ({"columnSettings": ["contact.phone"]}, "columnSettings.0"),
    ({"columnSettings": COLUMNS * 201}, "columnSettings"),
    ({"columnSettings": [*COLUMNS, {"field": "person.shoeSize"}]}, "columnSettings.1.field"),
    ({"columnSettings": COLUMNS * 2}, "columnSettings.1.outputName"),
    ({"columnSettings": [*COLUMNS, {"const": "x"}]}, "columnSettings.1.outputName"),
    ({"columnSettings": [{"field": "query."}]}, "columnSettings.0.field"),
    ({"columnSettings": [{"field": "query"}]}, "columnSettings.0.field"),
    ({"columnSettings": [{"field": "PERSON.ID"}]}, "columnSettings.0.field"),
    ({"columnSettings": [{"field": ""}]}, "columnSettings.0.field"),
    ({"columnSettings": [{"field": 5}]}, "columnSettings.0.field"),
    ({"columnSettings": [{}]}, "columnSettings.0"),
    ({"columnSettings": [{"field": "run.id", "const": "x"}]}, "columnSettings.0"),
    ({"columnSettings": [{"const": "x", "mask": "last4"}]}, "columnSettings.0.mask"),
    ({"columnSettings": [{"field": "run.id", "mask": "first4"}]}, "columnSettings.0.mask"),
    ({"contactMatchingCriteria": {"label": []}}, "contactMatchingCriteria.label"),
    ({"contactMatchingCriteria": {"contactType": []}}, "contactMatchingCriteria.contactType"),
    ({"contactMatchingCriteria": {"affiliation": []}}, "contactMatchingCriteria.affiliation"),
    ({"contactMatchingCriteria": {"status": []}}, "contactMatchingCriteria.status"),
    ({"contactMatchingCriteria": {"label": "mobile"}}, "contactMatchingCriteria.label"),
    ({"contactMatchingCriteria": {"label": [""]}}, "contactMatchingCriteria.label.0"),
    (
        {"contactMatchingCriteria": {"contactType": ["fax"]}},
        "contactMatchingCriteria.contactType.0",
    ),
    ({"contactMatchingCriteria": []}, "contactMatchingCriteria"),
    ({"layout": {"rows": "tall"}}, "layout.rows"),
    ({"layout": {"maxPhones": 0}}, "layout.maxPhones"),
    ({"layout": {"maxPhones": 11}}, "layout.maxPhones"),
    ({"format": {"delimiter": ""}}, "format.delimiter"),
    ({"format": {"delimiter": "||"}}, "format.delimiter"),
    ({"format": {"delimiter": '"'}}, "format.delimiter"),
    ({"format": {"delimiter": "\n"}}, "format.delimiter"),
    ({"format": {"quote": "some"}}, "format.quote"),
    ({"format": {"preset": "avaya-v1"}}, "format.preset"),
    ({"format": {"preset": ""}}, "format.preset"),
    ({"format": {"encoding": "utf-16"}}, "format.encoding"),
    ({"format": {"encoding": "ascii", "delimiter": "§"}}, "format.delimiter"),
    ({"format": {"maxRowsPerFile": 0}}, "format.maxRowsPerFile"),
    ({"format": {"maxRowsPerFile": 1.5}}, "format.maxRowsPerFile"),
    (
        {"format": {"preset": "genesys-wide-v1", "maxRowsPerFile": 1_000_001}},
        "format.maxRowsPerFile",
    ),
    (
        {"format": {"preset": "genesys-wide-v1"}, "columnSettings": COLUMNS * 2},
        "columnSettings.1.outputName",
    ),
    ({"format": {"preset": "genesys-wide-v1"}, "columnSettings": COLUMNS * 51}, "columnSettings"),
    (
        {"format": {"quote": "none"}, "columnSettings": [{"const": "a,b", "outputName": "x"}]},
        "columnSettings.0.const",
    ),
    ({"phone": {"defaultCountry": "XX"}}, "phone.defaultCountry"),
    ({"phone": {"defaultCountry": "usa"}}, "phone.defaultCountry"),
    ({"order": {"by": "run.id"}}, "order"),
    ({"order": [{"by": "person.shoe"}]}, "order.0.by"),
    ({"order": [{"by": "run.id", "dir": "up"}]}, "order.0.dir"),
    ({"order": [{"dir": "asc"}]}, "order.0.by"),
    ({"order": [{"by": "run.id"}] * 11}, "order"),
    ({"checkCompliance": {"channel": "fax", "subject": "x"}}, "checkCompliance.channel"),
    ({"checkCompliance": {"channel": "call"}}, "checkCompliance.subject"),
    ({"checkCompliance": {"channel": "call", "subject": ""}}, "checkCompliance.subject"),
    (
        {
            "checkCompliance": {"channel": "email", "subject": "x"},
            "contactMatchingCriteria": {"contactType": ["phone"]},
        },
        "checkCompliance.channel",
    ),
    ({"layout": {"lists": "everybody"}}, "layout.lists"),
    ({"format": {"eol": "cr"}}, "format.eol"),
    ({"phone": {"format": "rfc3966"}}, "phone.format"),
    ({"emptyFile": "maybe"}, "emptyFile"),
    ({"name": ""}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"externalId": "ext-x"}, "externalId"),
    ({"externalId": "x" * 51}, "externalId"),
]


@pytest.mark.parametrize(("fields", "field"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    answer = create(lender, **fields)
    assert answer.fields == [field]
    assert (answer.body["status"], answer.body["data"]) == (400, None)
    assert lender.call("borrower/list_contact_exporters").body["total"] == 0


def test_columns_are_required(lender: Lender) -> None:
    answer = lender.call(CREATE, body={"name": "Dialer list"})
    assert answer.fields == ["columnSettings"]


def test_an_external_id_that_is_taken_is_409(lender: Lender, stranger: Lender) -> None:
    stranger.exporter(external_id="dialer")
    lender.campaign(external_id="dialer")
    assert create(lender, externalId="dialer").status == 200
    again = create(lender, externalId="dialer")
    assert (again.status, again.body["status"], again.body["data"]) == (409, 409, None)
    assert again.body["message"] == "externalId 'dialer' is already in use"


def test_the_newest_exporter_leads_the_list(lender: Lender) -> None:
    older = lender.exporter()
    made = create(lender).data
    listed = lender.call("borrower/list_contact_exporters").items
    assert listed == [made["id"], shown(older)]


def test_empty_values_say_nothing(lender: Lender) -> None:
    body = {
        "columnSettings": COLUMNS,
        "checkCompliance": None,
        "order": [],
        "format": {"encoding": "utf-8", "preset": None, "maxRowsPerFile": None},
        "phone": {"format": "digits", "defaultCountry": None},
    }
    shown = lender.call(CREATE, body=body).data
    assert (shown["checkCompliance"], shown["order"]) == (None, [])
    assert shown["phone"] == {"format": "digits", "defaultCountry": "US"}


def test_a_preset_needs_nothing_else_and_shows_all_that_it_fills(lender: Lender) -> None:
    made = lender.call(CREATE, body={"format": {"preset": "vicidial-standard-v1"}}).data
    assert made["format"] == {
        "preset": "vicidial-standard-v1",
        "delimiter": "|",
        "quote": "none",
        "header": False,
        "encoding": "ascii",
        "eol": "lf",
        "nullText": "",
        "maxRowsPerFile": None,
    }
    assert len(made["columnSettings"]) == 23
    assert made["columnSettings"][4] == {
        "field": "contact.phoneNational",
        "const": None,
        "mask": None,
        "outputName": "phone_number",
    }
    assert (made["layout"]["rows"], made["phone"]["format"]) == ("long", "digits")
    assert made["contactMatchingCriteria"]["contactType"] == ["phone"]


def test_what_is_sent_overrides_the_preset(lender: Lender) -> None:
    made = create(lender, format={"preset": "five9-list-v1", "quote": "minimal"}).data
    assert (made["format"]["quote"], made["format"]["preset"]) == ("minimal", "five9-list-v1")
    assert [one["field"] for one in made["columnSettings"]] == ["contact.phone"]


@pytest.mark.parametrize(
    "column", [{"const": "x" * 501}, {"const": "\ud800"}, {"field": "query." + "x" * 200}]
)
def test_a_column_has_its_limits(lender: Lender, column: Any) -> None:
    answer = lender.call("borrower/create_contact_exporter", body={"columnSettings": [column]})
    assert answer.status == 400
