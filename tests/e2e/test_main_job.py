"""The main job as a client does it: from people and a stored query to a file on a dialer."""

import csv
import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from local.api_client import last
from local.stack import QUERY_KEY, Stack
from local.verify import verify
from tests.e2e.lending import Lending, adds_up, to_sftp

COLUMNS = {
    "person.externalId": "borrower_id",
    "loan.externalId": "loan_id",
    "person.firstName": "first_name",
    "contact.phone": "phone",
    "loan.amountPastDue": "amount",
    "query.daysOverdue": "days",
    "campaign.name": "campaign",
}


@pytest.fixture(scope="module")
def job(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> "Job":
    assert stack.endpoint is not None
    lending = Lending.new(stack.url, stack.endpoint, stack.name)
    return Job(stack, lending, tmp_path_factory.mktemp("people"))


class Job:
    """Done once; the tests look at what came of it."""

    def __init__(self, stack: Stack, lending: Lending, folder: Path) -> None:
        assert stack.queries is not None
        assert stack.sftp is not None
        lending.load_people(stack.lender_database, folder)
        self.lending, self.stack = lending, stack
        self.campaign = lending.campaign(
            name="Overdue 1-60 days",
            externalId="overdue",
            redashQueryUrl=stack.queries.query_url("overdue"),
            redashApiKey=QUERY_KEY,
            contactExporterId=lending.exporter(COLUMNS),
            **to_sftp(stack.sftp),
        )
        self.run: Any = lending.run(self.campaign)

    def file(self, name: str) -> bytes:
        return self.lending.file(self.run, name)

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.file(name).decode(), newline="")))

    def delivered(self, kind: str) -> bytes:
        name = next(one["file"] for one in self.run["deliveries"] if one["kind"] == kind)
        return (self.stack.data / "sftp" / "inbox" / str(name)).read_bytes()


def test_a_preview_shows_what_the_run_did(job: Job) -> None:
    seen = job.lending.preview(job.campaign)
    assert (seen["complete"], seen["counts"]) == (True, job.run["counts"])
    header, *lines = job.file("contacts_output.csv").decode().split("\r\n")
    assert (seen["sample"]["header"], seen["sample"]["lines"]) == (header, lines[:20])
    [file] = seen["files"]
    assert file["bytes"] == seen["expected"]["bytes"] == len(job.delivered("contacts"))


def test_the_run_completes_and_every_row_is_accounted_for(job: Job) -> None:
    assert (job.run["status"], job.run["stage"]) == ("completed", "deliver")
    assert job.run["errorMessage"] is None
    assert job.run["startedAt"] <= job.run["finishedAt"]
    counts = job.run["counts"]
    assert adds_up(job.run)
    assert counts["rowsIn"] == len(job.rows("query_results.csv")) > 30
    assert counts["exported"] == counts["lines"] == len(job.rows("contacts_output.csv")) > 20
    assert counts["rejected"] == len(job.rows("rejects.csv"))
    assert counts["rejected"] + counts["suppressed"] == sum(counts["reasons"].values())


def test_the_query_results_are_what_the_database_says(job: Job) -> None:
    with closing(sqlite3.connect(job.stack.lender_database)) as database:
        overdue = database.execute(
            "SELECT borrower_id, id, days_past_due FROM loans"
            " WHERE status = 'active' AND days_past_due BETWEEN 1 AND 60"
        ).fetchall()
    kept = {
        (int(row["borrowerId"]), int(row["loanId"]), int(row["daysOverdue"]))
        for row in job.rows("query_results.csv")
    }
    assert kept == set(overdue)


def test_the_contact_file_has_the_columns_that_were_asked_for_and_nobody_who_opted_out(
    job: Job,
) -> None:
    contacts = job.rows("contacts_output.csv")
    assert list(contacts[0]) == list(COLUMNS.values())
    with closing(sqlite3.connect(job.stack.lender_database)) as database:
        opted_out = {
            str(id)
            for (id,) in database.execute(
                "SELECT id FROM borrowers"
                " WHERE do_not_contact OR cease OR attorney OR bankruptcy OR deceased"
            )
        }
    assert opted_out
    assert not opted_out & {row["borrower_id"] for row in contacts}
    assert all(re.fullmatch(r"\+1[0-9]{10}", row["phone"]) for row in contacts)
    assert {row["campaign"] for row in contacts} == {"Overdue 1-60 days"}


def test_what_lies_on_the_dialer_is_the_file_of_the_run_and_its_receipt_says_so(job: Job) -> None:
    assert job.delivered("contacts") == job.file("contacts_output.csv")
    assert job.delivered("receipt") == job.file("receipt.json")
    receipts = json.loads(job.file("receipt.json"))["deliveries"]
    assert [one["kind"] for one in receipts] == ["contacts", "log"]
    assert job.stack.sftp is not None
    for one in receipts:
        assert (one["published"], one["attempts"], one["resumedFrom"]) == ("posix-rename", 1, 0)
        assert one["fingerprint"] == job.stack.sftp.fingerprint
        assert one["bytes"] == len(job.delivered(one["kind"]))
        assert one["file"].startswith("overdue_")
        assert job.run["id"] in one["file"]
    assert job.run["deliveries"][:2] == receipts


def test_the_files_come_one_by_one_and_as_a_zip_of_all(job: Job) -> None:
    names = ["query_results.csv", "campaign_input.csv", "contacts_output.csv"]
    names += ["decisions.csv", "rejects.csv", "log.txt", "receipt.json"]
    assert job.run["availableFiles"] == names
    with zipfile.ZipFile(io.BytesIO(job.lending.file(job.run))) as pack:
        assert pack.namelist() == names
        assert {name: pack.read(name) for name in names} == {name: job.file(name) for name in names}


