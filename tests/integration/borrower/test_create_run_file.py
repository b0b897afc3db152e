from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from campaigns import wiring
from campaigns.domain.run import Run, RunStatus
from tests.integration.lender import Answer, Lender, shown

CREATE = "borrower/create_run_file"


@pytest.fixture
def run(lender: Lender) -> Run:
    return lender.opened(lender.campaign(), outside=True)


def ask(lender: Lender, run: Run, name: object = "contacts_output.csv") -> Answer:
    ids = {"campaignId": run.campaign_id, "runId": shown(run)}
    return lender.call(CREATE, ids=ids, body={"fileName": name})


def test_the_sample_is_told_where_to_upload(lender: Lender, run: Run) -> None:
    ids = {"campaignId": run.campaign_id, "runId": shown(run)}
    made = lender.call(CREATE, ids=ids).data
    assert made.keys() == {"id", "fileName", "uploadUrl", "method", "headers", "expiresAt"}
    assert (made["fileName"], made["method"], made["headers"]) == ("contacts_output.csv", "PUT", {})
    link = urlsplit(made["uploadUrl"])
    folder = f"/runs/{lender.id}/{run.campaign_id}/{run.id}/work/"
    assert folder in link.path
    assert parse_qs(link.query)["X-Amz-Expires"] == ["900"]
    left = datetime.fromisoformat(made["expiresAt"]) - wiring.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    assert ask(lender, run).data["id"] == made["id"]
    ids = {"campaignId": run.campaign_id, "runId": shown(run)}
    assert lender.call("borrower/get_run", ids=ids).body["availableFiles"] == []


def test_two_runs_and_two_names_have_ids_of_their_own(lender: Lender, run: Run) -> None:
    other = lender.opened(lender.campaign(), outside=True)
    asked = [(run, "log.txt"), (run, "rejects.csv"), (other, "log.txt")]
    assert len({ask(lender, *one).data["id"] for one in asked}) == 3


@pytest.mark.parametrize("name", ["contacts.csv", "", None, 7, "../log.txt", "x" * 600])
def test_a_name_that_no_file_of_a_run_has_is_400(name: object, lender: Lender, run: Run) -> None:
    assert ask(lender, run, name).fields == ["fileName"]


def test_a_run_that_the_service_works_on_takes_no_files(lender: Lender) -> None:
    answer = ask(lender, lender.opened(lender.campaign()))
    assert (answer.status, answer.body["data"]) == (409, None)
    assert "worker: outside" in answer.body["message"]


def test_a_run_that_is_over_takes_no_files(lender: Lender, run: Run) -> None:
    wiring.runs().move(run.moved(RunStatus.CANCELED, at=wiring.now()))
    answer = ask(lender, run)
    assert (answer.status, answer.body["message"]) == (
        409,
        "the run is canceled and takes no more files",
    )


def test_the_run_of_another_company_does_not_exist(
    lender: Lender, stranger: Lender, run: Run
) -> None:
    assert ask(stranger, run).status == 404
