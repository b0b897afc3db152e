"""API Gateway, played locally: each request goes to the function that template.yaml names.

Requests become HTTP API events of payload version 2.0. Handlers run one at a time, as each
would in a Lambda of its own: the resolver they stand on keeps its request in a shared place.
"""

import base64
import re
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from time import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

from local.template import Route

Event = dict[str, Any]
Invoke = Callable[[str, Event], Any]

LARGEST_BODY = 10 * 1024 * 1024
"""What API Gateway takes; the service's own limit is lower and answered in its own words."""
_PIECE = 1024 * 1024


def context(function: str) -> Any:
    """What a handler is told of where it runs."""
    return SimpleNamespace(
        function_name=function,
        function_version="$LATEST",
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:us-east-1:000000000000:function:{function}",
        aws_request_id=str(uuid4()),
        get_remaining_time_in_millis=lambda: 29_000,
    )


class Routes:
    """Which function answers a method and path; a literal segment wins over a parameter."""

    def __init__(self, routes: list[Route], default: str) -> None:
        self._default = default
        ranked = sorted(routes, key=lambda route: route.path.count("{"))
        self._routes = [(route, _pattern(route.path)) for route in ranked]

    def find(self, method: str, path: str) -> tuple[str, str, dict[str, str]]:
        """Function, route key and path parameters."""
        for route, pattern in self._routes:
            found = pattern.fullmatch(path)
            if found and route.method == method:
                names = {name: unquote(value) for name, value in found.groupdict().items()}
                return route.function, f"{route.method} {route.path}", names
        return self._default, "$default", {}


def serve(host: str, port: int, routes: Routes, invoke: Invoke) -> ThreadingHTTPServer:
    """A server ready for `serve_forever`. Raises OSError when the port is in use."""
    one_at_a_time = Lock()

    class Gateway(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "campaigns"

        def _answer(self) -> None:
            body = self._body()
            if body is None:
                return
            url = urlsplit(self.path)
            function, key, names = routes.find(self.command, url.path)
            event = _event(self, key, names, body)
            try:
                with one_at_a_time:
                    answer = invoke(function, event)
            except Exception:
                # A handler that raises is what Lambda calls a function error.
                traceback.print_exc()
                answer = {"statusCode": 500, "body": '{"message":"Internal Server Error"}'}
            self._send(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer
        do_OPTIONS = do_TRACE = do_QUERY = _answer

        def do_HEAD(self) -> None:
            self._answer()

        def _body(self) -> bytes | None:
            try:
                length = int(self.headers.get("Content-Length") or 0)
            except ValueError:
                length = -1
            if length < 0 or self.headers.get("Transfer-Encoding"):
                self.close_connection = True
                self.send_error(411)
                return None
            if length > LARGEST_BODY:
                # As much as the handlers' own limit needs to say no in the words of the API. The
                # rest is read too: a client that is still sending would miss the answer.
                self.close_connection = True
                start, rest = self.rfile.read(LARGEST_BODY), length - LARGEST_BODY
                while rest > 0 and (piece := self.rfile.read(min(rest, _PIECE))):
                    rest -= len(piece)
                return start
            return self.rfile.read(length)

        def _send(self, answer: Mapping[str, Any]) -> None:
            text = answer.get("body") or ""
            body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
            self.send_response(int(answer["statusCode"]))
            for name, value in (answer.get("headers") or {}).items():
                self.send_header(name, str(value))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the handlers log what they answered."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 128

    return Server((host, port), Gateway)


def _event(request: BaseHTTPRequestHandler, key: str, names: dict[str, str], body: bytes) -> Event:
    url = urlsplit(request.path)
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        lower = name.lower()
        headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
    headers.setdefault("x-forwarded-proto", "http")
    try:
        text, encoded = body.decode(), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    query: dict[str, str] = {}
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    path = unquote(url.path)
    event: Event = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": url.query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": headers.get("host", ""),
            "http": {
                "method": request.command,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client_address[0],
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid4()),
            "routeKey": key,
            "stage": "$default",
            "timeEpoch": int(time() * 1000),
        },
        "isBase64Encoded": encoded,
    }
    if query:
        event["queryStringParameters"] = query
    if names:
        event["pathParameters"] = names
    if text:
        event["body"] = text
    return event


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))
