"""POST /v1/results/files."""

from typing import Any

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender
from tests.integration.management.uploads import uploaded

CREATE = "management/create_results_file"


def create(lender: Lender, **body: Any) -> Answer:
    return lender.call(CREATE, body=body)


def test_the_sample_answers_a_link_to_upload_to(lender: Lender) -> None:
    answer = lender.call(CREATE)
    job = answer.body
    assert (answer.status, job["status"], job["resultUrl"]) == (200, "awaitingUpload", None)
    assert job["counts"] == {"rows": 0, "created": 0, "updated": 0, "unchanged": 0, "rejected": 0}
    assert uploaded(job, b"uniqueid\n") == 200
    how = wiring.imports().get(lender.id, job["id"]).results_map
    assert how is not None
    assert (how.columns["outcome"], how.outcomes["DNC"]) == ("status", "opt_out")


def test_a_map_is_not_needed(lender: Lender) -> None:
    assert create(lender).body["format"] == "csv"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"format": "xlsx"}, "format"),
        ({"columns": {"when": "call_date"}}, "columns.when"),
        ({"values": {"color": "green"}}, "values.color"),
        ({"outcomes": {"A": "sold"}}, "outcomes.A"),
        ({"timeZone": "America/Gotham"}, "timeZone"),
        ({"timeFormat": "%Y-%m-%d %H:%M"}, "timeZone"),
        ({"timeFormat": "yyyy", "timeZone": "UTC"}, "timeFormat"),
        ({"mode": "merge"}, "mode"),
    ],
)
def test_a_map_that_cannot_be_right_is_refused_by_name(
    body: Any, field: str, lender: Lender
) -> None:
    assert create(lender, **body).fields == [field]
