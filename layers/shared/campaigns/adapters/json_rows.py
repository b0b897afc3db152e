"""The rows of a Redash result, read as a stream: flat memory, and faster than json.load.

Rows are cut off in blocks of a quarter megabyte that end where a row ends, and
each block is decoded at once. Where a row ends is guessed from the bytes and
proved by the decoding: a block starts at a row and is put in brackets, so it
decodes only when it stops exactly behind a row. Where guesses fail, which
takes lists of objects or texts full of braces inside the rows, the block is
scanned token by token instead.

Integers are exact within 64 bits; larger ones come as floats.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

Row = dict[str, Any]

BLOCK_SIZE = 1 << 18
# Everything around the rows: the columns, and the text of the query.
LARGEST_ENVELOPE = 16 << 20
LARGEST_ROW = 64 << 20
# A wrong guess costs about as much as decoding the block, a scan several times that.
MOST_GUESSES = 3

_BETWEEN_ROWS = (b'},{"', b'}, {"')
_AFTER_ROWS = (b"}]",)
_BLANK = b" \t\r\n"
# A text is matched even where it is cut off at the end of the bytes: group 1 is empty then.
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)'
_TOKEN = re.compile(_TEXT + rb"|[{}\[\],:]", re.DOTALL)
_NESTING = re.compile(_TEXT + rb"|[{}\[\]]", re.DOTALL)


class CutShort(Exception):
    """The document ended before it was complete."""


class Unreadable(Exception):
    """This is not a Redash result; the text says what there is instead."""


class JsonRows:
    """One pass over the bytes of a result document; iterating gives batches of rows.

    `columns` are known from the start: the declared ones, or the first row's
    where a server writes the rows before the columns. Raises CutShort and
    Unreadable, at once or while iterating, and whatever `chunks` raises.
    """

    columns: list[str]

    def __init__(self, chunks: Iterable[bytes], *, block_size: int = BLOCK_SIZE) -> None:
        self._chunks = iter(chunks)
        self._block_size = block_size
        self._buffer = b""
        self._ended = False
        self._at_first_row = True
        self._at_closing_bracket = False
        self._first_batch: list[Row] = []
        self._columns_behind: list[str] = []
        self._head, depth = self._read_head()
        self.columns = _columns(_decode(self._head + b"]" + b"}" * depth))
        if not self.columns:
            self._first_batch = self._next_batch()
            self.columns = list(self._first_batch[0]) if self._first_batch else self._columns_behind

    def __iter__(self) -> Iterator[list[Row]]:
        batch, self._first_batch = self._first_batch or self._next_batch(), []
        while batch:
            yield batch
            batch = self._next_batch()
        # Columns that were declared too late to be used must not be lost in silence.
        if lost := [name for name in self._columns_behind if name not in self.columns]:
            raise Unreadable(f"columns that its first row does not have ({', '.join(lost)})")

    def _read_head(self) -> tuple[bytes, int]:
        """The bytes up to and with the bracket before the first row, and how deep it stands."""
        envelope = _Envelope()
        while (start := envelope.rows_start(self._buffer)) is None:
            if self._ended:
                raise _fault(self._buffer)
            if len(self._buffer) > LARGEST_ENVELOPE:
                raise Unreadable("a document that does not get to its rows")
            self._fill(len(self._buffer) + self._block_size)
        head, self._buffer = self._buffer[:start], self._buffer[start:]
        return head, envelope.depth

    def _read_tail(self) -> None:
        """Check that the document is whole; the buffer starts at the bracket behind the rows."""
        while not self._ended:
            if len(self._buffer) > LARGEST_ENVELOPE:
                raise Unreadable("a document that does not end after its rows")
            self._fill(len(self._buffer) + self._block_size)
        document = self._head + self._buffer
        try:
            self._columns_behind = _columns(_decode(document))
        except Unreadable:
            raise _fault(document) from None

    def _next_batch(self) -> list[Row]:
        """The next rows; empty when there are no more."""
        if self._at_closing_bracket:
            return []
        wanted = self._block_size
        while True:
            self._fill(wanted)
            batch = self._guessed()
            if batch is None:
                batch = self._scanned()
            if batch is not None:
                break
            if self._ended:
                raise CutShort
            if len(self._buffer) > LARGEST_ROW:
                raise Unreadable(f"a row larger than {LARGEST_ROW >> 20} MB")
            wanted = 2 * len(self._buffer)
        if self._at_closing_bracket:
            self._read_tail()
        return batch

    def _guessed(self) -> list[Row] | None:
        """Rows up to what looks like the end of a row, if it proves to be one."""
        end = len(self._buffer)
        for _ in range(MOST_GUESSES):
            marks = _AFTER_ROWS if self._ended else _BETWEEN_ROWS
            end = max(self._buffer.rfind(mark, 0, end) for mark in marks)
            if end < 0:
                return None
            try:
                batch = orjson.loads(b"[" + self._buffer[: end + 1] + b"]")
            except orjson.JSONDecodeError:
                continue
            self._step_behind_row(end + 1)
            return _rows(batch)
        return None

    def _scanned(self) -> list[Row] | None:
        """The rows that are complete, found by reading every token; None when not one is."""
        row_end, bracket = _nesting(self._buffer)
        if bracket is not None:
            if self._buffer[row_end:bracket].strip(_BLANK) or not (row_end or self._at_first_row):
                raise Unreadable("something else than rows among its rows")
        elif not row_end:
            return None
        batch = _rows(_decode(b"[" + self._buffer[:row_end] + b"]"))
        if bracket is None:
            self._step_behind_row(row_end)
        else:
            self._at_closing_bracket = True
            self._buffer = self._buffer[bracket:]
        return batch

    def _step_behind_row(self, end: int) -> None:
        """Go on to where the next row starts, or to the bracket that ends the rows."""
        self._at_first_row = False
        self._buffer = self._buffer[end:].lstrip(_BLANK)
        while not self._buffer and not self._ended:
            self._fill(1)
            self._buffer = self._buffer.lstrip(_BLANK)
        if self._buffer.startswith(b"]"):
            self._at_closing_bracket = True
        elif self._buffer.startswith(b","):
            self._buffer = self._buffer[1:]
        elif self._buffer:
            raise Unreadable("something else than rows among its rows")

    def _fill(self, size: int) -> None:
        """Read until the buffer holds this many bytes or the document has ended."""
        have = len(self._buffer)
        if have >= size or self._ended:
            return
        parts = [self._buffer]
        for chunk in self._chunks:
            parts.append(chunk)
            have += len(chunk)
            if have >= size:
                break
        else:
            self._ended = True
        self._buffer = b"".join(parts)


class _Envelope:
    """Follows the nesting of a growing document up to where its rows start."""

    _BEFORE_ROWS = (b"", b'"query_result"', b'"data"')

    def __init__(self) -> None:
        self._position = 0
        self._opened: list[tuple[bool, bytes]] = []  # is it an object; under which key it stands
        self._key = b""
        self._at_key = False

    @property
    def depth(self) -> int:
        return len(self._opened)

    def rows_start(self, document: bytes) -> int | None:
        for match in _TOKEN.finditer(document, self._position):
            mark = match[0][:1]
            if mark == b'"':
                if not match[1]:
                    return None
                if self._at_key:
                    self._key = match[0]
            elif mark in (b"{", b"["):
                if mark == b"[" and self._key == b'"rows"' and self._is_in_data():
                    return match.end()
                self._opened.append((mark == b"{", self._key))
                self._key, self._at_key = b"", mark == b"{"
            elif mark in (b"}", b"]"):
                if not self._opened:
                    raise Unreadable("something that is not JSON")
                self._opened.pop()
                self._key = b""
            else:
                self._at_key = mark == b"," and bool(self._opened) and self._opened[-1][0]
            self._position = match.end()
        return None

    def _is_in_data(self) -> bool:
        return tuple(key for _, key in self._opened) == self._BEFORE_ROWS


def _nesting(rows: bytes) -> tuple[int, int | None]:
    """Where the last complete row ends (0 when none does), and where the rows' bracket closes."""
    depth = row_end = 0
    for match in _NESTING.finditer(rows):
        mark = match[0][:1]
        if mark == b'"':
            if not match[1]:
                break
        elif mark in (b"{", b"["):
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                row_end = match.end()
        else:
            return row_end, match.start()
    return row_end, None


def _decode(document: bytes) -> Any:
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError:
        pass
    # What other writers of JSON let through and orjson does not: half a surrogate pair, NaN.
    try:
        lenient = json.loads(document, parse_constant=lambda _: None)
        text = json.dumps(lenient, ensure_ascii=False, allow_nan=False)
        return orjson.loads(text.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Unreadable("something that is not JSON") from None


def _rows(batch: list[Any]) -> list[Row]:
    if set(map(type, batch)) - {dict}:
        raise Unreadable("something else than rows among its rows")
    return batch


def _columns(document: Any) -> list[str]:
    """The declared columns in their order; none when the document does not declare them (yet)."""
    declared = document["query_result"]["data"].get("columns") or []
    try:
        return [str(column["name"]) for column in declared]
    except (TypeError, KeyError):
        raise Unreadable("columns without names") from None


def _fault(document: bytes) -> Exception:
    """What is wrong with a document that has no rows, or nothing sound behind them."""
    start = document.lstrip(_BLANK)
    if not start:
        return CutShort()
    if not start.startswith(b"{"):
        return Unreadable("something that is not a JSON object")
    object_end, _ = _nesting(start)
    return Unreadable("JSON without a query result") if object_end else CutShort()