def test_each_contact_in_the_file_has_a_decision(job: Job) -> None:
    decisions = job.rows("decisions.csv")
    allowed = [row["address"] for row in decisions if row["verdict"] == "allow"]
    assert allowed == [row["phone"] for row in job.rows("contacts_output.csv")]
    refused = [row for row in decisions if row["verdict"] != "allow"]
    assert len(refused) == job.run["counts"]["suppressed"] > 0
    assert all(row["ruleId"] and row["facts"] for row in decisions)


def test_the_log_tells_the_story_without_a_secret_or_a_phone_number(job: Job) -> None:
    log = job.lending.log(job.run)
    told = " ".join(log)
    for words in ("run: started", "query: asking", "screen: ", "export: ", "deliver: /inbox/"):
        assert words in told
    counts = job.run["counts"]
    assert f"{counts['rowsIn']} in = {counts['exported']} exported" in told
    assert log[-1].startswith("run: completed in ")
    everything = job.file("log.txt") + job.delivered("log") + job.file("receipt.json")
    assert job.stack.sftp is not None
    for secret in (QUERY_KEY, job.stack.sftp.password, job.lending.api.key):
        assert secret.encode() not in everything
    assert not re.search(rb"\+1[0-9]{10}|\b[0-9]{10}\b", everything)


def test_the_campaign_shows_its_secrets_only_as_masks(job: Job) -> None:
    shown = job.lending.seen(job.campaign)
    assert QUERY_KEY not in json.dumps(shown)
    assert job.stack.sftp is not None
    assert job.stack.sftp.password not in json.dumps(shown)
    assert shown["redashApiKey"]
    assert shown["sftpSettings"]["password"]


def test_a_second_run_takes_files_of_its_own_there(job: Job) -> None:
    again = job.lending.run(job.campaign)
    assert again["counts"] == job.run["counts"]
    [name] = (one["file"] for one in again["deliveries"] if one["kind"] == "contacts")
    assert name not in {one["file"] for one in job.run["deliveries"]}
    second = (job.stack.data / "sftp" / "inbox" / name).read_bytes()
    assert second == job.delivered("contacts")
    assert [run["id"] for run in job.lending.runs(job.campaign)] == [again["id"], job.run["id"]]


def test_another_company_sees_nothing_of_it(job: Job, stack: Stack) -> None:
    assert stack.endpoint is not None
    stranger = Lending.new(stack.url, stack.endpoint, stack.name)
    theirs = f"{job.lending.base}/campaigns/{job.campaign}/runs/{job.run['id']}"
    ours = theirs.replace(job.lending.company_id, stranger.company_id)
    for path in (theirs, f"{theirs}/files?fileName=log.txt", ours):
        assert stranger.api.call("GET", path).status == 404


def test_a_dialers_preset_needs_nothing_else_and_a_long_list_comes_in_parts(job: Job) -> None:
    assert job.stack.queries is not None
    lending, workers = job.lending, f"{job.lending.base}/campaign-workers/contact-exporters"
    asked = {
        "format": {"preset": "vicidial-standard-v1", "maxRowsPerFile": 20},
        "order": [{"by": "loan.daysPastDue", "dir": "desc"}, {"by": "person.lastName"}],
    }
    exporter = lending.api.take("POST", workers, {"name": "VICIdial", **asked})["data"]
    paths = {one["path"] for one in lending.api.take("GET", f"{workers}/fields")["data"]}
    assert {one["field"] for one in exporter["columnSettings"]} - {None} <= paths
    run = lending.run(
        lending.campaign(
            redashQueryUrl=job.stack.queries.query_url("overdue"),
            redashApiKey=QUERY_KEY,
            contactExporterId=exporter["id"],
        )
    )
    assert run["status"] == "completed", run
    assert adds_up(run)
    parts = [name for name in run["availableFiles"] if name.startswith("contacts_output_part")]
    files = [lending.file(run, name).decode("ascii").splitlines() for name in parts]
    assert [len(lines) for lines in files[:-1]] == [20] * (len(files) - 1)
    lines = [line.split("|") for part in files for line in part]
    assert len(lines) == run["counts"]["lines"] > 20
    assert all(len(line) == 23 and line[3] == "1" and len(line[4]) == 10 for line in lines)
    days = [int(line[22].removeprefix("DPD ").partition(";")[0]) for line in lines]
    assert days == sorted(days, reverse=True)
    assert days[0] >= 10 > days[-1]
    safe = lending.file(run, "decisions.csv&spreadsheetSafe=true").decode()
    assert lending.file(run, "decisions.csv").decode() == safe.replace("'+1", "+1") != safe


def test_its_evidence_is_fetched_and_holds(job: Job, tmp_path: Path) -> None:
    path = f"/v1/campaigns/{job.campaign}/runs/{job.run['id']}"
    asked = job.lending.api.until(
        f"{path}/evidence", lambda seen: seen["state"] != "building", every=0.08
    )
    ready = last(asked)
    pack = tmp_path / "evidence.zip"
    with urlopen(ready["url"]) as link:
        pack.write_bytes(link.read())
    said: list[str] = []
    assert verify(pack, expected=ready["sha256"], show=said.append) == []
    unasked = [one for one in said if not one.startswith("holds")]
    assert [one.partition(":")[2] for one in unasked] == [" nothing to check"] * 2, said
    exported = job.rows("contacts_output.csv")[0]
    told = job.lending.api.take("GET", f"{path}/decisions?customerId={exported['borrower_id']}")
    assert next(one["lines"] for one in told["items"] if one["outcome"] == "exported") == [
        {"file": "contacts_output.csv", "line": 1}
    ]
