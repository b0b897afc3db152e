"""CSV as bytes, a batch of rows at a time, and back."""

import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Literal, TypeVar

from campaigns.domain.exporter import Encoding, FileFormat, Quote

T = TypeVar("T")

# A cell may be as large as a query can make it; the module's own limit is 128 KB.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_QUOTING: dict[Quote, Literal[0, 1, 3]] = {
    Quote.MINIMAL: csv.QUOTE_MINIMAL,
    Quote.ALL: csv.QUOTE_ALL,
    Quote.NONE: csv.QUOTE_NONE,
}
_CRLF = "\r\n"
PLAIN = FileFormat()


class CsvLines:
    """Writes rows in one format. Reused for every batch of a file."""

    def __init__(self, format: FileFormat = PLAIN) -> None:
        self._buffer = io.StringIO() if format.eol == _CRLF else _OtherEnds(format.eol)
        self._codec = format.encoding.codec
        self._writer = (
            _Unquoted(self._buffer, format.delimiter)
            if format.quote is Quote.NONE
            else csv.writer(
                self._buffer,
                delimiter=format.delimiter,
                quoting=_QUOTING[format.quote],
                lineterminator=_CRLF,
            )
        )

    def encode(self, rows: Iterable[Sequence[str]]) -> bytes:
        self._writer.writerows(rows)
        return self._encoded(self._taken())

    def encode_measured(self, rows: Iterable[Sequence[str]]) -> tuple[bytes, list[int]]:
        """The lines together, and how many bytes each has."""
        ends = [self._writer.writerow(row) for row in rows]
        text = self._taken()
        data = self._encoded(text)
        if len(data) != len(text):
            ends = [len(self._encoded(line)) for line in _cut(text, ends)]
        return data, ends

    def encode_each(self, rows: Iterable[Sequence[str]]) -> list[bytes]:
        """The lines one by one."""
        ends = [self._writer.writerow(row) for row in rows]
        text = self._taken()
        return [self._encoded(line) for line in _cut(text, ends)]

    def _taken(self) -> str:
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text

    def _encoded(self, text: str) -> bytes:
        # Half a surrogate pair, which some writers of JSON let through, is no character.
        return text.encode(self._codec, "replace")


def _cut(text: str, lengths: Iterable[int]) -> Iterator[str]:
    start = 0
    for length in lengths:
        yield text[start : start + length]
        start += length


class _Unquoted:
    """Writes cells as they are: whoever calls has seen to it that none breaks the line."""

    def __init__(self, out: io.StringIO, delimiter: str) -> None:
        self._out = out
        self._delimiter = delimiter

    def writerow(self, row: Sequence[str]) -> int:
        return self._out.write(self._delimiter.join(row) + _CRLF)

    def writerows(self, rows: Iterable[Sequence[str]]) -> None:
        for row in rows:
            self.writerow(row)


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


def mark_of(format: FileFormat) -> bytes:
    """What tells the encoding at the very start of a file."""
    return codecs.BOM_UTF8 if format.encoding is Encoding.UTF_8_BOM else b""


def start_of(format: FileFormat, columns: Sequence[str]) -> bytes:
    """What stands before the first line of a file: the mark of its encoding, and its header."""
    return mark_of(format) + (CsvLines(format).encode([columns]) if format.header else b"")


def read_rows(stream: BinaryIO, format: FileFormat = PLAIN) -> Iterator[list[str]]:
    """Every record of a CSV file, the header too, as a stream."""
    codec = "utf-8-sig" if format.encoding is Encoding.UTF_8_BOM else format.encoding.codec
    text = io.TextIOWrapper(stream, encoding=codec, newline="")
    try:
        yield from csv.reader(text, delimiter=format.delimiter, quoting=_QUOTING[format.quote])
    finally:
        # Whoever opened the stream closes it, and may have done so before this ends.
        if not stream.closed:
            text.detach()


def raw_lines(stream: Iterable[bytes], format: FileFormat) -> Iterator[bytes]:
    """Every record of a file without its header, as it is written; quotes may hold line ends."""
    if format.quote is Quote.NONE:
        yield from stream
        return
    pieces: list[bytes] = []
    is_open = False
    for line in stream:
        # In each of our encodings a quote is this one byte; a doubled one changes nothing.
        if line.count(b'"') % 2:
            is_open = not is_open
        if is_open or pieces:
            pieces.append(line)
        if not is_open:
            yield b"".join(pieces) if pieces else line
            pieces.clear()


def in_batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
