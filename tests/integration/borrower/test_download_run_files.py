import io
import zipfile
from email.message import Message
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from campaigns import wiring
from campaigns.domain.run import Run
from tests.integration.lender import Answer, Lender, shown

DOWNLOAD = "borrower/download_run_files"


def ask(lender: Lender, run: Run, **query: str) -> Answer:
    ids = {"campaignId": run.campaign_id, "runId": shown(run)}
    return lender.call(DOWNLOAD, ids=ids, query=query)


def fetched(answer: Answer) -> tuple[bytes, Message]:
    assert (answer.status, answer.body) == (302, None)
    with urlopen(answer.headers["location"]) as response:
        return response.read(), response.headers


@pytest.fixture
def run(lender: Lender) -> Run:
    return lender.ended(
        lender.opened(lender.campaign()), "log.txt", "contacts_output.csv", "work/x"
    )


def test_the_sample_downloads_a_file_by_a_link_of_five_minutes(lender: Lender, run: Run) -> None:
    ids = {"campaignId": shown_campaign(run), "runId": shown(run)}
    answer = lender.call(DOWNLOAD, ids=ids)
    data, headers = fetched(answer)
    assert data == b"log.txt\n"
    assert headers["content-disposition"] == 'attachment; filename="log.txt"'
    link = parse_qs(urlsplit(answer.headers["location"]).query)
    assert link["X-Amz-Expires"] == ["300"]
    assert link["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


def shown_campaign(run: Run) -> str:
    return shown(wiring.campaigns().get(run.company_id, run.campaign_id))


def test_without_a_name_it_is_a_zip_of_all(lender: Lender, run: Run) -> None:
    data, headers = fetched(ask(lender, run))
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        assert pack.testzip() is None
        assert pack.namelist() == ["contacts_output.csv", "log.txt"]
        assert pack.read("contacts_output.csv") == b"contacts_output.csv\n"
    assert headers["content-disposition"].endswith('.zip"')
    assert "/" not in headers["content-disposition"]
    assert fetched(ask(lender, run))[0] == data


def test_a_zip_follows_its_run(lender: Lender) -> None:
    opened = lender.opened(lender.campaign())
    assert zipfile.ZipFile(io.BytesIO(fetched(ask(lender, opened))[0])).namelist() == []
    over = lender.ended(opened, "log.txt")
    assert zipfile.ZipFile(io.BytesIO(fetched(ask(lender, over))[0])).namelist() == ["log.txt"]


@pytest.mark.parametrize(
    "name", ["receipt.json", "nothing.csv", "", "../log.txt", "work/x/../y", "LOG.TXT"]
)
def test_a_file_that_the_run_has_not_is_404(name: str, lender: Lender, run: Run) -> None:
    answer = ask(lender, run, fileName=name)
    assert (answer.status, answer.body) == (
        404,
        {"status": 404, "message": f"the run has no file {name}", "data": None},
    )


def test_a_work_file_is_not_for_download(lender: Lender, run: Run) -> None:
    assert ask(lender, run, fileName="work/x").status == 404


def test_the_files_of_another_company_do_not_exist(
    lender: Lender, stranger: Lender, run: Run
) -> None:
    theirs = ask(stranger, run, fileName="log.txt")
    assert (theirs.status, theirs.body["data"]) == (404, None)
    ids = {"campaignId": stranger.campaign().id, "runId": shown(run)}
    assert stranger.call(DOWNLOAD, ids=ids).body["message"] == f"run {shown(run)} does not exist"
