"""The programs that a person starts: what they print, how they end, what stays."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.adapters.dynamodb.scheduled import stands_in_index
from campaigns.domain.campaign import Campaign, CampaignNotFound
from local.__main__ import main as serve
from local.admin import main as administer
from local.api_client import ApiClient, last
from local.clock import daytime
from local.emulator import Emulator
from local.provision import Provision, client
from local.stack import PortInUse, Ports
from local.template import ROOT, Template
from tests.builders import NOON, a_campaign
from tests.e2e.lending import ENDS, adds_up, small_lender

ANY_PORT = ("--port", "0", "--aws-port", "0", "--query-port", "0", "--sftp-port", "0")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
"""A fresh shell's: the programs find the package by themselves."""


class LocalService:
    """`python -m local` as a child, once it has said what to paste."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", *options],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                break

    def told(self, name: str) -> str:
        found = re.search(rf"^{name} +(\S+)", self.said, re.MULTILINE)
        assert found, self.said
        return found[1]

    @property
    def curls(self) -> list[str]:
        return [line.strip() for line in self.said.splitlines() if "  curl " in line]

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Its exit code and what it said of errors."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors

    def close(self) -> None:
        self.process.kill()
        with self.process:
            self.process.wait()


def children_of(parent: int) -> set[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [[int(number) for number in line.split()] for line in listed.stdout.splitlines()]
    return {pid for pid, of in pairs if of == parent} - {parent}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def free_ports(number: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def pasted(line: str) -> Any:
    ran = subprocess.run(line, shell=True, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(ran.stdout)


def test_the_local_service_serves_what_it_prints_and_keeps_it_over_a_restart(
    tmp_path: Path,
) -> None:
    service, aws, queries, sftp = free_ports(4)
    ports = ("--port", service, "--aws-port", aws, "--query-port", queries, "--sftp-port", sftp)
    data = ("--data", str(tmp_path / "data"))
    small_lender(tmp_path / "data")
    # In the night nobody may be called any more that day.
    noon = daytime(datetime.now(UTC))
    with closing(LocalService(*data, *ports, "--now", noon.isoformat())) as local:
        list_campaigns, start_run, list_runs = local.curls
        [campaign] = pasted(list_campaigns)["data"]
        run = pasted(start_run)
        assert run["status"] == "pending"
        assert [one["id"] for one in pasted(list_runs)["data"]] == [run["id"]]
        api = ApiClient(local.told("the service"), local.told("key"))
        base = f"/companies/{local.told('company')}/campaigns/{campaign['id']}/runs"
        ended = last(api.until(f"{base}/{run['id']}", lambda seen: seen["status"] in ENDS))
        assert ended["status"] == "completed"
        assert adds_up(ended)
        inbox = {path.name for path in (tmp_path / "data/sftp/inbox").iterdir()}
        assert inbox == {one["file"] for one in ended["deliveries"]}
        children = children_of(local.process.pid)
        assert len(children) == 3, "the emulator, the query server, the SFTP server"
        assert local.stop() == (0, "")
        assert not [pid for pid in children if is_alive(pid)]

    later = noon + timedelta(hours=1)
    with closing(LocalService(*data, *ports, "--now", later.isoformat())) as again:
        assert again.curls == [list_campaigns, start_run, list_runs]
        assert pasted(list_campaigns)["data"] == [campaign | {"sftpSettings": _learnt(api, base)}]
        assert pasted(list_runs)["data"] == [ended]
        second = pasted(start_run)
        done = last(api.until(f"{base}/{second['id']}", lambda seen: seen["status"] in ENDS))
        exported = ended["counts"]["exported"]
        assert (done["status"], done["counts"]["exported"]) == ("completed", 0)
        assert done["counts"]["reasons"]["contacted_today"] == exported > 0
        assert again.stop(signal.SIGTERM) == (0, "")


def _learnt(api: ApiClient, runs: str) -> Any:
    """The first delivery has stored the host key since the campaign was first listed."""
    return api.take("GET", runs.removesuffix("/runs"))["data"]["sftpSettings"]


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


def run_module(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_port_in_use_is_told_with_the_option_that_helps(tmp_path: Path, taken_port: str) -> None:
    options = ("--data", str(tmp_path), *ANY_PORT, "--aws-port", taken_port)
    ended = run_module("local", *options)
    assert (ended.returncode, ended.stdout) == (2, "starting ...\n")
    words = f"cannot start: port {taken_port} is in use; choose another with --aws-port\n"
    assert ended.stderr == words


@pytest.mark.parametrize(
    ("place", "option"),
    [
        ("api", "--port"),
        ("aws", "--aws-port"),
        ("queries", "--query-port"),
        ("sftp", "--sftp-port"),
    ],
)
def test_every_port_is_tried_before_anything_starts(
    taken_port: str, place: str, option: str
) -> None:
    with pytest.raises(PortInUse, match=f"port {taken_port} is in use; choose .* {option}$"):
        Ports(**{place: int(taken_port)}).check_free()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", "65536"), "65536 is no port"),
        (("--now", "yesterday"), "yesterday is no time"),
        (("--data", "/dev/null/x"), "cannot start: no folder /dev/null/x"),
    ],
)
def test_a_senseless_option_is_explained(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(lambda: serve([*ANY_PORT, *options])) == 2
    assert words in capsys.readouterr().err


def exit_code(run: Callable[[], int]) -> object:
    try:
        return run()
    except SystemExit as stopped:
        return stopped.code


def test_the_demo_runs_the_main_job_from_nothing() -> None:
    ended = run_module("local.demo", "--borrowers", "400")
    assert (ended.returncode, ended.stderr) == (0, "")
    for words in ("= exported", "what lies on the dialer's server", "SHA-256", "done in"):
        assert words in ended.stdout
    first, again = ended.stdout.split("the same people again")
    exported = _all_told(first)
    assert exported > 0
    assert _all_told(again) == 0
    assert re.search(rf"- contacted today +{exported}$", again, re.MULTILINE)


def _all_told(waterfall: str) -> int:
    """How many are left of those queried, once those of each reason are taken away."""
    counts = re.findall(r"^  ([-= ]*)\w[\w ]* +(\d+)$", waterfall, re.MULTILINE)
    left = [int(number) for sign, number in counts if sign.strip() == "-"]
    [queried, exported] = [int(number) for sign, number in counts if sign.strip() != "-"]
    assert queried - sum(left) == exported
    return exported


@pytest.fixture(scope="module")
def deployed(emulator: Emulator) -> tuple[str, ...]:
    """How the administrator's program is told where to work."""
    name = f"admin-{os.getpid()}"
    Provision(Template(), emulator.endpoint, name=name).environment()
    return ("--endpoint", emulator.endpoint, "--stack", name)


