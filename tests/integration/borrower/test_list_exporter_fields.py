from campaigns.domain.facts import CATALOGUE
from tests.integration.lender import Lender

FIELDS = "borrower/list_exporter_fields"


def test_every_path_is_listed_with_its_type_an_example_and_what_it_is(lender: Lender) -> None:
    answer = lender.call(FIELDS)
    assert answer.status == 200
    paths = [one["path"] for one in answer.data]
    assert paths == [*(known.path for known in CATALOGUE), "query.<column>"]
    assert answer.body == {
        "status": 0,
        "total": len(paths),
        "count": len(paths),
        "nextUrl": None,
        "previousUrl": None,
        "data": answer.data,
    }
    assert all(one.keys() == {"path", "type", "example", "description"} for one in answer.data)
    assert answer.data[0] == {
        "path": "person.id",
        "type": "uuid",
        "example": "7f2c…",
        "description": "Our own id of the person.",
    }


def test_every_listed_path_can_be_a_column(lender: Lender) -> None:
    paths = [one["path"] for one in lender.call(FIELDS).data]
    columns = [{"field": path} for path in paths]
    made = lender.call("borrower/create_contact_exporter", body={"columnSettings": columns})
    assert [one["field"] for one in made.data["columnSettings"]] == paths
