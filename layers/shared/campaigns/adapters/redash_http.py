"""HTTP as Redash needs it: one request, one connection, and answers of any size."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from urllib3.response import HTTPResponse

from campaigns.adapters.http_connection import (
    CheckedConnection,
    Connect,
    NoAnswer,
    NotHttp,
    Untrusted,
    telling_failures,
)
from campaigns.domain.query import (
    KeyRefused,
    NotRedash,
    QueryAddress,
    QueryHostUntrusted,
    QueryUnavailable,
)

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
    connection = CheckedConnection(
        address.host, address.port, connect=connect, tls=tls, timeout_s=timeout_s
    )
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
        with telling_failures():
            yield
    except Untrusted as failure:
        raise QueryHostUntrusted(address, str(failure)) from None
    except NotHttp as failure:
        raise NotRedash(address, str(failure)) from None
    except NoAnswer as failure:
        raise QueryUnavailable(address, str(failure)) from None
