"""The ways in which a Redash, or what stands before it, can fail; asked for by tests.

html, redirect, garbage         something else answers than Redash
429, 500, 500-html, 503         refusals of the moment; 500-html is a query past its limit
hang-up                         the connection closes without an answer
killed, shutdown                poll: the job failed because its worker went away
early-result                    poll: a result id shows although the job is not done
stored                          submit: a stored result instead of a fresh execution
cut, cut-unmarked               fetch: half of the body, with and without the length told
rows-first                      fetch: the rows stand before the columns
"""

import json
import threading
from collections import defaultdict

REDIRECT = "redirect"
HANG_UP = "hang-up"

_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_PAGE = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body>Sorry.</body></html>"


def _job(status: int, error: str, result_id: int | None = None) -> bytes:
    job = {"id": "a-job", "updated_at": 0, "status": status, "error": error}
    return json.dumps({"job": {**job, "query_result_id": result_id}}).encode()


# Answers that do not depend on the question: status, content type, body.
ANSWERS: dict[str, tuple[int, str, bytes]] = {
    "html": (200, _HTML, _PAGE),
    "garbage": (200, _JSON, b"this is not JSON"),
    "429": (429, _JSON, b'{"message": "Too Many Requests"}'),
    "500": (500, _JSON, b'{"message": "Internal Server Error"}'),
    "500-html": (500, _HTML, _PAGE),
    "503": (503, _HTML, _PAGE),
    "killed": (200, _JSON, _job(4, "")),
    "shutdown": (200, _JSON, _job(4, "Worker shut down imminent (signal 15)")),
    "early-result": (200, _JSON, _job(2, "", 1)),
}
SHAPES = {"stored", "cut", "cut-unmarked", "rows-first"}


class Faults:
    """What is to go wrong next, by route."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: defaultdict[str, list[str]] = defaultdict(list)
        self.redirect_to = "/login"

    def plan(self, route: str, fault: str, times: int) -> None:
        if fault not in ANSWERS.keys() | SHAPES | {REDIRECT, HANG_UP}:
            raise ValueError(f"there is no fault {fault}")
        with self._lock:
            self._planned[route] += [fault] * times

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._planned.clear()

    def take(self, route: str) -> str | None:
        with self._lock:
            return self._planned[route].pop(0) if self._planned[route] else None
