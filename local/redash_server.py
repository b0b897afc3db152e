"""A Redash of one's own: stored queries over one SQLite database, spoken to like the real one.

Loopback only. It answers the API that a query client needs, with Redash's own
statuses and texts; every other path is a web page, as it is there.

    python -m local.redash_server --database lender.db --key K [--port 0] [--faults]

prints one line of JSON when it is ready: `{"url", "port", "queries": {slug: {"id", "key"}}}`.
With `--faults`, POST /_test/faults `{"route", "fault", "times"}` makes the next
answers of read, submit, poll, fetch or cancel go wrong, POST /_test/calm ends that,
POST /_test/forget loses all jobs, and GET /_test/seen tells what was asked.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from local.redash_answers import HTML, PAGE, Asked, Redash, Refusal, Reply
from local.redash_faults import ANSWERS, HANG_UP, REDIRECT, Faults
from local.redash_jobs import Jobs, Results
from local.redash_queries import QueryShelf

_ROUTES = [
    ("submit", "POST", re.compile(r"/api/queries/(?P<query>\d+)/results")),
    ("read", "GET", re.compile(r"/api/queries/(?P<query>\d+)")),
    ("edit", "POST", re.compile(r"/api/queries/(?P<query>\d+)")),
    ("poll", "GET", re.compile(r"/api/jobs/(?P<job>[^/]+)")),
    ("poll", "GET", re.compile(r"/api/queries/(?P<query>\d+)/jobs/(?P<job>[^/]+)")),
    ("fetch", "GET", re.compile(r"/api/query_results/(?P<result>\d+)(?:\.json)?")),
    ("fetch", "GET", re.compile(r"/api/queries/(?P<query>\d+)/results/(?P<result>\d+)(?:\.json)?")),
    ("cancel", "DELETE", re.compile(r"/api/jobs/(?P<job>[^/]+)")),
]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, redash: Redash, organisation: str, faults: Faults | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.redash = redash
        self.prefix = f"/{organisation}" if organisation else ""
        self.faults = faults
        self.seen: list[dict[str, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        self.close_connection = True
        server = cast(_Server, self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        if server.faults and url.path.startswith("/_test/"):
            return self._test(server, server.faults, url.path, body)
        if server.faults:
            headers = dict(self.headers)
            request = {"method": self.command, "path": self.path, "headers": headers}
            server.seen.append({**request, "body": body.decode(errors="replace")})
        is_user, query = server.redash.who(self._key(url.query))
        for route, method, pattern in _ROUTES:
            found = pattern.fullmatch(url.path.removeprefix(server.prefix))
            if found and method == self.command and url.path.startswith(server.prefix):
                asked = Asked(route, found.groupdict(), is_user, query, body)
                return self._answer(server, asked)
        if is_user or query:
            return self._send(Reply(200, PAGE, HTML))
        return self._send(Reply(302, b"", HTML), location=f"{server.prefix}/login")

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def _answer(self, server: _Server, asked: Asked) -> None:
        fault = server.faults.take(asked.route) if server.faults else None
        if fault == HANG_UP:
            return
        if fault in ANSWERS:
            status, kind, body = ANSWERS[fault]
            reply = Reply(status, body, kind)
        elif fault == REDIRECT:
            reply = Reply(302, b"", HTML)
        else:
            try:
                reply = server.redash.answer(asked, fault)
            except Refusal as refusal:
                reply = refusal.reply
        self._send(
            reply,
            location=server.faults.redirect_to if server.faults and fault == REDIRECT else "",
            cut=fault if fault in ("cut", "cut-unmarked") else None,
        )

    def _send(self, reply: Reply, *, location: str = "", cut: str | None = None) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Connection", "close")
        if location:
            self.send_header("Location", location)
        if cut != "cut-unmarked":
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)

    def _test(self, server: _Server, faults: Faults, path: str, body: bytes) -> None:
        wanted = json.loads(body or b"{}")
        answer: Any = None
        if path == "/_test/faults":
            faults.redirect_to = wanted.get("redirect_to", faults.redirect_to)
            faults.plan(wanted["route"], wanted["fault"], wanted.get("times", 1))
        elif path == "/_test/calm":
            faults.calm()
        elif path == "/_test/forget":
            server.redash.jobs.forget_all()
        elif path == "/_test/seen":
            answer, server.seen = server.seen, []
        self._send(Reply(200, json.dumps(answer).encode()))

    def _key(self, query_string: str) -> str:
        kind, _, key = self.headers.get("Authorization", "").partition(" ")
        return key if kind == "Key" else parse_qs(query_string).get("api_key", [""])[0]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; standard output is for the line that tells where the server is."""


