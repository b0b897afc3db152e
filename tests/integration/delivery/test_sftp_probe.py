"""The connection test says how far it came, in time, and leaves nothing behind."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from campaigns.adapters.delivery import sftp_probe
from campaigns.adapters.delivery.sftp import SftpChannel
from campaigns.adapters.delivery.sftp_upload import Upload
from campaigns.adapters.delivery.sources import BytesSource
from campaigns.domain.delivery import Probe, SftpDestination
from tests.integration.delivery.customer import Customer
from tests.integration.delivery.keys import key_pair

LOOK = ["resolve", "connect", "host key", "auth", "cd"]
ALL = ["resolve", "connect", "host key", "auth", "cd", "write", "rename", "overwrite", "delete"]


def tried(channel: SftpChannel, *, writing: bool = True, within: float = 20.0) -> Probe:
    return channel.probe(writing=writing, within=within)


@pytest.mark.parametrize("publish", ["rename", "direct"])
@pytest.mark.parametrize("fault", [(), ("--no-posix-rename",)])
def test_a_good_destination_passes_every_step(
    customer: Customer, fault: tuple[str, ...], publish: str
) -> None:
    server = customer.server(*fault)
    customer.channel(server).deliver(BytesSource(b"kept"), "kept.csv")
    steps = tried(customer.channel(server, publish=publish)).steps
    assert [step.step for step in steps] == ALL
    assert all(step.ok and step.detail and step.ms >= 0 for step in steps)
    assert customer.files() == {"kept.csv": b"kept"}


def test_an_unpinned_host_key_is_shown_to_be_pinned(customer: Customer) -> None:
    server = customer.server()
    found = tried(customer.channel(server, host_key=None))
    assert found.steps[2].ok
    assert server.fingerprint in found.steps[2].detail
    assert "not pinned" in found.steps[2].detail
    assert (found.host_key, found.fingerprint) == (server.host_key, server.fingerprint)


@pytest.mark.parametrize(
    ("settings", "options", "failing", "detail"),
    [
        ({"host": "no-such-host.invalid"}, [], "resolve", "could not be resolved"),
        ({"host": "10.0.0.1"}, [], "resolve", "10.0.0.1 is a private address"),
        ({"host": "169.254.169.254"}, [], "resolve", "a cloud metadata address"),
        ({"host_key": key_pair().public}, [], "host key", "is pinned"),
        ({"password": "guess"}, [], "auth", "refused 'campaigns'"),
        ({"private_key": "nope"}, [], "auth", "private key"),
        ({"directory": "nowhere"}, [], "cd", "no directory 'nowhere'"),
        ({"directory": "a\nb"}, [], "cd", "control characters"),
    ],
)
def test_the_first_step_that_fails_is_the_last(
    customer: Customer, settings: dict[str, str], options: list[str], failing: str, detail: str
) -> None:
    steps = tried(customer.channel(customer.server(*options), **settings)).steps
    assert [step.step for step in steps] == ALL[: ALL.index(failing) + 1]
    assert [step.ok for step in steps] == [True] * (len(steps) - 1) + [False]
    assert detail in steps[-1].detail
    assert "guess" not in str(steps)


def test_a_server_that_is_down_fails_to_connect(customer: Customer) -> None:
    server = customer.server()
    server.stop()
    steps = tried(customer.channel(server)).steps
    assert [(step.step, step.ok) for step in steps] == [("resolve", True), ("connect", False)]


@pytest.mark.parametrize(
    ("option", "failing"),
    [("--read-only", "write"), ("--disk=0", "write"), ("--no-rename", "rename")],
)
def test_what_failed_is_followed_only_by_the_clean_up(
    customer: Customer, option: str, failing: str
) -> None:
    steps = tried(customer.channel(customer.server(option))).steps
    assert [step.step for step in steps] == [*ALL[: ALL.index(failing) + 1], "delete"]
    assert [step.step for step in steps if not step.ok] == [failing]
    assert customer.files() == {}


def test_where_overwriting_is_refused_it_is_not_tried(customer: Customer) -> None:
    steps = tried(customer.channel(customer.server(), overwrite="refuse")).steps
    assert [step.step for step in steps if step.ok] == ALL
    assert "not needed" in steps[7].detail


def test_a_delivery_works_after_a_test(customer: Customer) -> None:
    channel = customer.channel(customer.server())
    tried(channel)
    channel.deliver(BytesSource(b"x"), "a.csv")
    assert customer.files() == {"a.csv": b"x"}


# Only looking


def test_a_look_ends_in_the_directory_and_writes_nothing(customer: Customer) -> None:
    server = customer.server("--read-only")
    found = tried(customer.channel(server), writing=False)
    assert [step.step for step in found.steps if step.ok] == LOOK
    assert found.ok
    assert customer.files() == {}


def test_a_look_does_not_make_the_directory_that_a_delivery_would(customer: Customer) -> None:
    server = customer.server()
    found = tried(customer.channel(server, directory="new", create_dirs=True), writing=False)
    assert found.ok
    assert "will be made" in found.steps[-1].detail
    assert not (customer.root / "new").exists()
    missing = tried(customer.channel(server, directory="new"), writing=False)
    assert missing.failed is not None
    assert missing.failed.step == "cd"


# In time


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_agreed(
    customer: Customer, mute: int
) -> None:
    to = SftpDestination(host="127.0.0.1", port=mute, username="u", password="p")
    began = time.monotonic()
    found = tried(customer.open(to), within=0.5)
    assert time.monotonic() - began < 5
    assert [(step.step, step.ok) for step in found.steps] == [("resolve", True), ("connect", False)]
    assert found.steps[-1].detail == "not done within the 0.5 seconds of this test"
    assert found.host_key is None


def test_a_name_service_that_says_nothing_is_not_waited_for_either(customer: Customer) -> None:
    answering = threading.Event()

    def resolve(*_: Any) -> list[str]:
        answering.wait(30)
        return ["127.0.0.1"]

    channel = SftpChannel(
        SftpDestination(host="sftp.example.com", username="u"),
        connect=never_to_be_called,
        resolve=resolve,
        now=never_to_be_called,
    )
    found = tried(channel, within=0.2)
    assert [(step.step, step.ok) for step in found.steps] == [("resolve", False)]
    before = found.steps
    answering.set()
    for thread in threading.enumerate():
        if thread.name == "sftp-probe":
            thread.join(10)
    assert found.steps == before


def never_to_be_called(*_: Any) -> Any:
    raise AssertionError


def test_a_test_that_runs_out_of_time_half_way_still_cleans_up(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time is up when the file was just written: no further step is begun, and the file goes."""
    channel = customer.channel(customer.server())
    written, late = threading.Event(), threading.Event()

    class Slow(Upload):
        def fill(self, begun: Any = None) -> None:
            super().fill(begun)
            written.set()
            late.wait(30)

    class Watched(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            if not written.is_set():
                written.wait(30)
                assert len(customer.files()) == 1
            else:
                late.set()
                super().join(30)

    monkeypatch.setattr(sftp_probe, "Upload", Slow)
    monkeypatch.setattr(sftp_probe, "Thread", Watched)
    found = tried(channel, within=7)
    assert [step.step for step in found.steps] == [*LOOK, "write", "rename", "delete"]
    assert [step.step for step in found.steps if not step.ok] == ["rename"]
    assert found.steps[-2].detail == "not done within the 7 seconds of this test"
    assert customer.files() == {}
