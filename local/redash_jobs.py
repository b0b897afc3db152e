"""What runs the local Redash's queries: jobs on a few workers, results in files.

Rows go from SQLite to the result file in batches, so a result of millions of
rows costs disk, not memory.
"""

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any
from urllib.parse import quote

_BATCH = 5000
_KEPT_RESULTS = 100


class Status(IntEnum):
    QUEUED = 1
    STARTED = 2
    DONE = 3
    FAILED = 4


@dataclass
class Job:
    query_id: int
    sql: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = Status.QUEUED
    error: str = ""
    result_id: int | None = None
    past_its_limit: bool = False
    canceled: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> bool:
        """Take it up, unless it was canceled while it waited."""
        with self._lock:
            if self.status is not Status.QUEUED:
                return False
            self.status = Status.STARTED
            return True

    def end(self, status: Status, *, error: str = "", result_id: int | None = None) -> None:
        """Settle it; the first to do so wins."""
        with self._lock:
            if self.status in (Status.QUEUED, Status.STARTED):
                self.error, self.result_id, self.status = error, result_id, status

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "updated_at": 0,
            "status": self.status,
            "error": self.error,
            "result": self.result_id,
            "query_result_id": self.result_id,
        }


class Results:
    """Finished results in a folder, numbered; the oldest make room for the newest."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._last = max((int(file.stem) for file in folder.glob("*.about")), default=0)

    def add(self, job: Job, columns: list[str], batches: Iterator[list[Any]]) -> int:
        started = time.monotonic()
        with self._lock:
            self._last += 1
            result_id = self._last
        with self._file(result_id, "columns").open("w") as columns_file:
            with self._file(result_id, "rows").open("w") as rows_file:
                kinds = _write_rows(rows_file, columns, batches)
            declared = [
                {"name": name, "friendly_name": name, "type": kind}
                for name, kind in zip(columns, kinds, strict=True)
            ]
            columns_file.write(json.dumps(declared))
        about = {
            "id": result_id,
            "query_hash": f"{hash(job.sql) & 0xFFFFFFFF:08x}",
            "query": job.sql,
            "data_source_id": 1,
            "runtime": time.monotonic() - started,
            "retrieved_at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        }
        self._file(result_id, "about").write_text(json.dumps({**about, "query_id": job.query_id}))
        for kind in ("about", "columns", "rows"):
            self._file(result_id - _KEPT_RESULTS, kind).unlink(missing_ok=True)
        return result_id

    def about(self, result_id: int) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self._file(result_id, "about").read_text())
        except FileNotFoundError:
            return None
        return found

    def latest(self, query_id: int) -> int | None:
        for result_id in range(self._last, max(0, self._last - _KEPT_RESULTS), -1):
            about = self.about(result_id)
            if about and about["query_id"] == query_id:
                return result_id
        return None

    def columns(self, result_id: int) -> bytes:
        return self._file(result_id, "columns").read_bytes()

    def rows(self, result_id: int) -> bytes:
        return self._file(result_id, "rows").read_bytes()

    def _file(self, result_id: int, kind: str) -> Path:
        return self._folder / f"{result_id}.{kind}"


class Jobs:
    """Runs queries read-only against one SQLite file, a few at a time, the others queued."""

    def __init__(
        self, database: Path, results: Results, *, workers: int, time_limit_s: float | None
    ) -> None:
        self._database = f"file:{quote(str(database.resolve()))}?mode=ro"
        self._results = results
        self._time_limit_s = time_limit_s
        self._waiting: SimpleQueue[Job] = SimpleQueue()
        self._known: dict[str, Job] = {}
        for _ in range(workers):
            threading.Thread(target=self._work, daemon=True).start()

    def submit(self, query_id: int, sql: str) -> Job:
        job = Job(query_id, sql)
        self._known[job.id] = job
        self._waiting.put(job)
        return job

    def find(self, job_id: str) -> Job | None:
        return self._known.get(job_id)

    def forget_all(self) -> None:
        """Lose every job, as a restart of the real one's queue does."""
        self._known.clear()

    def cancel(self, job: Job) -> None:
        job.end(Status.FAILED, error="Query cancelled by user.")
        job.canceled.set()

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            if job.start():
                self._run(job)

    def _run(self, job: Job) -> None:
        with closing(self._connection(job)) as connection:
            limit = threading.Timer(self._time_limit_s or 0, self._pass_limit, (job,))
            if self._time_limit_s:
                limit.start()
            try:
                cursor = connection.execute(job.sql)
                columns = _unique([name for name, *_ in cursor.description or ()])
                result_id = self._results.add(job, columns, _batches(cursor))
            except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
                job.end(Status.FAILED, error=str(error))
            else:
                job.end(Status.DONE, result_id=result_id)
            finally:
                limit.cancel()

    def _connection(self, job: Job) -> sqlite3.Connection:
        connection = sqlite3.connect(self._database, uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = 1")
        connection.create_function("wait_until_canceled", 0, job.canceled.wait)
        # Asked every few thousand steps, so that any query can be canceled.
        connection.set_progress_handler(lambda: int(job.canceled.is_set()), 5000)
        return connection

    def _pass_limit(self, job: Job) -> None:
        job.past_its_limit = True
        job.canceled.set()


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[Any]]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


def _write_rows(
    file: IO[str], columns: list[str], batches: Iterator[list[Any]]
) -> list[str | None]:
    """Write a JSON list of objects; say of each column what its first values are."""
    kinds: list[str | None] = [None] * len(columns)
    separator = "["
    for batch in batches:
        if separator == "[":
            kinds = [_kind(values) for values in zip(*batch, strict=True)]
        rows = [dict(zip(columns, row, strict=True)) for row in batch]
        file.write(separator + json.dumps(rows, allow_nan=False)[1:-1])
        separator = ", "
    file.write("[]" if separator == "[" else "]")
    return kinds


def _kind(values: tuple[Any, ...]) -> str | None:
    """Texts have no type in Redash's columns; that is not an oversight here."""
    first = next((value for value in values if value is not None), None)
    return {int: "integer", float: "float"}.get(type(first))


def _unique(names: list[str]) -> list[str]:
    """A second column of one name gets a number: id, id1."""
    unique: list[str] = []
    for name in names:
        number = 0
        while (candidate := f"{name}{number or ''}") in unique:
            number += 1
        unique.append(candidate)
    return unique