class RedashServer:
    """The server as a child process, for as long as the context lasts.

    `fail`, `calm`, `forget_jobs` and `seen` need `faults=True`.
    """

    def __init__(
        self,
        database: Path | str,
        *,
        key: str,
        data: Path | str | None = None,
        port: int = 0,
        organisation: str = "",
        workers: int = 2,
        time_limit_s: float | None = None,
        faults: bool = False,
    ) -> None:
        self.key = key
        self._prefix = f"/{organisation}" if organisation else ""
        options: dict[str, Any] = {
            "database": database,
            "key": key,
            "port": port,
            "workers": workers,
        }
        options |= {"data": data, "organisation": organisation, "time-limit": time_limit_s}
        given = [f"--{name}={value}" for name, value in options.items() if value not in (None, "")]
        self._arguments = [*given, "--until-stdin-closes", *(["--faults"] if faults else [])]

    def __enter__(self) -> Self:
        root = str(Path(__file__).resolve().parents[1])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.redash_server", *self._arguments],
            env={**os.environ, "PYTHONPATH": root},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the query server did not start; it said why on standard error")
        ready = json.loads(line)
        self.url, self.port, self._queries = ready["url"], ready["port"], ready["queries"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        try:
            self._process.communicate(timeout=10)  # closes its standard input, which ends it
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def query_url(self, slug: str, **parameters: str) -> str:
        values = urlencode({f"p_{name}": value for name, value in parameters.items()})
        url = f"{self.url}/queries/{self._queries[slug]['id']}"
        return f"{url}?{values}" if values else url

    def query_key(self, slug: str) -> str:
        """The key that opens this one query only."""
        return str(self._queries[slug]["key"])

    def edit(self, slug: str, sql: str) -> None:
        """Give a query another text, as somebody does on its page."""
        self._ask("POST", self._path(slug), {"query": sql}, key=self.key)

    def text(self, slug: str) -> str:
        return str(self._ask("GET", self._path(slug), key=self.key)["query"])

    def _path(self, slug: str) -> str:
        return f"{self._prefix}/api/queries/{self._queries[slug]['id']}"

    def fail(self, route: str, fault: str, *, times: int = 1, redirect_to: str = "/login") -> None:
        wanted = {"route": route, "fault": fault, "times": times, "redirect_to": redirect_to}
        self._ask("POST", "/_test/faults", wanted)

    def calm(self) -> None:
        self._ask("POST", "/_test/calm")

    def forget_jobs(self) -> None:
        self._ask("POST", "/_test/forget")

    def seen(self) -> list[dict[str, Any]]:
        """The requests since this was last asked: method, path, headers, body."""
        return cast(list[dict[str, Any]], self._ask("GET", "/_test/seen"))

    def _ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            headers = {"Authorization": f"Key {key}"} if key else {}
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"{path} answered {response.status}")
        return json.loads(answer)


def main() -> None:
    parser = argparse.ArgumentParser(description="A Redash-compatible query server.")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--key", required=True, help="the key of the user who may do everything")
    parser.add_argument("--data", type=Path, help="folder for queries and results")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--organisation", default="", help="serve below this path")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--time-limit", type=float, help="seconds that a query may take")
    parser.add_argument("--faults", action="store_true", help="let tests make answers go wrong")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end when whoever started this ends"
    )
    wanted = parser.parse_args()
    folder = wanted.data or wanted.database.parent / "redash"
    folder.mkdir(parents=True, exist_ok=True)
    shelf, results = QueryShelf(folder / "queries.json"), Results(folder / "results")
    jobs = Jobs(wanted.database, results, workers=wanted.workers, time_limit_s=wanted.time_limit)
    redash = Redash(shelf, jobs, results, wanted.key)
    faults = Faults() if wanted.faults else None
    server = _Server(wanted.port, redash, wanted.organisation, faults)
    port = server.server_address[1]
    ready = {
        "url": f"http://127.0.0.1:{port}{server.prefix}",
        "port": port,
        "queries": {query.slug: {"id": query.id, "key": query.api_key} for query in shelf},
    }
    print(json.dumps(ready), flush=True)
    if wanted.until_stdin_closes:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        sys.stdin.read()
        server.shutdown()
    else:
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
