"""The audience query, run by Redash: submitted, polled, fetched, each in one short request.

A run waits between the polls without holding anything, so what goes in and out
of these verbs is small and plain. Every verb may be repeated.

A user's key may use every route, a query's own key only the routes below that
query; which one a key is, only the answers tell.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import IntEnum
from functools import cached_property
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from campaigns.adapters.http_connection import Connect
from campaigns.adapters.json_rows import BLOCK_SIZE, CutShort, JsonRows, Row, Unreadable
from campaigns.adapters.redash_http import Answer, request
from campaigns.domain.errors import DomainError
from campaigns.domain.query import (
    KeyRefused,
    NotRedash,
    QueryAddress,
    QueryRefused,
    QuerySourceGone,
    QueryTimedOut,
    QueryUnavailable,
    QueryUrlInvalid,
)

READ_TIMEOUT_S = 60.0
SHORTEST_TIMEOUT_S = 0.1
CHUNK_SIZE = 1 << 16

_STORED_RESULT = re.compile(rb'\s*\{\s*"query_result"\s*:\s*\{\s*"id"\s*:\s*([0-9]+)')
_UNKNOWN_KEY = "please login"
_SHUTTING_DOWN = "shut down imminent"
_TIME_LIMIT = "execution time limit"


class _Status(IntEnum):
    """Redash's own numbers. Others exist on paper only and are waited for."""

    STARTED = 2
    DONE = 3
    FAILED = 4
    CANCELED = 5


