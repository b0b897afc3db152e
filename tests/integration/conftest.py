"""An environment like a deployed one: the template's resources, the functions' variables."""

import io
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.adapters.outbound import Outbound
from campaigns.domain.api_key import SCOPES
from campaigns.domain.schedule import RunWindow
from campaigns.observability import logger
from campaigns.usecases.create_company import create_company
from campaigns.usecases.issue_key import issue_key
from local import lambda_api
from local.clock import LocalClock, daytime
from local.emulator import Emulator
from local.provision import CREDENTIALS, Provision
from local.sftp_server import SftpServerProcess
from local.template import Template
from tests.bus import Listener
from tests.certificates import write_certificate
from tests.fakes import TickingClock
from tests.integration.lender import Lender, new_id


@dataclass(slots=True)
class Invocations:
    """What the service invoked: Lambda's side of it. `missing` plays a function that is gone."""

    taken: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)
    missing: bool = False
    statuses: dict[str, str] = field(default_factory=dict)
    """How executions stand, by their names; those that are not told of do not exist."""

    def accept(self, name: str, event: dict[str, Any], execution: str | None) -> bool:
        if self.missing:
            raise KeyError(name)
        fresh = execution is None or all(execution != known for _, _, known in self.taken)
        if fresh:
            self.taken.append((name, event, execution))
        return fresh

    @property
    def runs(self) -> list[str | None]:
        return [execution for _, _, execution in self.taken]


@dataclass(frozen=True, slots=True)
class Deployment:
    environment: dict[str, str]
    invocations: Invocations


@pytest.fixture(scope="session")
def deployment(emulator: Emulator) -> Iterator[Deployment]:
    provision = Provision(Template(), emulator.endpoint, name=f"handlers-{uuid4().hex[:8]}")
    invocations = Invocations()
    server = lambda_api.serve(
        "127.0.0.1",
        0,
        lambda *call: invocations.accept(*call),
        lambda name: invocations.statuses.get(name),
    )
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    environment = {
        **CREDENTIALS,
        **provision.environment(),
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{server.server_port}",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }
    yield Deployment(environment, invocations)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def fresh_adapters() -> Iterator[None]:
    """Nothing built before us for another environment, nothing of ours for those after us."""
    wiring.forget()
    yield
    wiring.forget()


@pytest.fixture
def deployed(
    deployment: Deployment, fresh_adapters: None, monkeypatch: pytest.MonkeyPatch
) -> Deployment:
    for name, value in deployment.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(wiring, "_clock", LocalClock(daytime(datetime.now(UTC))).now)
    allowed = frozenset({deployment.environment["OUTBOUND_ALLOW"]})
    hosts = Outbound(allowed, resolver=look_up)
    monkeypatch.setattr(wiring, "hosts", lambda: hosts)
    return deployment


def look_up(name: str, port: int, **_: Any) -> list[Any]:
    """A name service of our own: real ones may be slow, or answer what they like."""
    if not name.endswith("example.com"):
        raise socket.gaierror(f"nobody is called {name}")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]


@pytest.fixture
def invocations(deployed: Deployment) -> Invocations:
    deployed.invocations.taken.clear()
    deployed.invocations.statuses.clear()
    deployed.invocations.missing = False
    return deployed.invocations


def a_lender(name: str, zone: str) -> Lender:
    known: dict[str, Any] = {"access": wiring.access(), "new_id": new_id, "now": wiring.now}
    company = create_company(name, zone, RunWindow(), **known)
    _, key = issue_key(company.id, "tests", SCOPES, token=wiring.new_token, **known)
    return Lender(company, key)


@pytest.fixture
def by_day(deployed: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon in Chicago, and a second later whenever somebody looks."""
    noon = datetime(2026, 3, 2, 18, tzinfo=UTC)
    monkeypatch.setattr(wiring, "_clock", TickingClock(noon, timedelta(seconds=1)))


@pytest.fixture
def lender(deployed: Deployment) -> Lender:
    """A company that nobody else knows, with a key that may do everything."""
    return a_lender("Northwind Lending", "America/Chicago")


@pytest.fixture
def stranger(deployed: Deployment) -> Lender:
    """Another company."""
    return a_lender("Contoso Collections", "America/New_York")


@pytest.fixture
def dialer(tmp_path: Path) -> Iterator[SftpServerProcess]:
    """A dialer's SFTP server, with a directory `inbox`."""
    (tmp_path / "dialer" / "inbox").mkdir(parents=True)
    with SftpServerProcess(tmp_path / "dialer") as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of redash.test and hooks.test, as servers may call themselves here, and of 127.0.0.1."""
    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    write_certificate(path, "redash.test", "hooks.test")
    return path


@pytest.fixture
def heard(deployed: Deployment) -> Listener:
    """Whoever listens on the stack's event bus."""
    environment = deployed.environment
    return Listener(environment["AWS_ENDPOINT_URL"], environment["EVENT_BUS"])


@pytest.fixture
def said(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], str]:
    """All that was logged, by us and by the libraries, or printed."""
    caplog.set_level(logging.INFO)
    ours = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", ours)
    return lambda: ours.getvalue() + caplog.text + "".join(capfd.readouterr())
