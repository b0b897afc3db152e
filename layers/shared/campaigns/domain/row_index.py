"""Sorted records of one width in a file that is looked into and never read whole.

    mark | records in order | fences | sources

A record begins with its key, eight bytes that compare as they are. A fence is the key of every
256th record, a source the byte at which a part of the indexed file begins. How many there are of
each follows from the size of the file and its number of records, so whoever knows both reads the
fences, then the few records between two of them, and nothing else.

Three files may be kept of a run: PEOPLE_INDEX, LATE_INDEX of what sending added, and LINES_INDEX.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct, unpack
from typing import Self

from campaigns.domain.public_id import BORROWER, read
from campaigns.domain.run import DECISIONS, REJECTS, RunFile

MARK = b"runindex"
_FENCE = 256
_KEY = 8
_OURS = frozenset({30, 36})
"""Lengths of an id of ours, as it is shown and plain."""

PERSON = Struct(">8sIIQ")
"""Key of a person's name, number of a source, bytes of the line, and where in the source."""
LINE = Struct(">QII")
"""Row, number of the contact file's part (0: it is whole), line in it from 1 behind the header."""


def canonical(name: str) -> str:
    """A query's name for a person: our id where it is one in either form, else the lender's own."""
    # Most names are too short or too long for one of ours, which is seen faster than read.
    return (read(BORROWER, name) or name) if len(name) in _OURS else name


def key_of(name: str) -> bytes:
    """Of a person, by any name. Two people may share one, so what it leads to is looked at."""
    return blake2b(canonical(name).encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()


def row_key(row: int) -> bytes:
    return row.to_bytes(_KEY)


def source_of(file: str, part: int | None) -> int:
    """Rejects of the screening come first (no part), then decisions and rejects of each part."""
    if part is None:
        return 0
    return 2 * part + (1 if file == DECISIONS else 2)


def file_of(source: int) -> str:
    return DECISIONS if source % 2 else REJECTS


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in an index of `records`, each of `width` bytes."""

    width: int
    records: int
    sources: int = 0

    @classmethod
    def of(cls, file: RunFile, record: Struct) -> Self:
        """Of a file as its run knows it."""
        bare = cls(record.size, file.rows)
        return cls(record.size, file.rows, (file.bytes - bare.tail[1]) // _KEY)

    @property
    def tail(self) -> tuple[int, int]:
        """First byte of fences and sources, and the one behind the last."""
        start = len(MARK) + self.records * self.width
        return start, start + (-(-self.records // _FENCE) + self.sources) * _KEY

    def read_tail(self, tail: bytes) -> tuple[Sequence[int], Sequence[int]]:
        """Fences, and where sources begin."""
        numbers = unpack(f">{len(tail) // _KEY}Q", tail)
        fences = len(numbers) - self.sources
        return numbers[:fences], numbers[fences:]

    def block(self, fences: Sequence[int], key: bytes) -> tuple[int, int] | None:
        """The bytes among which every record of a key stands; None where none can."""
        wanted = int.from_bytes(key)
        end = bisect_right(fences, wanted)
        if end == 0:
            return None
        start = max(bisect_left(fences, wanted) - 1, 0)
        last = min(end * _FENCE, self.records)
        return len(MARK) + start * _FENCE * self.width, len(MARK) + last * self.width

    def of_key(self, block: bytes, key: bytes) -> Iterator[bytes]:
        for place in range(0, len(block), self.width):
            record = block[place : place + self.width]
            if record[:_KEY] == key:
                yield record


class Fences:
    """What is remembered of the records while they are written in order."""

    def __init__(self) -> None:
        self.records = 0
        self._keys: list[bytes] = []

    def pass_by(self, records: Sequence[bytes]) -> None:
        first = -self.records % _FENCE
        self._keys += [record[:_KEY] for record in records[first::_FENCE]]
        self.records += len(records)

    def tail(self, sources: Sequence[int] = ()) -> bytes:
        return b"".join([*self._keys, *(start.to_bytes(_KEY) for start in sources)])