class QueryResult:
    """The rows of one result, read once and in order, as dicts by column name.

    `columns` are known before the first row. Reading raises QueryUnavailable
    when the rows break off and NotRedash when they cannot be read. The end
    releases the connection; whoever stops earlier has to `close`.
    """

    def __init__(self, address: QueryAddress, connection: ExitStack, rows: JsonRows) -> None:
        self.columns = rows.columns
        self._address = address
        self._connection = connection
        self._rows = rows

    def batches(self) -> Iterator[list[Row]]:
        """A few thousand rows at a time, which costs less than row by row."""
        with self._connection, _telling_faults(self._address):
            yield from self._rows

    def __iter__(self) -> Iterator[Row]:
        for batch in self.batches():
            yield from batch

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class RedashQuerySource:
    """Runs stored queries on the Redash server that their address names.

    `connect` opens every connection, so the outbound-host rule cannot be gone
    around. Besides the errors of a query, each verb raises what `connect`
    raises for a host it refuses. `time_left` tells how many seconds whoever
    asks has got: no answer is waited for longer.
    """

    def __init__(
        self,
        *,
        connect: Connect,
        allow_http: bool = False,
        tls: ssl.SSLContext | None = None,
        read_timeout_s: float = READ_TIMEOUT_S,
        time_left: Callable[[], float] | None = None,
        chunk_size: int = CHUNK_SIZE,
        block_size: int = BLOCK_SIZE,
    ) -> None:
        self._connect = connect
        self._allow_http = allow_http
        self._given_tls = tls
        self._read_timeout_s = read_timeout_s
        self._time_left = time_left
        self._chunk_size = chunk_size
        self._block_size = block_size

    def submit(self, address: QueryAddress, key: str) -> dict[str, Any]:
        """Start a fresh execution: `{"jobId": …}`, or `{"resultId": …}` when it is there already.

        All three fields always go along: without them Redash answers with any
        stored result, or limits the rows in silence.
        """
        fields = {
            "max_age": 0,
            "apply_auto_limit": False,
            "parameters": dict(address.parameters),
        }
        path = f"/api/queries/{address.query_id}/results"
        body = json.dumps(fields).encode()
        with self._request("POST", path, address, key, body=body) as answer:
            _refuse_unless_ok(answer, address, key, html_500_is_time_limit=True)
            # A stored result comes with all its rows; its id stands before them.
            if stored := _STORED_RESULT.match(answer.head()):
                return {"resultId": int(stored[1])}
            job = answer.json().get("job")
        if not isinstance(job, dict):
            raise NotRedash(address, "JSON without a job")
        if job.get("id"):
            return {"jobId": str(job["id"])}
        raise _failure(address, key, job)

    def text(self, address: QueryAddress, key: str) -> str:
        """The query as it is stored now, its parameters not filled in.

        It takes the key of a user who may see the query; its own key is answered as an unknown
        one, and raises KeyRefused.
        """
        path = f"/api/queries/{address.query_id}"
        with self._request("GET", path, address, key) as answer:
            _refuse_unless_ok(answer, address, key)
            text = answer.json().get("query")
        if not isinstance(text, str):
            raise NotRedash(address, "JSON without a query")
        # Half a surrogate pair, which JSON lets through, could not be written anywhere.
        return text.encode(errors="replace").decode()

    def poll(self, address: QueryAddress, key: str, job_id: str) -> dict[str, Any]:
        """How far a job is: `{"state": "queued" | "started" | "done", "resultId": …}`.

        `resultId` is None until the job is done. A job that failed raises:
        QueryRefused with the database's text, QueryTimedOut, or
        QueryUnavailable when the job was lost and may simply be submitted again.
        """
        job_name = quote(job_id, safe="")
        paths = (f"/api/jobs/{job_name}", f"/api/queries/{address.query_id}/jobs/{job_name}")
        with self._first_found(paths, address, key) as answer:
            if answer.status == 500 and answer.is_json:
                raise QueryUnavailable(address, "its job has vanished")
            _refuse_unless_ok(answer, address, key, html_500_is_time_limit=True)
            job = answer.json().get("job")
        if not isinstance(job, dict):
            raise NotRedash(address, "JSON without a job")
        status = job.get("status")
        if status in (_Status.FAILED, _Status.CANCELED):
            raise _failure(address, key, job)
        if status != _Status.DONE:
            # A result id may show before the job is done; it is not to be trusted.
            state = "started" if status == _Status.STARTED else "queued"
            return {"state": state, "resultId": None}
        result_id = job.get("query_result_id")
        if not isinstance(result_id, int):
            raise QueryUnavailable(address, "its job ended without a result")
        return {"state": "done", "resultId": result_id}

    def cancel(self, address: QueryAddress, key: str, job_id: str) -> None:
        """Ask Redash to stop a job. Best effort: a query's own key may not, and nothing is lost."""
        try:
            with self._request("DELETE", f"/api/jobs/{quote(job_id, safe='')}", address, key):
                return
        except DomainError:
            return

    def rows(
        self,
        address: QueryAddress,
        key: str,
        result_id: int | str,
        *,
        read_timeout_s: float | None = None,
    ) -> QueryResult:
        """The result with this id, as a stream.

        Redash builds the whole body before the first byte: for millions of
        rows, or on a second try, `read_timeout_s` should be larger.
        """
        name = f"{int(result_id)}.json"
        paths = (f"/api/query_results/{name}", f"/api/queries/{address.query_id}/results/{name}")
        with ExitStack() as opened:
            answer = opened.enter_context(self._first_found(paths, address, key, read_timeout_s))
            _refuse_unless_ok(answer, address, key)
            with _telling_faults(address):
                rows = JsonRows(answer.chunks(self._chunk_size), block_size=self._block_size)
            return QueryResult(address, opened.pop_all(), rows)

    @contextmanager
    def _first_found(
        self,
        paths: tuple[str, str],
        address: QueryAddress,
        key: str,
        read_timeout_s: float | None = None,
    ) -> Iterator[Answer]:
        """The answer of the user's route or, where that one is not found, of the query's."""
        users, querys = paths
        with self._request("GET", users, address, key, read_timeout_s=read_timeout_s) as answer:
            if answer.status != 404:
                yield answer
                return
        with self._request("GET", querys, address, key, read_timeout_s=read_timeout_s) as answer:
            yield answer

    def _request(
        self,
        method: str,
        path: str,
        address: QueryAddress,
        key: str,
        *,
        body: bytes | None = None,
        read_timeout_s: float | None = None,
    ) -> AbstractContextManager[Answer]:
        if address.scheme != "https" and not self._allow_http:
            raise QueryUrlInvalid("plain http is not allowed in this deployment; use https")
        timeout_s = read_timeout_s or self._read_timeout_s
        if self._time_left is not None:
            timeout_s = min(timeout_s, max(self._time_left(), SHORTEST_TIMEOUT_S))
        return request(
            method,
            path,
            address=address,
            key=key,
            body=body,
            connect=self._connect,
            tls=self._tls if address.scheme == "https" else None,
            timeout_s=timeout_s,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context()


def _refuse_unless_ok(
    answer: Answer, address: QueryAddress, key: str, *, html_500_is_time_limit: bool = False
) -> None:
    """Raise what the status and the kind of the answer mean, unless it is JSON that was asked for.

    A web page with status 200 is what a mistyped path gets with a valid key.
    """
    status = answer.status
    if 300 <= status < 400:
        raise NotRedash(address, f"a redirect ({status})")
    if status == 429:
        raise QueryUnavailable(address, "it has too many requests at the moment (429)")
    if status == 500 and not answer.is_json and html_500_is_time_limit:
        raise QueryTimedOut(address)
    if status >= 500:
        raise QueryUnavailable(address, f"it answered {status}")
    if not answer.is_json:
        raise NotRedash(address, f"a web page or a file (status {status})")
    if 200 <= status < 300:
        return
    reason = _without(key, _reason(answer.json()))
    if status == 401:
        raise QuerySourceGone(address)
    if status == 404 and _UNKNOWN_KEY in reason.lower():
        raise KeyRefused(address)
    raise QueryRefused(address, reason or f"it answered {status}")


def _without(key: str, reason: str) -> str:
    """What a server says may repeat what it was sent."""
    return reason.replace(key, "********")


def _reason(body: dict[str, Any]) -> str:
    job = body.get("job")
    return str((job.get("error") if isinstance(job, dict) else body.get("message")) or "")


def _failure(address: QueryAddress, key: str, job: dict[str, Any]) -> DomainError:
    reason = _without(key, str(job.get("error") or ""))
    if job.get("status") == _Status.CANCELED:
        return QueryRefused(address, reason or "its job was canceled")
    if not reason:
        return QueryUnavailable(address, "its job was killed without a reason")
    if _SHUTTING_DOWN in reason.lower():
        return QueryUnavailable(address, "its worker was shutting down")
    if _TIME_LIMIT in reason.lower():
        return QueryTimedOut(address)
    return QueryRefused(address, reason)


@contextmanager
def _telling_faults(address: QueryAddress) -> Iterator[None]:
    try:
        yield
    except CutShort:
        raise QueryUnavailable(address, "its rows broke off before the end") from None
    except Unreadable as fault:
        raise NotRedash(address, str(fault)) from None
