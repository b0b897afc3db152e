"""What comes of a POST to a receiver, however the receiver behaves."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from campaigns.adapters.outbound import Outbound
from campaigns.adapters.receivers import HttpReceivers
from campaigns.domain.webhook_delivery import Outcome
from tests.receiver import Receiver

HERE = Outbound(
    frozenset({"127.0.0.0/8"}),
    resolver=lambda _, port, **__: [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))],
)
BODY = b'{"id":1}'
Serve = Callable[[socket.socket], None]


def post(url: str, **options: Any) -> Outcome:
    usual: dict[str, Any] = {"connect": HERE.connect, "allow_http": True, "timeout_s": 5.0}
    receivers = HttpReceivers(**{**usual, **options})
    return receivers.post(url, {"Content-Type": "application/json"}, BODY)


@contextmanager
def served(serve: Serve) -> Iterator[str]:
    """A server that takes one connection and does with it what it likes."""

    def accept() -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                serve(connection)
            except OSError:
                return  # hung up on

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=accept)
        serving.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        serving.join()


@pytest.mark.parametrize("status", [200, 202, 204, 301, 307, 400, 404, 500])
def test_the_status_is_what_counts_and_redirects_are_not_followed(status: int) -> None:
    with Receiver(status) as receiver:
        assert post(receiver.url) == Outcome(status)
        [received] = receiver.received
    assert received.body == BODY
    assert received.headers["content-length"] == "8"


def request_from(connection: socket.socket) -> bytes:
    """Whole: who hangs up with something unread may take back what they have answered."""
    taken = b""
    while not taken.endswith(BODY) and (more := connection.recv(65536)):
        taken += more
    return taken


def saying(*pieces: bytes, pause: float = 0.0, whole: bool = True) -> Serve:
    """Once the whole request is there, or something of it."""

    def serve(connection: socket.socket) -> None:
        request_from(connection) if whole else connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return serve


@pytest.mark.parametrize(
    ("serve", "error"),
    [
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "something that is not HTTP"),
        (saying(), "the connection was closed without answer"),
        (saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), "the answer broke off"),
    ],
    ids=["ssh", "nothing", "endless"],
)
def test_what_is_no_answer_is_told(serve: Serve, error: str) -> None:
    with served(serve) as host:
        outcome = post(f"http://{host}/")
    assert outcome.status is None
    assert error in outcome.error


def test_only_the_head_of_an_answer_is_waited_for() -> None:
    endless = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 1000] * 500]
    with served(saying(*endless, pause=0.01)) as host:
        assert post(f"http://{host}/") == Outcome(200)


def test_a_silent_receiver_is_not_waited_for_beyond_the_limit() -> None:
    over = threading.Event()

    def stay_silent(_: socket.socket) -> None:
        over.wait()

    with served(stay_silent) as host:
        outcome = post(f"http://{host}/", timeout_s=0.2)
        over.set()
    assert outcome.error == "it did not answer within 0.2 seconds"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_one_that_answers_a_byte_at_a_time_is_cut_off(scheme: str) -> None:
    drip = [b"H", b"T"] * 1000 if scheme == "http" else [b"\x16\x03\x03\x40\x00", *[b"\x02"] * 2000]
    with served(saying(*drip, pause=0.05, whole=scheme == "http")) as host:
        began = time.monotonic()
        outcome = post(f"{scheme}://{host}/", timeout_s=0.5, tls=ssl.create_default_context())
        assert time.monotonic() - began < 5
    assert outcome.error == "it did not answer within 0.5 seconds"


def test_a_certificate_that_nobody_trusts_ends_it(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    taken: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            taken.append(request_from(secure))
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def outcome(host: str, tls: ssl.SSLContext | None) -> Outcome:
        with served(serve) as at:
            return post(f"https://{host}:{at.rpartition(':')[2]}/", tls=tls)

    trusting = ssl.create_default_context(cafile=str(certificate))
    assert outcome("hooks.test", trusting) == Outcome(204)
    assert taken[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nHost: hooks.test:" in taken[0]
    for host, tls in (("hooks.test", None), ("other.test", trusting)):
        assert "its certificate cannot be verified" in outcome(host, tls).error
    assert len(taken) == 1


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("10.1.2.3", "a private address"),
        ("169.254.169.254", "a cloud metadata address"),
        ("nobody.test", "could not be resolved"),
    ],
)
def test_a_host_that_must_not_or_cannot_be_reached_is_told(host: str, error: str) -> None:
    def nobody(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror

    outbound = Outbound(frozenset({"127.0.0.1"}), resolver=nobody)
    assert error in post(f"http://{host}/", connect=outbound.connect).error


def test_plain_http_is_for_deployments_that_allow_it() -> None:
    with Receiver() as receiver:
        outcome = post(receiver.url, allow_http=False)
        assert receiver.received == []
    assert "plain http is not allowed" in outcome.error


def test_a_name_that_takes_longer_than_the_limit_is_not_called_after_it() -> None:
    slow = threading.Event()

    def connect(host: str, port: int) -> socket.socket:
        slow.wait(0.5)
        return HERE.connect(host, port)

    with Receiver() as receiver:
        outcome = post(receiver.url, connect=connect, timeout_s=0.1)
        assert receiver.received == []
    assert outcome.error == "it did not answer within 0.1 seconds"
