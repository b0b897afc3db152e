"""A process that runs runs is killed, and another one goes on with the same folder.

Wherever it died: the run completes, its rows add up, the dialer has the file exactly once and
whole, and what had been done before was not done again.
"""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pytest
from aws_durable_execution_sdk_python.lambda_service import OperationStatus
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore

from campaigns.adapters.dynamodb.messages import DynamoOutbox
from campaigns.adapters.messaging.to_outbox import ToOutbox
from campaigns.domain.message import Message, Wording
from local.clock import LocalClock, daytime
from local.emulator import Emulator
from local.lender import FIRST_BORROWER
from local.provision import client
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from local.template import ROOT
from tests.e2e.dialer import Dialer
from tests.e2e.lending import BORROWERS, Lending, adds_up, small_lender

COLUMNS = {"person.externalId": "id", "contact.phone": "phone"}
OF_QUERY = {"wordy": {"query.words": "words"}, "long": {"query.place": "place"}}
CONTACTS, LOG, RECEIPT = "contacts_output.csv", "work/log.txt", "receipt.json"


class Executioner:
    """Brings up one stack after the other, each to die."""

    def __init__(self, endpoint: str, name: str, ahead: timedelta) -> None:
        seconds = str(ahead.total_seconds())
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.dying_stack", endpoint, name, seconds],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._listen, daemon=True).start()

    def start(self, data: Path, point: str) -> "Doomed":
        assert self._process.stdin is not None
        print(json.dumps({"data": str(data), "point": point}), file=self._process.stdin, flush=True)
        told = self.told()
        return Doomed(told["url"], told["pid"], self)

    def told(self) -> Any:
        return json.loads(self._told.get(timeout=60))

    def close(self) -> None:
        """Whoever has not died by now does."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with self._process:
            self._process.wait(60)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._told.put(line)


@dataclass
class Doomed:
    """A stack in a process of its own."""

    url: str
    pid: int
    executioner: Executioner

    def dies(self) -> None:
        assert self.executioner.told() == {"status": -signal.SIGKILL}

    def is_killed(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.dies()


class House:
    """The service's data and the servers around it, which all outlive its processes."""

    def __init__(self, emulator: Emulator, folder: Path, opened: ExitStack) -> None:
        self._endpoint, self._folder = emulator.endpoint, folder
        self._name = f"e2e-{uuid.uuid4().hex[:8]}"
        now = datetime.now(UTC)
        # The clocks of all processes are one, on and on.
        self._ahead = daytime(now) - now
        executioner = Executioner(self._endpoint, self._name, self._ahead)
        self._executioner = opened.enter_context(closing(executioner))
        self.dialer = opened.enter_context(closing(Dialer(folder / "dialer")))
        self.dialer.start()
        small_lender(folder)
        lenders = folder / "lender"
        self.redash = opened.enter_context(
            RedashServer(lenders / "lender.db", key=QUERY_KEY, data=lenders, faults=True)
        )
        with self.stack(folder) as stack:
            self._lending = Lending.new(stack.url, self._endpoint, self._name)
            self._lending.load_people(lenders / "lender.db", folder)
            self._exporters = {
                slug: self._lending.exporter(COLUMNS | more) for slug, more in OF_QUERY.items()
            }

    def stack(self, data: Path) -> Stack:
        return Stack(
            data,
            clock=LocalClock(datetime.now(UTC) + self._ahead),
            endpoint=self._endpoint,
            name=self._name,
            lenders=False,
            hurry=True,
        )

    def doomed(self, data: Path, point: str) -> Doomed:
        return self._executioner.start(data, point)

    def at(self, url: str) -> Lending:
        return self._lending.at(url)

    def campaign(self, at: Lending, slug: str = "wordy", **parameters: str) -> str:
        """It delivers to a directory of its own."""
        directory = f"inbox/{uuid.uuid4()}"
        return at.campaign(
            redashQueryUrl=self.redash.query_url(slug, **parameters),
            redashApiKey=QUERY_KEY,
            contactExporterId=self._exporters[slug],
            sftpSettings=self.dialer.settings | {"cdDir": directory, "createDirs": True},
        )

    def sending(self, at: Lending, point: str) -> str:
        """A campaign that sends about a subject of its own."""
        theme = point.replace(" ", "-")
        template = {
            "name": theme,
            "channel": "email",
            "language": "en",
            "subject": "autopayPaymentReminder",
            "theme": theme,
            "content": {"subject": "Payment", "text": "{{ paymentAmount }} is due."},
        }
        at.api.take("POST", "/v1/templates", template)
        about = {"interactionSubject": template["subject"], "interactionTheme": theme}
        path = f"{at.base}/campaign-workers/bulk-senders"
        made = at.api.take("POST", path, {"name": theme, **about})
        return at.campaign(bulkSenderId=made["data"]["id"])

    def outbox(self) -> set[str]:
        """The ids of all messages that were handed over, as the table has them."""
        table = f"{self._name}-MessagesTable"
        outbox = DynamoOutbox(client("dynamodb", self._endpoint), table, days=1)
        found = outbox.list(self._lending.company_id, after=None, limit=1_000)
        return {message.id for message, _ in found}

    def lies_there(self, campaign: Any) -> dict[str, bytes]:
        """What the campaign's directory on the dialer holds, hidden files too."""
        directory = campaign["sftpSettings"]["cdDir"]
        return {
            Path(path).name: data
            for path, data in self.dialer.files().items()
            if path.startswith(directory)
        }


