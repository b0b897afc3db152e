"""Lambda's Invoke, for the functions that the service itself invokes: asynchronous calls only."""

import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Event = dict[str, Any]
Accept = Callable[[str, Event, str | None], bool]
"""Function, event and execution name; False when an execution of that name exists.

Raises KeyError for a function that does not exist.
"""


def serve(host: str, port: int, accept: Accept) -> ThreadingHTTPServer:
    """A server ready for `serve_forever`."""

    class Invocations(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = re.fullmatch(
                r"/2015-03-31/functions/([^/]+)/invocations", urlsplit(self.path).path
            )
            if found is None:
                return self._send(404, b"{}")
            name = unquote(found[1])
            execution = self.headers.get("X-Amz-Durable-Execution-Name")
            try:
                fresh = accept(name, json.loads(body or b"{}"), execution)
            except KeyError:
                return self._send(404, b'{"Type":"User"}', "ResourceNotFoundException")
            if not fresh:
                return self._send(
                    409, b'{"Type":"User"}', "DurableExecutionAlreadyStartedException"
                )
            return self._send(202, b"")

        def _send(self, status: int, body: bytes, error: str | None = None) -> None:
            self.send_response(status)
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer((host, port), Invocations)
    server.daemon_threads = True
    return server
