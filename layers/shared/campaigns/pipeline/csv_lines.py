"""CSV as bytes, a batch of rows at a time, and back."""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Literal

from campaigns.domain.exporter import FileFormat, Quote

# A cell may be as large as a query can make it; the module's own limit is 128 KB.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_QUOTING: dict[Quote, Literal[0, 1]] = {Quote.MINIMAL: csv.QUOTE_MINIMAL, Quote.ALL: csv.QUOTE_ALL}
_CRLF = "\r\n"
PLAIN = FileFormat()


class CsvLines:
    """Writes rows in one format. Reused for every batch of a file."""

    def __init__(self, format: FileFormat = PLAIN) -> None:
        self._buffer = io.StringIO() if format.eol == _CRLF else _OtherEnds(format.eol)
        self._writer = csv.writer(
            self._buffer,
            delimiter=format.delimiter,
            quoting=_QUOTING[format.quote],
            lineterminator=_CRLF,
        )

    def encode(self, rows: Iterable[Sequence[str]]) -> bytes:
        self._writer.writerows(rows)
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        # Half a surrogate pair, which some writers of JSON let through, is no character.
        return text.encode("utf-8", "replace")


class _OtherEnds(io.StringIO):
    """Ends each row in its own way.

    The writer itself is always told CRLF: it quotes a cell for a line end only when that is
    among its own, and a bare CR would end the line for most readers.
    """

    def __init__(self, eol: str) -> None:
        super().__init__()
        self._eol = eol

    def write(self, row: str) -> int:
        return super().write(row[: -len(_CRLF)] + self._eol)


def read_rows(stream: BinaryIO) -> Iterator[list[str]]:
    """Every record of a CSV file, the header too, as a stream."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        yield from csv.reader(text)
    finally:
        # Whoever opened the stream closes it, and may have done so before this ends.
        if not stream.closed:
            text.detach()


def in_batches(rows: Iterable[list[str]], size: int) -> Iterator[list[list[str]]]:
    batch: list[list[str]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