@pytest.fixture(scope="module")
def house(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with ExitStack() as opened:
        yield House(emulator, tmp_path_factory.mktemp("house"), opened)


def done_once(house: House, lending: Lending, campaign: str, run: Any) -> Counter[str]:
    """Hold the run to all that is promised; answer how often each line stands in its log."""
    assert (run["status"], run["errorMessage"]) == ("completed", None)
    assert adds_up(run)
    there = house.lies_there(lending.seen(campaign))
    kinds = {one["kind"]: there[one["file"]] for one in run["deliveries"]}
    assert len(there) == len(run["deliveries"]) == 3, "nothing else was left behind"
    assert kinds["contacts"] == lending.file(run, CONTACTS)
    assert kinds["contacts"].count(b"\r\n") == run["counts"]["lines"] + 1
    assert kinds["receipt"] == lending.file(run, RECEIPT)
    assert len(lending.runs(campaign)) == 1
    log = lending.log(run)
    assert log[-1].startswith("run: completed in ")
    assert lending.run(campaign, [])["status"] == "completed", "the campaign is free again"
    return Counter(line.replace(campaign, "").split(" (attempt")[0] for line in log)


# Where it dies, and the beginning of the one line that then stands in the log a second time.
TWICE = {
    "taken": "",
    "write query_results.csv": "query: fetching",
    "wrote query_results.csv": "query: fetching",
    "write campaign_input.csv": "screen: 120 rows",
    "wrote work/contacts.csv-0000": "",
    "write contacts_output.csv": "export: putting",
    "send contacts_output.csv": "deliver: _",
    "sent contacts_output.csv": "deliver: _",
    "send work/log.txt": "deliver: _",
    "sent receipt.json": "deliver: _",
    "wrote log.txt": "",
    "end": "",
}


@pytest.mark.parametrize("point", TWICE)
def test_a_run_killed_anywhere_is_finished_by_the_next_process(
    house: House, tmp_path: Path, point: str
) -> None:
    house.redash.seen()
    doomed = house.doomed(tmp_path, point)
    lending = house.at(doomed.url)
    campaign = house.campaign(lending)
    _start(lending, campaign)
    doomed.dies()
    with house.stack(tmp_path) as stack:
        lending = house.at(stack.url)
        [opened] = lending.runs(campaign)
        run = lending.follow(campaign, opened["id"])
        log = done_once(house, lending, campaign, run)
    repeated = [line for line, times in log.items() if times > 1]
    assert len(repeated) == bool(TWICE[point])
    assert all(line.startswith(TWICE[point]) for line in repeated)
    assert max(log.values()) <= 2
    asked = [one["path"] for one in house.redash.seen() if one["method"] == "POST"]
    assert len(asked) == 1, "the query was asked once"


def test_a_run_opened_but_not_begun_is_begun_by_the_next_attempt(
    house: House, tmp_path: Path
) -> None:
    doomed = house.doomed(tmp_path, "begin")
    lending = house.at(doomed.url)
    campaign = house.campaign(lending)
    _start(lending, campaign)
    doomed.dies()
    with house.stack(tmp_path) as stack:
        lending = house.at(stack.url)
        [opened] = lending.runs(campaign)
        assert opened["status"] == "pending"
        again = lending.api.call("POST", f"{lending.base}/campaigns/{campaign}/runs")
        assert again.status == 409
        done_once(house, lending, campaign, lending.follow(campaign, opened["id"]))


def test_a_run_killed_between_two_tries_makes_the_second_one(house: House, tmp_path: Path) -> None:
    house.dialer.close()
    try:
        doomed = house.doomed(tmp_path, "slowly")
        lending = house.at(doomed.url)
        campaign = house.campaign(lending)
        _start(lending, campaign)
        _wait_until(tmp_path, "deliver-0")
        doomed.is_killed()
    finally:
        house.dialer.start()
    with house.stack(tmp_path) as stack:
        lending = house.at(stack.url)
        run = lending.follow(campaign, lending.runs(campaign)[0]["id"])
        done_once(house, lending, campaign, run)
    assert run["deliveries"][0]["attempts"] == 2


def test_a_run_killed_while_it_waits_for_the_query_goes_on_waiting(
    house: House, tmp_path: Path
) -> None:
    house.redash.fail("poll", "early-result", times=2)
    house.redash.seen()
    doomed = house.doomed(tmp_path, "slowly")
    lending = house.at(doomed.url)
    campaign = house.campaign(lending)
    _start(lending, campaign)
    _wait_until(tmp_path, "await-query")
    doomed.is_killed()
    with house.stack(tmp_path) as stack:
        lending = house.at(stack.url)
        run = lending.follow(campaign, lending.runs(campaign)[0]["id"])
        done_once(house, lending, campaign, run)
    assert sum(one["method"] == "POST" for one in house.redash.seen()) == 1


def test_a_long_list_killed_between_its_chunks_is_finished(house: House, tmp_path: Path) -> None:
    doomed = house.doomed(tmp_path, "write work/contacts.csv-0001")
    lending = house.at(doomed.url)
    campaign = house.campaign(lending, "long", rows="3100")
    _start(lending, campaign)
    doomed.dies()
    with house.stack(tmp_path) as stack:
        lending = house.at(stack.url)
        run = lending.follow(campaign, lending.runs(campaign)[0]["id"])
        done_once(house, lending, campaign, run)
    assert run["counts"]["rowsIn"] == 3_100 > BORROWERS


@pytest.mark.parametrize("point", ["hand 25", "handed 25"])
def test_senders_killed_at_a_message_send_each_once_or_leave_it_in_doubt(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    before = house.outbox()
    doomed = house.doomed(tmp_path, point)
    lending = house.at(doomed.url)
    campaign = house.sending(lending, point)
    later = (datetime.now(UTC).date() + timedelta(days=5)).isoformat()
    rows = [
        {
            "borrowerId": str(FIRST_BORROWER + number),
            "paymentDate": later,
            "paymentAmount": "12.00",
            "paymentMethodType": "card",
            "paymentMethodLastFour": "4242",
        }
        for number in range(60)
    ]
    _start(lending, campaign, rows)
    doomed.dies()
    by_the_dead = house.outbox() - before
    by_the_next: list[str] = []
    monkeypatch.setattr(ToOutbox, "repeats_safely", False)
    hand = ToOutbox.send

    def counted(channel: ToOutbox, message: Message, wording: Wording) -> str:
        by_the_next.append(message.id)
        return hand(channel, message, wording)

    monkeypatch.setattr(ToOutbox, "send", counted)
    with house.stack(tmp_path) as stack:
        lending = house.at(stack.url)
        run = lending.follow(campaign, lending.runs(campaign)[0]["id"])
        table = lending.file(run, "messages.csv").decode()
        rejects = lending.file(run, "rejects.csv").decode()
    assert run["status"] == "completed"
    assert adds_up(run)
    handed = Counter([*by_the_dead, *by_the_next])
    assert max(handed.values()) == 1, "nobody was written to twice"
    told = {row["messageId"]: row for row in csv.DictReader(io.StringIO(table, newline=""))}
    sent = {id for id, row in told.items() if row["status"] == "sent"}
    doubtful = {id for id, row in told.items() if row["status"] == "in_doubt"}
    assert sent | doubtful == set(told)
    assert set(handed) <= set(told)
    assert sent <= set(handed)
    assert 1 <= len(doubtful) <= 3, "one of each parcel that was under way at the most"
    assert {told[id]["reason"] for id in doubtful} == {"sender_died"}
    assert rejects.count(",in_doubt,") == len(doubtful)
    assert len(told) == run["counts"]["sent"] + len(doubtful)
    assert len(by_the_dead) >= 24
    assert by_the_next


def _start(lending: Lending, campaign: str, override: list[Any] | None = None) -> None:
    """Whether the answer still comes depends on how soon the other end dies."""
    try:
        lending.start(campaign, override)
    except (OSError, HTTPException):
        return


def _wait_until(data: Path, step: str) -> None:
    """The engine has put off the next try of this step."""
    store = SQLiteExecutionStore(data / "durable" / "executions.db")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for execution in store.list_all():
            for operation in execution.operations:
                if operation.name == step and operation.status is OperationStatus.PENDING:
                    return
        time.sleep(0.025)
    raise TimeoutError(step)
