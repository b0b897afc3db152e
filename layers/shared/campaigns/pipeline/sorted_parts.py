"""Lines in an order of their own: each chunk sorts what it writes, the export merges it.

A part is one or more segments, each sorted by itself, so that a chunk never holds more than one
of them; the merge reads a little of each segment ahead and holds no more either. A record is
the lengths of its key and its line, and the two.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct

from campaigns.domain.run import RunRef
from campaigns.ports import FileWriter, RunFiles

_LENGTHS = Struct(">II")
_SEGMENT = 48 * 1024 * 1024
"""Bytes that a chunk sorts at a time; a list of Python's needs some more around each line."""
_AROUND = 150
_READ_AHEAD = 96 * 1024 * 1024
"""Bytes that the merge holds of all segments together."""
_LEAST_READ, _MOST_READ = 64 * 1024, 1024 * 1024

Record = tuple[bytes, bytes]
"""Key and line. No two keys are equal."""


class SortedPart:
    """Writes the lines that come in as sorted segments of one file."""

    def __init__(self, out: FileWriter) -> None:
        self._out = out
        self._records: list[Record] = []
        self._held = 0
        self._place = 0
        self.segments: list[list[int]] = []
        """First byte, and the one behind the last, of each."""

    def add(self, records: Iterable[Record]) -> None:
        for record in records:
            self._records.append(record)
            self._held += len(record[0]) + len(record[1]) + _AROUND
            if self._held >= _SEGMENT:
                self.flush()

    def flush(self) -> None:
        """To be called once after the last line, too."""
        if not self._records:
            return
        start = self._place
        self._records.sort()
        for key, line in self._records:
            self._out.write(_LENGTHS.pack(len(key), len(line)) + key + line)
            self._place += _LENGTHS.size + len(key) + len(line)
        self.segments.append([start, self._place])
        self._records.clear()
        self._held = 0


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    start: int
    end: int


def merged(files: RunFiles, ref: RunRef, segments: Sequence[Segment]) -> Iterator[Record]:
    """The records of all segments in one order."""
    size = max(_LEAST_READ, min(_MOST_READ, _READ_AHEAD // max(len(segments), 1)))
    return heapq.merge(*(_records(files, ref, one, size) for one in segments))


def _records(files: RunFiles, ref: RunRef, segment: Segment, size: int) -> Iterator[Record]:
    """One request for every `size` bytes: hundreds of open ones would each time out in turn."""
    held, place, next_read = b"", 0, segment.start
    while True:
        need = _LENGTHS.size
        if len(held) - place >= need:
            of_key, of_line = _LENGTHS.unpack_from(held, place)
            need += of_key + of_line
        if len(held) - place >= need:
            key_at = place + _LENGTHS.size
            line_at = key_at + of_key
            place = line_at + of_line
            yield held[key_at:line_at], held[line_at:place]
            continue
        if next_read >= segment.end:
            return
        end = min(next_read + max(size, need), segment.end)
        with files.read(ref, segment.name, start=next_read, end=end) as stream:
            held = held[place:] + stream.read()
        place, next_read = 0, end
