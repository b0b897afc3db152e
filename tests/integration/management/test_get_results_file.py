"""GET /v1/results/files/{fileId}, and what becomes of an uploaded file of results."""

from typing import Any
from urllib.request import urlopen

from campaigns.domain.imports import ImportKind
from tests.integration.lender import Lender, invoke, new_id
from tests.integration.management.uploads import IMPORT, key_of, notice, uploaded

FIELDS = "uniqueid,vendor_lead_code,call_date,status,phone_number_dialed,user\n"
FILE = f"""{FIELDS}1.1,100001,2026-03-02 10:04:05,DNC,5125550123,6666
1.2,100001,2026-03-02 10:01:00,B,5125550123,6666
1.3,100009,2026-03-02 10:02:00,A,5125550123,6666
"""


def get(lender: Lender, id: str) -> Any:
    return lender.call("management/get_results_file", ids={"fileId": id})


def taken(lender: Lender, text: str) -> Any:
    """By the map of the sample, VICIdial's."""
    job = lender.call("management/create_results_file").body
    uploaded(job, text.encode())
    invoke(IMPORT, notice(key_of(job)))
    return get(lender, job["id"]).body


def test_a_dialers_file_is_taken_and_its_errors_can_be_downloaded(lender: Lender) -> None:
    lender.customer()
    job = taken(lender, FILE)
    assert job["status"] == "completed"
    assert (job["counts"]["created"], job["counts"]["rejected"]) == (2, 1)
    with urlopen(job["resultUrl"]) as response:
        lines = response.read().decode().splitlines()
    assert lines == ["row,field,message", "3,customerId,customer 100009 does not exist"]
    shown = lender.call("management/list_timeline").body["items"]
    assert [(one["kind"], one["outcome"], one["at"]) for one in shown] == [
        ("optOut", "opt_out", "2026-03-02T15:04:05.000Z"),
        ("attempt", "busy", "2026-03-02T15:01:00.000Z"),
    ]


def test_the_same_file_again_changes_nothing(lender: Lender) -> None:
    lender.customer()
    taken(lender, FILE)
    counts = taken(lender, FILE)["counts"]
    assert (counts["created"], counts["unchanged"], counts["rejected"]) == (0, 2, 1)


def test_a_file_without_its_columns_fails_and_says_why(lender: Lender) -> None:
    job = taken(lender, "vendor_lead_code,status\n100001,A\n")
    assert (job["status"], job["resultUrl"]) == ("failed", None)
    assert "call_date, phone_number_dialed, uniqueid are missing" in job["errorMessage"]


def test_only_files_of_results_are_shown(lender: Lender, stranger: Lender) -> None:
    people = lender.call("management/create_import").body
    assert people["kind"] == ImportKind.CUSTOMERS
    theirs = stranger.call("management/create_results_file").body
    for id in (people["id"], theirs["id"], new_id(), "nothing"):
        assert get(lender, id).status == 404
    assert stranger.call("management/get_import", ids={"importId": theirs["id"]}).status == 404
