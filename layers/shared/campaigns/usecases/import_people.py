"""Take an uploaded file of customers or accounts, row by row: good rows are kept."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, BinaryIO, Generic, TypeVar

import orjson

from campaigns.domain.account import Account
from campaigns.domain.customer import Customer
from campaigns.domain.errors import Invalid
from campaigns.domain.imports import (
    BadImportFile,
    ImportCounts,
    ImportFormat,
    ImportJob,
    ImportKind,
    ImportMode,
    ImportStatus,
)
from campaigns.domain.people_rows import (
    ACCOUNT_COLUMNS,
    CUSTOMER_COLUMNS,
    account_id,
    account_of,
    customer_id,
    customer_of,
    external_id_of,
)
from campaigns.domain.row_values import RowRefused
from campaigns.ports import Clock, ImportStore, People, Uploads

T = TypeVar("T", Customer, Account)
Row = Mapping[str, Any]

_BATCH = 500
_LONGEST_LINE = 100_000
_TRIES = 10
_CREATED, _UPDATED, _UNCHANGED = "created", "updated", "unchanged"


def import_people(
    company_id: str,
    job_id: str,
    *,
    imports: ImportStore,
    uploads: Uploads,
    people: People,
    now: Clock,
) -> ImportJob:
    """Import the job's file. A job that has ended is left alone, so a repeated trigger is harmless.

    Its result file lists every refused row with its reason. Raises ImportNotFound.
    """
    job = imports.get(company_id, job_id)
    if job.status in (ImportStatus.COMPLETED, ImportStatus.FAILED):
        return job
    job = imports.move(job.moved(ImportStatus.RUNNING, at=now(), counts=ImportCounts()))
    work = _work(job, people)
    try:
        with uploads.read(job.upload_key) as stream:
            uploads.write(job.errors_key, work.run(_rows(stream, job.format, work.kind.columns)))
    except BadImportFile as bad:
        failed = job.moved(ImportStatus.FAILED, at=now(), counts=work.counts, error=str(bad))
        return imports.move(failed)
    return imports.move(job.moved(ImportStatus.COMPLETED, at=now(), counts=work.counts))


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    columns: frozenset[str]
    id_of: Callable[[str, str], str]
    make: Callable[[str, Row, T | None, bool], T]
    read: Callable[[str, Sequence[str]], Mapping[str, T]]
    write: Callable[[Sequence[T]], frozenset[str]]


def _work(job: ImportJob, people: People) -> "_Work[Any]":
    if job.kind is ImportKind.CUSTOMERS:
        customers: _Kind[Customer] = _Kind(
            CUSTOMER_COLUMNS, customer_id, customer_of, people.customers, people.put_customers
        )
        return _Work(job, customers)
    accounts: _Kind[Account] = _Kind(
        ACCOUNT_COLUMNS, account_id, account_of, people.accounts, people.put_accounts
    )
    return _Work(job, accounts)


class _Work(Generic[T]):
    def __init__(self, job: ImportJob, kind: _Kind[T]) -> None:
        self.kind: _Kind[T] = kind
        self.counts = ImportCounts()
        self._company = job.company_id
        self._merges = job.mode is ImportMode.MERGE

    def run(self, rows: Iterator[tuple[int, Row | str]]) -> Iterator[bytes]:
        """Take all rows; what comes out is the result file, piece by piece."""
        yield _lines([("row", "field", "message")])
        batch: list[tuple[int, Row | str]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                yield self._batch(batch)
                batch = []
        yield self._batch(batch)

    def _batch(self, batch: list[tuple[int, Row | str]]) -> bytes:
        results: dict[int, str | Invalid] = {}
        named: dict[str, list[tuple[int, Row]]] = {}
        for number, row in batch:
            try:
                if isinstance(row, str):
                    raise RowRefused(row)
                id = self.kind.id_of(self._company, external_id_of(row))
                named.setdefault(id, []).append((number, row))
            except Invalid as refusal:
                results[number] = refusal
        self._keep(named, results)
        became = Counter(one for one in results.values() if isinstance(one, str))
        errors = [
            (str(number), one.field or "", str(one))
            for number, one in sorted(results.items())
            if isinstance(one, Invalid)
        ]
        counts = self.counts
        self.counts = replace(
            counts,
            rows=counts.rows + len(batch),
            created=counts.created + became[_CREATED],
            updated=counts.updated + became[_UPDATED],
            unchanged=counts.unchanged + became[_UNCHANGED],
            rejected=counts.rejected + len(errors),
        )
        return _lines(errors)

    def _keep(
        self, named: Mapping[str, list[tuple[int, Row]]], results: dict[int, str | Invalid]
    ) -> None:
        """Rows of records that change under our hands are applied anew to what is there now."""
        left = dict(named)
        for _ in range(_TRIES):
            kept = self.kind.read(self._company, list(left))
            made = {id: self._applied(rows, kept.get(id), results) for id, rows in left.items()}
            changed = [one for id, one in made.items() if one is not None and one != kept.get(id)]
            left = {id: left[id] for id in self.kind.write(changed)}
            if not left:
                return
        for number, _row in chain.from_iterable(left.values()):
            results[number] = RowRefused("kept being changed by others; import this row again")

    def _applied(
        self, rows: list[tuple[int, Row]], one: T | None, results: dict[int, str | Invalid]
    ) -> T | None:
        for number, row in rows:
            try:
                made = self.kind.make(self._company, row, one, self._merges)
            except Invalid as refusal:
                results[number] = refusal
                continue
            results[number] = _CREATED if one is None else _UPDATED if made != one else _UNCHANGED
            one = made
        return one


def _rows(
    stream: BinaryIO, form: ImportFormat, columns: frozenset[str]
) -> Iterator[tuple[int, Row | str]]:
    """Numbered from 1; a row that cannot even be read comes as the reason why."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield from (_csv if form is ImportFormat.CSV else _ndjson)(text, columns)
    except UnicodeDecodeError as broken:
        raise BadImportFile(f"the file is not UTF-8: {broken.reason}") from None
    except csv.Error as broken:
        raise BadImportFile(f"the file is not CSV: {broken}") from None


