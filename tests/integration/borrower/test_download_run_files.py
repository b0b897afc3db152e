import io
import zipfile
from dataclasses import replace
from email.message import Message
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from campaigns import wiring
from campaigns.domain.exporter import Encoding, FileFormat
from campaigns.domain.public_id import RUN, read
from campaigns.domain.run import Run
from tests.builders import an_exporter
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


def test_a_copy_for_spreadsheets_leaves_the_file_as_it_is(lender: Lender) -> None:
    form = FileFormat(delimiter=";", encoding=Encoding.LATIN_1, header=False, eol="\n")
    made = lender.opened(lender.campaign(), exporter=an_exporter(format=form))
    run = lender.ended(made, "contacts_output.csv", "decisions.csv", "log.txt")
    contacts = '+15125550123;Müller;"=HYPER(""x"")"\n-1;\t;a=b\n'.encode("latin-1")
    decisions = b"row,address\r\n1,+15125550123\r\n"
    for name, content in (("contacts_output.csv", contacts), ("decisions.csv", decisions)):
        with wiring.files().write(run.ref, name) as file:
            file.write(content)
    safe = """'+15125550123;Müller;"'=HYPER(""x"")"\n'-1;'\t;a=b\n""".encode("latin-1")
    asked = {"fileName": "contacts_output.csv", "spreadsheetSafe": "true"}
    data, headers = fetched(ask(lender, run, **asked))
    assert data == safe
    assert headers["content-disposition"] == 'attachment; filename="contacts_output.csv"'
    assert fetched(ask(lender, run, **asked))[0] == safe
    plain = ask(lender, run, **asked | {"spreadsheetSafe": "false"})
    assert fetched(plain)[0] == contacts
    assert fetched(ask(lender, run, fileName="log.txt", spreadsheetSafe="true"))[0] == b"log.txt\n"
    pack = zipfile.ZipFile(io.BytesIO(fetched(ask(lender, run, spreadsheetSafe="true"))[0]))
    assert pack.read("contacts_output.csv") == safe
    assert pack.read("decisions.csv") == b"row,address\r\n1,'+15125550123\r\n"
    assert pack.read("log.txt") == b"log.txt\n"
    whole = zipfile.ZipFile(io.BytesIO(fetched(ask(lender, run))[0]))
    assert whole.read("contacts_output.csv") == contacts


def brought(lender: Lender, run: Run, **contents: bytes) -> Run:
    """The run with these tables, as a worker outside has brought them."""
    for name, content in contents.items():
        with wiring.files().write(run.ref, f"{name}.csv") as file:
            file.write(content)
        run = run.holding(replace(file.facts, brought=True))
    return wiring.runs().move(run)


def test_a_table_that_cannot_be_read_has_no_copy_for_spreadsheets(lender: Lender) -> None:
    contacts = "id,name\n1,Müller\n".encode("latin-1")
    opened = lender.opened(lender.campaign(), outside=True)
    run = brought(lender, opened, contacts_output=contacts, decisions=b"row\n=1\n")
    asked = {"fileName": "contacts_output.csv"}
    answer = ask(lender, run, **asked, spreadsheetSafe="true")
    assert (answer.status, answer.body["data"]) == (409, None)
    assert answer.body["message"].startswith("contacts_output.csv cannot be read")
    assert "download it as it is" in answer.body["message"]
    assert fetched(ask(lender, run, **asked))[0] == contacts
    pack = zipfile.ZipFile(io.BytesIO(fetched(ask(lender, run, spreadsheetSafe="true"))[0]))
    assert pack.testzip() is None
    assert pack.read("contacts_output.csv") == contacts
    assert pack.read("decisions.csv") == b"row\r\n'=1\r\n"


def test_what_a_worker_outside_brings_is_read_in_the_format_of_its_campaign(
    lender: Lender,
) -> None:
    form = FileFormat(delimiter=";", encoding=Encoding.LATIN_1, eol="\n")
    campaign = lender.campaign(exporter_id=lender.exporter(format=form).id)
    ids = {"campaignId": shown(campaign)}
    started = lender.call("borrower/start_run", ids=ids, body={"worker": "outside"}).body["id"]
    opened = wiring.runs().get(lender.id, campaign.id, read(RUN, started) or "")
    run = brought(lender, opened, contacts_output="id;name\n=1;Müller\n".encode("latin-1"))
    asked = {"fileName": "contacts_output.csv", "spreadsheetSafe": "true"}
    assert fetched(ask(lender, run, **asked))[0] == "id;name\n'=1;Müller\n".encode("latin-1")


def test_whether_it_is_safe_is_yes_or_no(lender: Lender, run: Run) -> None:
    assert ask(lender, run, spreadsheetSafe="maybe").fields == ["spreadsheetSafe"]


def test_a_work_file_is_not_for_download(lender: Lender, run: Run) -> None:
    assert ask(lender, run, fileName="work/x").status == 404


def test_the_files_of_another_company_do_not_exist(
    lender: Lender, stranger: Lender, run: Run
) -> None:
    theirs = ask(stranger, run, fileName="log.txt")
    assert (theirs.status, theirs.body["data"]) == (404, None)
    ids = {"campaignId": stranger.campaign().id, "runId": shown(run)}
    assert stranger.call(DOWNLOAD, ids=ids).body["message"] == f"run {shown(run)} does not exist"
