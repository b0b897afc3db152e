"""A small client of the service's own APIs, as a program of a lender would have."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener


class Refused(Exception):
    """`status` and `body` as the service answered."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {json.dumps(body)}")
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text else None


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirects)


@dataclass(frozen=True, slots=True)
class ApiClient:
    url: str
    key: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Whatever the status is, it is an answer. `raw` is sent in place of a JSON body."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = {"X-API-KEY": self.key, "Content-Type": "application/json", **(headers or {})}
        target = path if path.startswith("http") else self.url + path
        request = Request(target, data=data, headers=sent, method=method)
        try:
            with _OPENER.open(request, timeout=120) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, dict(refusal.headers), refusal.read())

    def take(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a good answer. Raises Refused for any other."""
        answer = self.call(method, path, body)
        if answer.status >= 300:
            raise Refused(answer.status, answer.json)
        return answer.json

    def import_file(self, kind: str, file: Path) -> Any:
        """Upload a CSV file of people and wait until it is taken."""
        job = self.take("POST", "/v1/imports", {"kind": kind, "format": "csv"})
        upload(job["uploadUrl"], file)
        return last(
            self.until(
                f"/v1/imports/{job['id']}", lambda seen: seen["status"] in ("completed", "failed")
            )
        )

    def until(
        self, path: str, ended: Callable[[Any], bool], *, seconds: float = 120, every: float = 0.2
    ) -> Iterator[Any]:
        """Every answer that differs from the one before, up to the one that has ended."""
        seen: Any = None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = self.take("GET", path)
            if now != seen:
                yield now
                seen = now
            if ended(now):
                return
            time.sleep(every)
        raise TimeoutError(f"{path} did not end within {seconds} s")


def last(answers: Iterator[Any]) -> Any:
    *_, end = answers
    return end


def upload(url: str, file: Path) -> None:
    """PUT to a presigned link, as curl -T would."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("not a web address")
    with file.open("rb") as stream:
        size = str(file.stat().st_size)
        request = Request(url, data=stream, headers={"Content-Length": size}, method="PUT")
        with _OPENER.open(request, timeout=120):
            pass