def _csv(text: io.TextIOWrapper, columns: frozenset[str]) -> Iterator[tuple[int, Row | str]]:
    records = csv.reader(text)
    header = [name.strip() for name in next(records, [])]
    _check_columns(header, columns)
    for number, record in enumerate((one for one in records if one), start=1):
        if len(record) != len(header):
            yield number, f"has {len(record)} columns, the header has {len(header)}"
        else:
            yield number, dict(zip(header, record, strict=True))


def _ndjson(text: io.TextIOWrapper, columns: frozenset[str]) -> Iterator[tuple[int, Row | str]]:
    number = 0
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise BadImportFile(f"line {number + 1} is longer than {_LONGEST_LINE} characters")
        if not line.strip():
            continue
        number += 1
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as broken:
            yield number, f"is not JSON: {broken}"
            continue
        if not isinstance(row, dict):
            yield number, "is not a JSON object"
        elif unknown := sorted(row.keys() - columns):
            yield number, f"has unknown fields: {', '.join(unknown)}"
        else:
            yield number, row


def _check_columns(header: list[str], columns: frozenset[str]) -> None:
    if not header:
        raise BadImportFile("the file is empty; its first line must name the columns")
    if unknown := [name for name in header if name not in columns]:
        raise BadImportFile(
            f"unknown columns {', '.join(unknown)}; known are {', '.join(sorted(columns))}"
        )
    if len(set(header)) != len(header):
        raise BadImportFile("the first line names a column twice")
    if "externalId" not in header:
        raise BadImportFile("the column externalId is missing")


def _lines(rows: Sequence[tuple[str, str, str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()
