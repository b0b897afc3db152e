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
PLAIN = FileFormat()


class CsvLines:
    """Writes rows in one format. Reused for every batch of a file."""

    def __init__(self, format: FileFormat = PLAIN) -> None:
        self._buffer = io.StringIO()
        self._writer = csv.writer(
            self._buffer,
            delimiter=format.delimiter,
            quoting=_QUOTING[format.quote],
            lineterminator=format.eol,
        )

    def encode(self, rows: Iterable[Sequence[str]]) -> bytes:
        self._writer.writerows(rows)
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        # Half a surrogate pair, which some writers of JSON let through, is no character.
        return text.encode("utf-8", "replace")


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
