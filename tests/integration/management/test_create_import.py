from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.lender import Answer, Lender
from tests.integration.management.uploads import uploaded

CREATE = "management/create_import"


def create(lender: Lender, **fields: Any) -> Answer:
    return lender.call(CREATE, body=fields)


def test_the_sample_answers_a_link_to_upload_to(lender: Lender) -> None:
    answer = lender.call(CREATE)
    job = answer.body
    assert answer.status == 200
    assert job == {
        "id": job["id"],
        "kind": "customers",
        "format": "csv",
        "mode": "merge",
        "status": "awaitingUpload",
        "counts": {"rows": 0, "created": 0, "updated": 0, "unchanged": 0, "rejected": 0},
        "errorMessage": None,
        "createdAt": job["createdAt"],
        "updatedAt": job["createdAt"],
        "uploadUrl": job["uploadUrl"],
        "resultUrl": None,
    }
    link = urlsplit(job["uploadUrl"])
    assert link.path.endswith(f"/imports/{lender.id}/{job['id']}.csv")
    assert parse_qs(link.query)["X-Amz-Expires"] == ["3600"]
    assert uploaded(job, b"externalId\n") == 200


def test_csv_and_merge_are_meant_unless_said_otherwise(lender: Lender) -> None:
    job = create(lender, kind="accounts").body
    assert (job["kind"], job["format"], job["mode"]) == ("accounts", "csv", "merge")
    job = create(lender, kind="customers", format="ndjson", mode="replace").body
    assert (job["format"], job["mode"]) == ("ndjson", "replace")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": "people"}, "kind"),
        ({"kind": "CUSTOMERS"}, "kind"),
        ({"kind": "customers", "format": "xlsx"}, "format"),
        ({"kind": "customers", "mode": "delete"}, "mode"),
        ({"kind": "customers", "fileName": "x"}, "fileName"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    answer = create(lender, **fields)
    assert answer.fields == [field]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_is_required(lender: Lender) -> None:
    for text in ("", "null"):
        assert lender.call(CREATE, text=text).status == 400
