"""What a run is told when Redash, or what stands in its place, fails."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from campaigns.adapters.outbound import Outbound
from campaigns.adapters.redash import RedashQuerySource
from campaigns.domain.errors import DomainError
from campaigns.domain.outbound import HostForbidden, HostUnknown
from campaigns.domain.query import (
    NotRedash,
    QueryAddress,
    QueryRefused,
    QueryTimedOut,
    QueryUnavailable,
    QueryUrlInvalid,
    parse_query_url,
)
from local.redash_server import RedashServer
from tests.integration.redash.conftest import USER_KEY, Client

LENGTH = b"Content-Length:"
ROUTES = ["read", "submit", "poll", "fetch"]


def ask(client: Client, route: str) -> None:
    """Use one route of the server; whether what is asked for exists does not matter to a fault."""
    address = client.address("ids")
    if route == "read":
        client.source.text(address, USER_KEY)
    elif route == "submit":
        client.source.submit(address, USER_KEY)
    elif route == "poll":
        client.source.poll(address, USER_KEY, "some-job")
    else:
        client.source.rows(address, USER_KEY, 1)


def refusal(client: Client, route: str, fault: str, *, times: int = 1) -> DomainError:
    client.server.fail(route, fault, times=times)
    with pytest.raises(DomainError) as refused:
        ask(client, route)
    assert USER_KEY not in str(refused.value)
    return refused.value


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", ["html", "redirect", "garbage"])
def test_something_else_than_redash_is_recognised(client: Client, route: str, fault: str) -> None:
    assert isinstance(refusal(client, route, fault), NotRedash)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", ["429", "503", "hang-up", "500"])
def test_what_may_pass_by_itself_is_worth_another_try(
    client: Client, route: str, fault: str
) -> None:
    assert isinstance(refusal(client, route, fault), QueryUnavailable)


@pytest.mark.parametrize("route", ["submit", "poll"])
def test_a_web_page_with_status_500_means_the_time_limit(client: Client, route: str) -> None:
    assert isinstance(refusal(client, route, "500-html"), QueryTimedOut)


def test_a_web_page_with_status_500_may_pass_when_rows_are_fetched(client: Client) -> None:
    assert isinstance(refusal(client, "fetch", "500-html"), QueryUnavailable)


def test_a_mistyped_path_is_a_web_page_even_with_a_valid_key(client: Client) -> None:
    address = parse_query_url(f"{client.server.url}/typo/queries/1", allow_http=True)
    with pytest.raises(NotRedash, match="web page"):
        client.source.submit(address, USER_KEY)
    with pytest.raises(NotRedash, match="redirect"):
        client.source.submit(address, "wrong-key")


def test_a_redirect_is_not_followed_so_the_key_stays_here(client: Client) -> None:
    asked: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

    trap = ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    serving = threading.Thread(target=trap.serve_forever)
    serving.start()
    try:
        for route in ROUTES:
            there = f"http://127.0.0.1:{trap.server_address[1]}/{route}"
            client.server.fail(route, "redirect", redirect_to=there)
            with pytest.raises(NotRedash, match="redirect"):
                ask(client, route)
    finally:
        trap.shutdown()
        serving.join()
        trap.server_close()
    assert asked == []


def test_a_job_that_vanished_may_be_submitted_again(client: Client) -> None:
    address = client.address("ids")
    job_id = client.source.submit(address, USER_KEY)["jobId"]
    client.server.forget_jobs()
    with pytest.raises(QueryUnavailable, match="vanished"):
        client.source.poll(address, USER_KEY, job_id)
    assert client.finished(address, USER_KEY) > 0


@pytest.mark.parametrize("fault", ["killed", "shutdown"])
def test_a_job_whose_worker_went_away_may_be_submitted_again(client: Client, fault: str) -> None:
    assert isinstance(refusal(client, "poll", fault), QueryUnavailable)


def test_a_result_id_that_shows_early_is_not_trusted(client: Client) -> None:
    client.server.fail("poll", "early-result")
    found = client.source.poll(client.address("ids"), USER_KEY, "some-job")
    assert found == {"state": "started", "resultId": None}


def test_a_query_past_the_time_limit_is_told_so(database: Path, tmp_path: Path) -> None:
    with RedashServer(database, key=USER_KEY, data=tmp_path, time_limit_s=0.01) as server:
        client = Client(server)
        with pytest.raises(QueryTimedOut, match="time limit"):
            client.run("slow")


def test_a_stored_result_counts_when_redash_answers_with_one(client: Client) -> None:
    address = client.address("big", rows="200000")
    result_id = client.finished(address, USER_KEY)
    client.server.fail("submit", "stored")
    assert client.source.submit(address, USER_KEY) == {"resultId": result_id}


def test_a_stored_result_without_an_id_is_of_no_use(client: Client) -> None:
    address, key = client.address("nobody"), client.server.query_key("nobody")
    client.finished(address, key)
    client.server.fail("submit", "stored")
    with pytest.raises(NotRedash, match="without a job"):
        client.source.submit(address, key)


@pytest.mark.parametrize("fault", ["cut", "cut-unmarked"])
def test_rows_that_break_off_are_not_taken_for_all(client: Client, fault: str) -> None:
    address = client.address("big", rows="100000")
    result_id = client.finished(address, USER_KEY)
    client.server.fail("fetch", fault)
    result = client.source.rows(address, USER_KEY, result_id)
    with pytest.raises(QueryUnavailable, match="broke off"):
        list(result)
    assert sum(1 for _ in client.source.rows(address, USER_KEY, result_id)) == 100_000


@pytest.mark.parametrize("fault", ["cut", "cut-unmarked"])
def test_a_small_result_that_breaks_off_is_refused_at_once(client: Client, fault: str) -> None:
    address = client.address("nobody")
    result_id = client.finished(address, USER_KEY)
    client.server.fail("fetch", fault)
    with pytest.raises(QueryUnavailable, match="broke off"):
        client.source.rows(address, USER_KEY, result_id)


def test_rows_may_stand_before_the_columns(client: Client) -> None:
    address = client.address("overdue")
    result_id = client.finished(address, USER_KEY)
    usual = client.source.rows(address, USER_KEY, result_id)
    client.server.fail("fetch", "rows-first")
    turned = client.source.rows(address, USER_KEY, result_id)
    assert turned.columns == usual.columns
    assert list(turned) == list(usual)


def test_a_result_that_is_gone_is_told(client: Client) -> None:
    with pytest.raises(QueryRefused, match="No cached result"):
        client.source.rows(client.address("ids"), USER_KEY, 999_999)


def test_canceling_never_fails(client: Client) -> None:
    for fault in ("html", "500", "hang-up", "redirect"):
        client.server.fail("cancel", fault)
        client.source.cancel(client.address("ids"), USER_KEY, "some-job")


def test_nobody_listening_may_pass_by_itself(client: Client) -> None:
    with closed_port() as port:
        address = QueryAddress(f"http://127.0.0.1:{port}", 1)
        with pytest.raises(QueryUnavailable, match="refused"):
            client.source.submit(address, USER_KEY)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that stays taken without anybody listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A port where every connection gets these bytes; with none it stays open and silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                if not answer:
                    kept.append(connection)
                    continue
                with connection, connection.makefile("rb") as request:
                    # Closing before everything was read would reset the connection.
                    lines = list(iter(request.readline, b"\r\n"))
                    request.read(sum(int(line[15:]) for line in lines if line[:15] == LENGTH))
                    connection.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            serving.join()
            for connection in kept:
                connection.close()


def test_silence_ends_with_the_read_timeout(client: Client) -> None:
    source = RedashQuerySource(
        connect=client.outbound.connect, allow_http=True, read_timeout_s=0.05
    )
    with answering(b"") as port:
        address = QueryAddress(f"http://127.0.0.1:{port}", 1)
        with pytest.raises(QueryUnavailable, match="in time"):
            source.submit(address, USER_KEY)
        with pytest.raises(QueryUnavailable, match="in time"):
            source.rows(address, USER_KEY, 1, read_timeout_s=0.02)


def test_something_that_is_not_http_is_recognised(client: Client) -> None:
    with answering(b"SSH-2.0-OpenSSH_9.2\r\n") as port, pytest.raises(NotRedash, match="HTTP"):
        client.source.submit(QueryAddress(f"http://127.0.0.1:{port}", 1), USER_KEY)


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"{}", b'{"job": []}', b'{"job": {"status": 1}}', b"[" * 5000]
)
def test_json_that_redash_would_not_say_is_refused(client: Client, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    with answering(head + body) as port:
        address = QueryAddress(f"http://127.0.0.1:{port}", 1)
        calls: list[Callable[[], object]] = [
            lambda: client.source.text(address, USER_KEY),
            lambda: client.source.submit(address, USER_KEY),
            lambda: client.source.rows(address, USER_KEY, 1),
        ]
        for call in calls:
            with pytest.raises(DomainError) as refused:
                call()
            assert isinstance(refused.value, NotRedash | QueryUnavailable)


@pytest.mark.parametrize("key", [USER_KEY, "short", "key", "x"])
@pytest.mark.parametrize("answer", ['{"message": "%s"}', '{"job": {"status": 4, "error": "%s"}}'])
@pytest.mark.parametrize("status", [b"200 OK", b"400 BAD REQUEST", b"403 FORBIDDEN"])
def test_a_server_that_repeats_the_key_does_not_get_it_into_the_message(
    client: Client, status: bytes, answer: str, key: str
) -> None:
    body = (answer % f"<{key}|{key}>").encode()
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n\r\n"
    with answering(head + body) as port:
        address = QueryAddress(f"http://127.0.0.1:{port}", 1)
        for ask in (
            lambda: client.source.text(address, key),
            lambda: client.source.submit(address, key),
            lambda: client.source.poll(address, key, "some-job"),
            lambda: client.source.rows(address, key, 1),
        ):
            with pytest.raises(DomainError) as refused:
                ask()
            said = str(refused.value)
            assert f"<{key}" not in said
            assert f"{key}>" not in said
            if isinstance(refused.value, QueryRefused):
                assert "<********|********>" in said


def test_plain_http_is_refused_where_the_deployment_does_not_allow_it(client: Client) -> None:
    source = RedashQuerySource(connect=client.outbound.connect)
    with pytest.raises(QueryUrlInvalid, match="http"):
        source.submit(client.address("ids"), USER_KEY)
    assert client.server.seen() == []


def test_a_host_that_the_rule_forbids_is_never_asked(client: Client) -> None:
    source = RedashQuerySource(connect=Outbound().connect, allow_http=True)
    with pytest.raises(HostForbidden):
        source.submit(client.address("ids"), USER_KEY)
    assert client.server.seen() == []


def test_a_host_without_an_address_may_get_one(client: Client) -> None:
    source = RedashQuerySource(connect=Outbound(resolver=lambda *_, **__: []).connect)
    with pytest.raises(HostUnknown):
        source.submit(QueryAddress("https://redash.example.com", 1), USER_KEY)
