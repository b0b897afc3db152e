import csv
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

from campaigns import wiring
from campaigns.domain.run import RunRef, RunStatus
from campaigns.domain.secret import secret_context
from functions.runs.campaign_run import handler
from local.sftp_server import SftpServerProcess
from tests.fakes import TickingClock
from tests.integration.conftest import Invocations
from tests.integration.events import sample
from tests.integration.lender import Lender, new_id

SECRETS = {"redash": "redash-key-of-ours-77", "password": "sftp-password-of-ours-88"}
PHONE = "+15125550123"


@pytest.fixture
def execute() -> Iterator[Any]:
    """Execute what was invoked, as Lambda's durable engine does; how the execution ended."""
    logging.getLogger("aws_durable_execution_sdk_python_testing").setLevel(logging.CRITICAL)
    runner = DurableFunctionTestRunner(
        handler, poll_interval=0.02, execution_timeout=60, skip_time=True
    )

    def executed(event: Any, name: str) -> Any:
        ended = runner.run(json.dumps(event), execution_name=name)
        assert ended.status.value == "SUCCEEDED", ended.error
        return json.loads(ended.result or "null")

    yield executed
    runner.close()  # type: ignore[no-untyped-call]
    # The engine stops its event loop and leaves it open.
    runner._scheduler._loop.close()


@pytest.fixture
def dialer(tmp_path: Path) -> Iterator[SftpServerProcess]:
    (tmp_path / "root" / "inbox").mkdir(parents=True)
    with SftpServerProcess(tmp_path / "root", password=SECRETS["password"]) as server:
        yield server


def a_lender_with_people(lender: Lender) -> None:
    for id, fields in {
        "100001": {"firstName": "Ada", "phoneMobile": PHONE},
        "100002": {"firstName": "Bob", "phoneMobile": "+15125550124", "deceased": True},
        "100003": {"firstName": "Cy", "email": "cy@example.com"},
    }.items():
        put = lender.call("management/put_customer", ids={"externalId": id}, body=fields)
        assert put.status == 200


def a_campaign(lender: Lender, dialer: SftpServerProcess) -> str:
    """As a client sets it up, through the functions; its id."""
    exporter = lender.call("borrower/create_contact_exporter").data
    made = lender.call(
        "borrower/create_campaign",
        body={
            "name": "Overdue",
            "redashQueryUrl": "https://redash.example.com/queries/1",
            "redashApiKey": SECRETS["redash"],
            "contactExporterId": exporter["id"],
            "sftpSettings": {
                "host": f"{dialer.host}:{dialer.port}",
                "username": dialer.user,
                "password": SECRETS["password"],
                "cdDir": "inbox",
            },
        },
    )
    return str(made.data["id"])


ROWS = [{"borrowerId": id} for id in ("100001", "100002", "100003", "100001", "nobody")]


def test_rows_of_a_request_become_a_contact_file_on_the_dialer_s_server(
    lender: Lender,
    dialer: SftpServerProcess,
    invocations: Invocations,
    execute: Any,
    said: Callable[[], str],
) -> None:
    a_lender_with_people(lender)
    campaign_id = a_campaign(lender, dialer)
    ids = {"campaignId": campaign_id}
    begun = lender.call("borrower/start_run", ids=ids, body={"queryResultsOverride": ROWS}).body
    [(_, event, name)] = invocations.taken

    assert execute(event, name) == {"status": "completed"}

    ids["runId"] = begun["id"]
    run = lender.call("borrower/get_run", ids=ids).body
    assert (run["status"], run["stage"], run["errorMessage"]) == ("completed", "deliver", None)
    assert run["counts"] == {
        "rowsIn": 5,
        "exported": 1,
        "sent": 0,
        "suppressed": 1,
        "deferred": 0,
        "rejected": 3,
        "lines": 1,
        "withoutPhone": 1,
        "reasons": {"deceased": 1, "duplicate": 1, "no_phone": 1, "unknown_person": 1},
    }
    assert run["availableFiles"] == [
        "query_results.csv",
        "campaign_input.csv",
        "contacts_output.csv",
        "decisions.csv",
        "rejects.csv",
        "log.txt",
        "receipt.json",
    ]
    contacts = f"borrower_id,first_name,phone\r\n100001,Ada,{PHONE}\r\n".encode()
    delivered = {one["kind"]: dialer.root / "inbox" / one["file"] for one in run["deliveries"]}
    assert delivered.keys() == {"contacts", "log", "receipt"}
    assert delivered["contacts"].read_bytes() == contacts
    assert sorted((dialer.root / "inbox").iterdir()) == sorted(delivered.values())

    files = _downloaded(lender, ids)
    assert list(files) == run["availableFiles"]
    assert files["contacts_output.csv"] == contacts
    assert _column(files["query_results.csv"], "borrowerId") == [row["borrowerId"] for row in ROWS]
    assert sorted(_column(files["rejects.csv"], "reason")) == [
        "duplicate",
        "no_phone",
        "unknown_person",
    ]
    log = files["log.txt"].decode()
    assert "5 in = 1 exported + 0 sent + 1 suppressed + 0 deferred + 3 rejected" in log
    for secret in (*SECRETS.values(), PHONE, PHONE[1:], "5550124"):
        assert secret not in log

    told = said()
    assert "answered" in told
    assert "run ended" in told
    for secret in (*SECRETS.values(), lender.key, PHONE, PHONE[2:], "cy@example.com", "Ada"):
        assert secret not in told


