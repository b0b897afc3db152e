"""Whoever listens behind a webhook's URL: a small HTTP server that keeps what it was sent."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: Mapping[str, str]
    """By lower-case names."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def signed_at(self) -> int:
        return int(self.headers["x-signature"].partition(",")[0].removeprefix("t="))

    def is_signed_with(self, secret: str) -> bool:
        """As the README shows a receiver how to look."""
        parts = dict(part.split("=", 1) for part in self.headers["x-signature"].split(","))
        signed = parts["t"].encode() + b"." + self.body
        expected = hmac.new(secret.encode(), signed, sha256).hexdigest()
        return hmac.compare_digest(expected, parts["v1"])


class Receiver:
    """`answers` are the statuses of the next answers; 200 after that."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.received: list[Received] = []
        self._came = Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/events?from=campaigns"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, count: int, *, seconds: float = 30) -> list[Received]:
        """What has come, once it is so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.received) >= count, seconds)
            return list(self.received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with receiver._came:
                    status = receiver.answers.pop(0) if receiver.answers else 200
                    receiver.received.append(Received(self.path, headers, body))
                    receiver._came.notify_all()
                self.send_response(status)
                self.send_header("Location", receiver.url)
                self.end_headers()
                self.wfile.write(b"what a receiver says is nobody's business")

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        return Handler
