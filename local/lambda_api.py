"""What the service asks of Lambda: to invoke its own functions, and how an execution stands.

Invocations are asynchronous. A durable execution is known by its name: the name and payload of
one that exists name that one again, as in Lambda.
"""

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
StatusOf = Callable[[str], str | None]
"""How the execution of a name stands, in Lambda's words; None when there is none."""

_VERSION = "/2025-12-01"


def serve(
    host: str, port: int, accept: Accept, status_of: StatusOf = lambda _: None
) -> ThreadingHTTPServer:
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
                accept(name, json.loads(body or b"{}"), execution)
            except KeyError:
                return self._missing()
            named = {"X-Amz-Durable-Execution-Arn": _arn(name, execution)} if execution else {}
            return self._send(202, b"", **named)

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            found = re.fullmatch(rf"{_VERSION}/durable-executions/(.+/([^/]+)/[^/]+)", path)
            status = None if found is None else status_of(found[2])
            if found is None or status is None:
                return self._missing()
            told = {
                "DurableExecutionArn": found[1],
                "DurableExecutionName": found[2],
                "FunctionArn": found[1].partition("/")[0],
                "StartTimestamp": 0,
                "Status": status,
            }
            return self._send(200, json.dumps(told).encode())

        def _missing(self) -> None:
            headers = {"x-amzn-ErrorType": "ResourceNotFoundException"}
            self._send(404, b'{"Type":"User"}', **headers)

        def _send(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer((host, port), Invocations)
    server.daemon_threads = True
    return server


def _arn(function: str, execution: str) -> str:
    name = function.partition(":")[0]
    return (
        f"arn:aws:lambda:us-east-1:000000000000:function:{name}:1"
        f"/durable-execution/{execution}/{execution}"
    )