def test_an_administrator_makes_companies_and_keys(deployed: tuple[str, ...]) -> None:
    made = run_module(
        "local.admin", *deployed, "create-company", "Acme", "--zone", "America/Chicago"
    )
    assert (made.returncode, made.stderr) == (0, "")
    company, key = json.loads(made.stdout).values()
    scopes = ("--scopes", "runs:read, campaigns:read")
    another = run_module("local.admin", *deployed, "create-key", company, *scopes)
    assert another.returncode == 0
    assert json.loads(another.stdout)["companyId"] == company
    assert json.loads(another.stdout)["key"] != key


@pytest.mark.parametrize("asked", [False, True])
def test_an_administrator_says_whether_releasing_takes_another_key(
    deployed: tuple[str, ...], asked: bool, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    option = ["--release-by-another-key"] if asked else []
    assert administer([*deployed, "create-company", "Acme", *option]) == 0
    company_id = json.loads(capsys.readouterr().out)["companyId"]
    access = DynamoAccess(client("dynamodb", emulator.endpoint), f"{deployed[-1]}-AccessTable")
    assert access.company(company_id).release_by_another_key is asked


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create-company", "Acme", "--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("create-company", "Acme", "--scopes", "runs:fly"), "unknown scope runs:fly"),
        (("create-company", "Acme", "--scopes", ""), "at least one scope"),
        (("create-company", "Acme", "--start", "25:00"), "25:00 is no time of day"),
        (("create-company", "Acme", "--start", "02:00"), "is not within 04:00-23:00"),
        (("create-key", "018f4e9a-0000-7000-8000-00000000c0de"), "does not exist"),
        (("create-key", "nope"), "company nope does not exist"),
    ],
)
def test_what_an_administrator_cannot_have_is_said_so(
    deployed: tuple[str, ...],
    arguments: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_code(lambda: administer([*deployed, *arguments])) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err


def test_an_administrator_without_a_service_to_talk_to_is_told_so() -> None:
    [port] = free_ports(1)
    nobody = run_module(
        "local.admin", "--endpoint", f"http://127.0.0.1:{port}", "create-company", "A"
    )
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert nobody.stderr.startswith("AWS cannot be asked: ")
    nowhere = run_module("local.admin", "create-company", "A")
    assert nowhere.returncode == 2
    assert "say --stack NAME or --endpoint URL" in nowhere.stderr


def test_an_administrator_puts_schedules_right(
    deployed: tuple[str, ...], emulator: Emulator
) -> None:
    environment = Provision(Template(), emulator.endpoint, name=deployed[3]).environment()
    company = json.loads(run_module("local.admin", *deployed, "create-company", "A").stdout)
    id, table = company["companyId"], environment["CAMPAIGNS_TABLE"]
    dynamodb = client("dynamodb", emulator.endpoint)
    campaigns = DynamoCollection(
        dynamodb,
        table,
        kind="CAMPAIGN",
        of=Campaign,
        missing=CampaignNotFound,
        index=stands_in_index,
    )
    kept = [campaigns.add(a_campaign(company_id=id, schedule="P P * * 1-5")) for _ in range(130)]
    first = run_module("local.admin", *deployed, "recreate-schedules", "--company", id)
    assert json.loads(first.stdout) == {"put": 130, "removed": 0, "failed": 0}
    assert "130 of 130 campaigns" in first.stderr
    scheduler, group = client("scheduler", emulator.endpoint), environment["SCHEDULE_GROUP"]
    names = [
        one["Name"]
        for one in scheduler.list_schedules(GroupName=group, MaxResults=1000)["Schedules"]
    ]
    assert len(names) == 130
    campaigns.move(kept[0].deleted(NOON))
    scheduler.delete_schedule(GroupName=group, Name=next(n for n in names if kept[1].id in n))
    again = run_module("local.admin", *deployed, "recreate-schedules")
    assert json.loads(again.stdout) == {"put": 129, "removed": 1, "failed": 0}
    assert again.returncode == 0


def test_schedules_of_a_company_that_does_not_exist_are_not_put_right(
    deployed: tuple[str, ...],
) -> None:
    told = run_module("local.admin", *deployed, "recreate-schedules", "--company", "nope")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == "refused: company nope does not exist\n"


@pytest.mark.parametrize("program", ["local", "local.admin", "local.provision"])
def test_a_program_needs_nothing_but_the_repository_to_start(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", program, "--help"],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage:" in done.stdout
