"""https: the certificate is verified against the host of the URL, over the checked address."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.adapters.outbound import Outbound
from campaigns.adapters.redash import RedashQuerySource
from campaigns.domain.query import QueryAddress, QueryHostUntrusted, QueryUnavailable
from tests.integration.redash.conftest import USER_KEY

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    b'{"job": {"id": "j", "status": 1}}'
)


class Server:
    """Answers every TLS connection alike and keeps what was asked, host names included."""

    def __init__(self, certificate: Path) -> None:
        self.hosts: list[str | None] = []
        self.requests: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._context.sni_callback = lambda _, host, __: self.hosts.append(host)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                with plain, self._context.wrap_socket(plain, server_side=True) as connection:
                    with connection.makefile("rb") as request:
                        lines = list(iter(request.readline, b"\r\n"))
                        length = next(int(x[15:]) for x in lines if x[:15] == b"Content-Length:")
                        self.requests.append(b"".join(lines) + request.read(length))
                    connection.sendall(ANSWER)
            except (OSError, StopIteration):
                continue  # the client did not like the certificate


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    server = Server(certificate)
    serving = threading.Thread(target=server.serve)
    serving.start()
    yield server
    server.listener.shutdown(socket.SHUT_RDWR)
    serving.join()
    server.listener.close()


def source(trusted: Path | None) -> RedashQuerySource:
    """Every name resolves to this machine here, as an operator's own name service may have it."""
    outbound = Outbound(
        frozenset({"127.0.0.0/8"}),
        resolver=lambda _, port, **__: [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))],
    )
    tls = ssl.create_default_context(cafile=str(trusted)) if trusted else None
    return RedashQuerySource(connect=outbound.connect, tls=tls)


@pytest.mark.parametrize("host", ["redash.test", "127.0.0.1"])
def test_a_verified_host_is_asked(server: Server, certificate: Path, host: str) -> None:
    address = QueryAddress(f"https://{host}:{server.port}", 1)
    assert source(certificate).submit(address, USER_KEY) == {"jobId": "j"}
    assert server.hosts == [host if host == "redash.test" else None]
    assert f"Host: {host}:{server.port}\r\n".encode() in server.requests[0]


def test_a_certificate_of_another_host_is_refused(server: Server, certificate: Path) -> None:
    address = QueryAddress(f"https://other.test:{server.port}", 1)
    with pytest.raises(QueryHostUntrusted, match=r"other\.test"):
        source(certificate).submit(address, USER_KEY)
    assert server.requests == []


def test_a_certificate_that_nobody_trusts_is_refused(server: Server) -> None:
    with pytest.raises(QueryHostUntrusted, match="self-signed"):
        source(None).submit(QueryAddress(f"https://redash.test:{server.port}", 1), USER_KEY)
    assert server.requests == []


def test_a_server_without_tls_gets_no_key(certificate: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        received: list[bytes] = []

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                received.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        serving = threading.Thread(target=serve)
        serving.start()
        address = QueryAddress(f"https://redash.test:{listener.getsockname()[1]}", 1)
        with pytest.raises(QueryUnavailable, match="connection failed"):
            source(certificate).submit(address, USER_KEY)
        serving.join()
    assert USER_KEY.encode() not in received[0]
