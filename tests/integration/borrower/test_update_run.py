import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any
from urllib.request import Request, urlopen

import pytest

from campaigns import wiring
from campaigns.domain.public_id import RUN, read
from campaigns.domain.run import Run, RunStatus, contacts_part
from campaigns.domain.run_report import Brought, RunReport
from campaigns.usecases.update_run import update_run
from tests.integration.conftest import Invocations
from tests.integration.lender import Answer, Lender, shown

UPDATE = "borrower/update_run"
CONTACTS = b"id,phone\r\n1,+15125550123\r\n" * 400_000
"""More than one part of a multipart upload."""


@pytest.fixture
def run(lender: Lender) -> Run:
    return lender.opened(lender.campaign(external_id="spring"), outside=True)


def ids_of(run: Run) -> dict[str, str]:
    return {"campaignId": run.campaign_id, "runId": shown(run)}


def report(lender: Lender, run: Run, method: str = "PATCH", **body: Any) -> Answer:
    return lender.call(UPDATE, ids=ids_of(run), method=method, body=body)


def uploaded(lender: Lender, run: Run, name: str, data: bytes) -> str:
    """As a worker does it: ask where to, send it there; its id."""
    asked = {"fileName": name}
    made = lender.call("borrower/create_run_file", ids=ids_of(run), body=asked).data
    send = Request(made["uploadUrl"], data, made["headers"], method=made["method"])
    with urlopen(send, timeout=30) as answer:
        assert answer.status == 200
    return str(made["id"])


def test_the_sample_says_again_what_is_so(lender: Lender) -> None:
    run = lender.ended(lender.opened(lender.campaign()), "log.txt")
    told = {
        "status": "completed",
        "borrowerCampaignId": shown(wiring.campaigns().get(lender.id, run.campaign_id)),
        "availableFiles": ["log.txt"],
    }
    answer = lender.call(UPDATE, ids=ids_of(run), body=told)
    assert (answer.status, answer.body["status"]) == (200, "completed")
    assert answer.body == lender.call("borrower/get_run", ids=ids_of(run)).body


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_worker_outside_does_a_whole_run(
    method: str, lender: Lender, invocations: Invocations, said: Callable[[], str]
) -> None:
    campaign = lender.campaign(query_url=None)
    begun = lender.call(
        "borrower/start_run", ids={"campaignId": campaign.id}, body={"worker": "outside"}
    ).body
    run = wiring.runs().get(lender.id, campaign.id, read(RUN, begun["id"]) or "")
    assert report(lender, run, method, status="running").body["status"] == "running"
    body = {
        "status": "completed",
        "borrowerCampaignId": begun["borrowerCampaignId"],
        "queryResultsFileId": uploaded(lender, run, "query_results.csv", b"borrowerId\r\n1\r\n"),
        "campaignInputFileId": None,
        "contactsOutputFileId": uploaded(lender, run, "contacts_output.csv", CONTACTS),
        "logFileId": uploaded(lender, run, "log.txt", b"all is well\n"),
        "fileIds": [
            uploaded(lender, run, "decisions.csv", b"row\r\n"),
            uploaded(lender, run, contacts_part(2), b"id,phone\r\n"),
        ],
        "availableFiles": ["contacts_output.csv", "log.txt", "query_results.csv"],
    }
    ended = report(lender, run, method, **body).body
    assert (ended["status"], ended["errorMessage"]) == ("completed", None)
    assert ended["availableFiles"] == [
        "query_results.csv",
        "contacts_output.csv",
        contacts_part(2),
        "decisions.csv",
        "log.txt",
    ]
    kept = wiring.runs().get(lender.id, campaign.id, run.id)
    file = kept.file("contacts_output.csv")
    assert (file.bytes, file.sha256) == (len(CONTACTS), sha256(CONTACTS).hexdigest())
    assert report(lender, run, method, **body).body == ended
    assert downloaded(lender, run)["contacts_output.csv"] == CONTACTS
    assert list(downloaded(lender, run)) == ended["availableFiles"]
    assert lender.call("borrower/list_runs", ids=ids_of(run)).data == [ended]
    assert invocations.taken == []
    assert '"run ended"' in said()
    again = {"ids": {"campaignId": campaign.id}, "body": {"worker": "outside"}}
    assert lender.call("borrower/start_run", **again).status == 200


def downloaded(lender: Lender, run: Run) -> dict[str, bytes]:
    answer = lender.call("borrower/download_run_files", ids=ids_of(run), query={})
    with urlopen(answer.headers["location"], timeout=30) as response:
        pack = zipfile.ZipFile(io.BytesIO(response.read()))
    return {name: pack.read(name) for name in pack.namelist()}