def _downloaded(lender: Lender, ids: dict[str, str]) -> dict[str, bytes]:
    link = lender.call("borrower/download_run_files", ids=ids, query={}).headers["location"]
    with urlopen(link) as response, zipfile.ZipFile(io.BytesIO(response.read())) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def _column(data: bytes, name: str) -> list[str]:
    return [row[name] for row in csv.DictReader(io.StringIO(data.decode()))]


def test_a_run_of_nobody_completes(lender: Lender, invocations: Invocations, execute: Any) -> None:
    campaign = lender.campaign(exporter_id=lender.exporter().id)
    ids = {"campaignId": campaign.id}
    begun = lender.call("borrower/start_run", ids=ids, body={"queryResultsOverride": []}).body
    [(_, event, name)] = invocations.taken
    assert execute(event, name) == {"status": "completed"}
    run = lender.call("borrower/get_run", ids={**ids, "runId": begun["id"]}).body
    assert (run["status"], run["counts"]["rowsIn"], run["deliveries"]) == ("completed", 0, [])
    with wiring.files().read(RunRef.of(event), "contacts_output.csv") as file:
        assert file.read() == b"person.externalId,contact.phone\r\n"


def test_a_run_that_cannot_succeed_fails_with_its_reason_and_its_log(
    lender: Lender, invocations: Invocations, execute: Any
) -> None:
    id = new_id()
    key = wiring.secrets().seal("a-key", secret_context(lender.id, id, "redashApiKey"))
    lender.campaign(id=id, query_url="https://10.0.0.1/queries/1", query_key=key)
    ids = {"campaignId": id}
    begun = lender.call("borrower/start_run", ids=ids, body={}).body
    [(_, event, name)] = invocations.taken
    assert execute(event, name) == {"status": "failed"}
    run = lender.call("borrower/get_run", ids={**ids, "runId": begun["id"]}).body
    assert run["status"] == "failed"
    assert "10.0.0.1 is a private address" in run["errorMessage"]
    assert run["availableFiles"] == ["log.txt"]
    assert lender.call("borrower/start_run", ids=ids, body={}).status == 200


def test_a_run_that_was_canceled_before_it_began_does_nothing(lender: Lender, execute: Any) -> None:
    opened = lender.opened(lender.campaign())
    wiring.runs().move(opened.moved(RunStatus.CANCELED, at=wiring.now()))
    assert execute(opened.ref.event, opened.id) == {"status": "canceled"}


def test_the_sample_names_a_run() -> None:
    assert RunRef.of(sample("runs/campaign_run")).run_id == "018f4e9a-0000-7000-8000-000000000004"


def test_a_list_that_is_split_leaves_window_by_window(
    lender: Lender, dialer: SftpServerProcess, invocations: Invocations, execute: Any
) -> None:
    zones = {"east": "America/New_York", "west": "America/Los_Angeles"}
    for place, (id, zone) in enumerate(zones.items()):
        fields = {"phoneMobile": f"+1800555012{place}", "timeZone": zone}
        put = lender.call("management/put_customer", ids={"externalId": id}, body=fields)
        assert put.status == 200
    ids = {"campaignId": a_campaign(lender, dialer)}
    settings = {"sftpSettings": {"split": "timeZone", "trigger": "done"}}
    assert lender.call("borrower/update_campaign", ids=ids, body=settings).status == 200
    rows = {"queryResultsOverride": [{"borrowerId": id} for id in ("west", "east")]}
    begun = lender.call("borrower/start_run", ids=ids, body=rows).body
    [(_, event, name)] = invocations.taken
    # In winter, when it is still night there; minutes pass whenever somebody looks.
    clock = TickingClock(datetime(2031, 1, 6, 11, tzinfo=UTC), timedelta(minutes=3))
    wiring.use_clock(clock)
    try:
        assert execute(event, name) == {"status": "completed"}
    finally:
        wiring.use_clock(None)
    ids["runId"] = begun["id"]
    run = lender.call("borrower/get_run", ids=ids).body
    files = [one["file"].partition("_contacts_")[2] for one in run["deliveries"]][:4]
    assert files == [
        *("part01_America-New_York.csv", "part01_America-New_York.done"),
        *("part02_America-Los_Angeles.csv", "part02_America-Los_Angeles.done"),
    ]
    assert {one["file"] for one in run["deliveries"]} == {
        path.name for path in (dialer.root / "inbox").iterdir()
    }
    ref = RunRef.of(event)
    log = wiring.runs().get(ref.company_id, ref.campaign_id, ref.run_id).log
    for zone, opens in (("New_York", 13), ("Los_Angeles", 16)):
        left = next(one.at for one in log if f"{zone}.csv (attempt 1)" in one.text)
        assert left >= datetime(2031, 1, 6, opens, tzinfo=UTC)
        assert left <= datetime(2031, 1, 6, opens, 30, tzinfo=UTC)
