"""Read an uploaded file row by row, and tell of every row that is refused."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeAlias

import orjson

from campaigns.domain.errors import Invalid
from campaigns.domain.imports import (
    LARGEST_FILE,
    BadImportFile,
    ImportCounts,
    ImportFormat,
    ImportJob,
    ImportStatus,
)
from campaigns.domain.row_values import RowRefused
from campaigns.ports import Clock, ImportStore, Uploads

Row: TypeAlias = Mapping[str, Any]
Numbered: TypeAlias = Sequence[tuple[int, Row]]
CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
"""What a row that is taken may come to."""

_LONGEST_LINE = 100_000


@dataclass(frozen=True, slots=True)
class Columns:
    known: frozenset[str] | None
    """None: any."""
    required: frozenset[str]

    def check(self, header: Sequence[str]) -> None:
        """Raises BadImportFile."""
        if not header:
            raise BadImportFile("the file is empty; its first line must name the columns")
        if unknown := self.unknown(header):
            known = ", ".join(sorted(self.known or ()))
            raise BadImportFile(f"unknown columns {', '.join(unknown)}; known are {known}")
        if len(set(header)) != len(header):
            raise BadImportFile("the first line names a column twice")
        if missing := sorted(self.required - set(header)):
            are = "columns {} are" if len(missing) > 1 else "column {} is"
            raise BadImportFile(f"the {are.format(', '.join(missing))} missing")

    def unknown(self, names: Sequence[str]) -> list[str]:
        return [] if self.known is None else [one for one in names if one not in self.known]


@dataclass(frozen=True, slots=True)
class Taker:
    """What is done with rows: so many at a time, and what each came to is answered."""

    columns: Columns
    take: Callable[[Numbered], Mapping[int, str | Invalid]]
    at_once: int


def import_file(
    job: ImportJob, taker: Taker, *, imports: ImportStore, uploads: Uploads, now: Clock
) -> ImportJob:
    """Have the job's file taken. A job that has ended is left alone, so a repeated trigger is
    harmless.

    Its result file lists every refused row with its reason.
    """
    if job.status in (ImportStatus.COMPLETED, ImportStatus.FAILED):
        return job
    job = imports.move(job.moved(ImportStatus.RUNNING, at=now(), counts=ImportCounts()))
    work = _Work(taker)
    try:
        with uploads.read(job.upload_key, most=LARGEST_FILE) as stream:
            uploads.write(job.errors_key, work.run(_rows(stream, job.format, taker.columns)))
    except BadImportFile as bad:
        failed = job.moved(ImportStatus.FAILED, at=now(), counts=work.counts, error=str(bad))
        return imports.move(failed)
    return imports.move(job.moved(ImportStatus.COMPLETED, at=now(), counts=work.counts))


class _Work:
    def __init__(self, taker: Taker) -> None:
        self.counts = ImportCounts()
        self._taker = taker

    def run(self, rows: Iterator[tuple[int, Row | str]]) -> Iterator[bytes]:
        """Take all rows; what comes out is the result file, piece by piece."""
        yield _lines([("row", "field", "message")])
        batch: list[tuple[int, Row | str]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == self._taker.at_once:
                yield self._batch(batch)
                batch = []
        yield self._batch(batch)

    def _batch(self, batch: list[tuple[int, Row | str]]) -> bytes:
        results: dict[int, str | Invalid] = {
            number: RowRefused(row) for number, row in batch if isinstance(row, str)
        }
        results |= self._taker.take(
            [(number, row) for number, row in batch if not isinstance(row, str)]
        )
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
            created=counts.created + became[CREATED],
            updated=counts.updated + became[UPDATED],
            unchanged=counts.unchanged + became[UNCHANGED],
            rejected=counts.rejected + len(errors),
        )
        return _lines(errors)


def _rows(
    stream: BinaryIO, form: ImportFormat, columns: Columns
) -> Iterator[tuple[int, Row | str]]:
    """Numbered from 1; a row that cannot even be read comes as the reason why."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield from (_csv if form is ImportFormat.CSV else _ndjson)(text, columns)
    except UnicodeDecodeError as broken:
        raise BadImportFile(f"the file is not UTF-8: {broken.reason}") from None
    except csv.Error as broken:
        raise BadImportFile(f"the file is not CSV: {broken}") from None


def _csv(text: io.TextIOWrapper, columns: Columns) -> Iterator[tuple[int, Row | str]]:
    records = csv.reader(_text_lines(text))
    header = [name.strip() for name in next(records, [])]
    columns.check(header)
    for number, record in enumerate((one for one in records if one), start=1):
        if len(record) != len(header):
            yield number, f"has {len(record)} columns, the header has {len(header)}"
        else:
            yield number, dict(zip(header, record, strict=True))


def _ndjson(text: io.TextIOWrapper, columns: Columns) -> Iterator[tuple[int, Row | str]]:
    number = 0
    for line in _text_lines(text):
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
        elif unknown := sorted(columns.unknown(list(row))):
            yield number, f"has unknown fields: {', '.join(unknown)}"
        else:
            yield number, row


def _text_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """A file without any end of line must not be held in memory to find that out."""
    number = 0
    while line := text.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise BadImportFile(f"line {number} is longer than {_LONGEST_LINE} characters")
        yield line


def _lines(rows: Sequence[tuple[str, str, str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()