def test_a_failed_run_waits_for_its_worker_when_it_is_tried_again(
    lender: Lender, run: Run, invocations: Invocations
) -> None:
    report(lender, run, status="running")
    failed = report(lender, run, status="failed").body
    assert failed["errorMessage"] == "a worker outside reported a failure"
    again = lender.call("borrower/retry_run", ids=ids_of(run)).body
    assert (again["status"], again["worker"]) == ("pending", "outside")
    assert report(lender, run, status="running").body["status"] == "running"
    report(lender, run, status="held")
    assert report(lender, run, status="running").status == 409
    released = lender.call("borrower/release_run", ids=ids_of(run)).body
    assert released["status"] == "pending"
    assert invocations.taken == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "done"}, "status"),
        ({"status": 1}, "status"),
        ({"borrowerCampaignId": "CM-0000000000000-0000000000000"}, "borrowerCampaignId"),
        ({"borrowerCampaignId": "ext-autumn"}, "borrowerCampaignId"),
        ({"availableFiles": ["log.txt"]}, "availableFiles"),
        ({"availableFiles": "log.txt"}, "availableFiles"),
        ({"availableFiles": [None]}, "availableFiles.0"),
        ({"logFileId": "FI-0000000000000-0000000000000"}, "logFileId"),
        ({"queryResultsFileId": "x"}, "queryResultsFileId"),
        ({"campaignInputFileId": ""}, "campaignInputFileId"),
        ({"contactsOutputFileId": 7}, "contactsOutputFileId"),
        ({"fileIds": ["x"]}, "fileIds"),
    ],
    ids=str,
)
def test_what_cannot_be_is_400_and_changes_nothing(
    body: dict[str, Any], field: str, lender: Lender, run: Run
) -> None:
    assert report(lender, run, **{"status": "running", **body}).fields == [field]
    assert wiring.runs().get(lender.id, run.campaign_id, run.id) == run


def test_an_id_of_another_run_or_company_or_kind_is_400(
    lender: Lender, stranger: Lender, run: Run
) -> None:
    others = lender.opened(lender.campaign(), outside=True)
    theirs = stranger.opened(stranger.campaign(), outside=True)
    wrong = [
        uploaded(lender, others, "log.txt", b"other"),
        uploaded(stranger, theirs, "log.txt", b"foreign"),
        uploaded(lender, run, "rejects.csv", b"kind"),
    ]
    for id in wrong:
        assert report(lender, run, logFileId=id).fields == ["logFileId"]
    assert wiring.runs().get(lender.id, run.campaign_id, run.id) == run


def test_a_file_that_never_came_is_400(lender: Lender, run: Run) -> None:
    asked = {"fileName": "log.txt"}
    made = lender.call("borrower/create_run_file", ids=ids_of(run), body=asked).data
    answer = report(lender, run, logFileId=made["id"])
    assert answer.fields == ["logFileId"]
    assert answer.body["message"] == f"nothing was uploaded for {made['id']} yet"


def test_a_run_that_is_over_stays_as_it_ended(lender: Lender, run: Run) -> None:
    report(lender, run, status="canceled")
    for status in ("pending", "running", "held", "completed", "failed"):
        answer = report(lender, run, status=status)
        assert (answer.status, answer.body["data"]) == (409, None)
    assert report(lender, run, status="canceled").body["availableFiles"] == ["log.txt"]


def test_a_run_of_the_service_can_be_ended_only(lender: Lender) -> None:
    run = lender.opened(lender.campaign())
    assert report(lender, run, status="running").status == 409
    assert report(lender, run, status="failed").body["status"] == "failed"


def test_the_run_of_a_campaign_that_was_deleted_meanwhile_can_be_finished(
    lender: Lender, run: Run
) -> None:
    report(lender, run, status="running")
    lender.call("borrower/delete_campaign", ids=ids_of(run))
    id = uploaded(lender, run, "log.txt", b"all is well\n")
    assert report(lender, run, status="completed", logFileId=id).body["status"] == "completed"


def test_of_ten_reports_at_once_none_is_lost(lender: Lender, run: Run) -> None:
    names = [contacts_part(number) for number in range(1, 11)]
    ids = [uploaded(lender, run, name, name.encode()) for name in names]
    with ThreadPoolExecutor(10) as pool:
        # The resolver of a handler takes one request at a time, so the verb itself is called.
        answers = list(pool.map(lambda id: taken(lender, run, id), ids))
    assert {answer.status for answer in answers} == {RunStatus.PENDING}
    assert lender.call("borrower/get_run", ids=ids_of(run)).body["availableFiles"] == names


def test_a_held_run_of_the_service_that_is_ended_gives_back_what_it_reserved(
    lender: Lender, invocations: Invocations
) -> None:
    held = wiring.runs().move(lender.opened(lender.campaign(), parts=1, status=RunStatus.HELD))
    assert report(lender, held, status="canceled").body["status"] == "canceled"
    assert invocations.runs == [f"{held.id}-1"]


def taken(lender: Lender, run: Run, id: str) -> Run:
    return update_run(
        wiring.campaigns().get(lender.id, run.campaign_id),
        run,
        RunReport(files=[Brought(field="fileIds", id=id)]),
        runs=wiring.runs(),
        files=wiring.files(),
        events=wiring.events(),
        engine=wiring.engine(),
        now=wiring.now,
    )
