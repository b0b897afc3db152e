"""HTTP as Redash needs it: one request, one connection, over a socket somebody else checked.

Redirects are answers like any other here; following one would hand the key to
whatever host it names.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import HTTPResponse

from campaigns.domain.query import (
    KeyRefused,
    NotRedash,
    QueryAddress,
    QueryHostUntrusted,
    QueryUnavailable,
)

Connect = Callable[[str, int], socket.socket]

# Jobs and errors are small; only results are large, and those are streamed.
LARGEST_ANSWER = 4 << 20


class Answer:
    """A response whose head has arrived; the body is read on demand."""

    def __init__(self, address: QueryAddress, response: HTTPResponse) -> None:
        self.status = response.status
        self._address = address
        self._response = response
        self._head = b""
        self._small_chunks = self.chunks(1 << 16)

    @property
    def is_json(self) -> bool:
        kind = self._response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or (kind.startswith("application/") and "+json" in kind)

    def chunks(self, size: int) -> Iterator[bytes]:
        with _failures(self._address):
            yield from self._response.stream(size)

    def head(self) -> bytes:
        """The body, or its first megabytes where it is larger than a small answer may be."""
        while len(self._head) <= LARGEST_ANSWER and (chunk := next(self._small_chunks, b"")):
            self._head += chunk
        return self._head

    def json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.head())
        except (ValueError, RecursionError):
            raise NotRedash(self._address, "something that is not JSON") from None
        if not isinstance(found, dict):
            raise NotRedash(self._address, "something that is not a JSON object")
        return found


class _Connection(HTTPConnection):
    """A connection over the injected socket, with TLS for https.

    The certificate is verified against the host of the URL, whatever address
    the socket leads to.
    """

    def __init__(
        self, address: QueryAddress, connect: Connect, tls: ssl.SSLContext | None, timeout: float
    ) -> None:
        super().__init__(address.host, address.port, timeout=timeout)
        self._address = address
        self._connect_checked = connect
        self._tls = tls
        self._read_timeout = timeout

    def connect(self) -> None:
        plain = self._connect_checked(self._address.host, self._address.port)
        try:
            if self._tls is None:
                self.sock = plain
            else:
                self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
            self.sock.settimeout(self._read_timeout)
        except BaseException:
            plain.close()
            raise


@contextmanager
def request(
    method: str,
    path: str,
    *,
    address: QueryAddress,
    key: str,
    body: bytes | None,
    connect: Connect,
    tls: ssl.SSLContext | None,
    timeout_s: float,
) -> Iterator[Answer]:
    """Send one request below the query's base URL, with TLS if given; the context ends it."""
    if not key.isascii() or not key.isprintable() or not key or " " in key:
        raise KeyRefused(address)  # such a key cannot be sent in a header
    base = urlsplit(address.base_url)
    headers = {
        "Host": base.netloc,
        "Authorization": f"Key {key}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "campaign-service",
    }
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection = _Connection(address, connect, tls, timeout_s)
    try:
        with _failures(address):
            connection.request(
                method, f"{base.path}{path}", body=body, headers=headers, preload_content=False
            )
            response = connection.getresponse()
        try:
            yield Answer(address, response)
        finally:
            response.close()
    finally:
        connection.close()


@contextmanager
def _failures(address: QueryAddress) -> Iterator[None]:
    """What goes wrong below HTTP, told as what it means for the query."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise QueryHostUntrusted(address, error.verify_message) from None
    except (TimeoutError, ReadTimeoutError):
        raise QueryUnavailable(address, "it did not answer in time") from None
    except http.client.BadStatusLine as error:
        if isinstance(error, http.client.RemoteDisconnected):
            raise QueryUnavailable(address, "the connection was closed without answer") from None
        raise NotRedash(address, "something that is not HTTP") from None
    except (http.client.HTTPException, HTTPError) as error:
        raise QueryUnavailable(address, f"the answer broke off ({type(error).__name__})") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise QueryUnavailable(address, f"the connection failed ({reason})") from None
