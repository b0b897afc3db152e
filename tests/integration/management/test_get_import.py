from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from tests.integration.lender import Lender
from tests.integration.management.uploads import taken

GET = "management/get_import"


def test_an_import_that_waits_for_its_file_has_no_links(lender: Lender) -> None:
    created = lender.call("management/create_import").body
    answer = lender.call(GET, ids={"importId": created["id"]})
    assert answer.status == 200
    assert answer.body == created | {"uploadUrl": None}


def test_an_import_that_has_ended_links_to_its_result(lender: Lender) -> None:
    job = taken(lender, b"externalId,firstName\n1,Ada\n,Bob\n2,Cy\n")
    assert job["status"] == "completed"
    assert job["counts"] == {
        "rows": 3,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert parse_qs(urlsplit(job["resultUrl"]).query)["X-Amz-Expires"] == ["300"]
    with urlopen(job["resultUrl"]) as response:
        assert response.read() == b"row,field,message\r\n2,externalId,is required\r\n"


def test_an_import_that_failed_says_why(lender: Lender) -> None:
    job = taken(lender, b"externalId,shoeSize\n1,44\n")
    assert (job["status"], job["resultUrl"]) == ("failed", None)
    assert job["errorMessage"].startswith("unknown columns shoeSize; known are attorney, ")


@pytest.mark.parametrize(
    "id", ["5c6e43a6-1f0b-4a0e-9d6f-5f1f6d2c8a10", "x", "ext-1", "CM-0000000000000-0000000000000"]
)
def test_an_import_that_is_not_there_is_404(id: str, lender: Lender) -> None:
    answer = lender.call(GET, ids={"importId": id})
    assert (answer.status, answer.body["detail"]) == (404, f"import {id} does not exist")


def test_an_import_of_another_company_does_not_exist(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.call("management/create_import").body
    answer = lender.call(GET, ids={"importId": theirs["id"]})
    assert (answer.status, answer.body["detail"]) == (404, f"import {theirs['id']} does not exist")
