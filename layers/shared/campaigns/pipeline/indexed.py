"""The lines of decisions.csv and rejects.csv, found by the person they are about.

A chunk sorts what it writes; the export puts the sorted parts together into one index. What
sending adds at the end of the files has an index of its own, so that none that somebody may just
be reading is ever replaced. The domain's row_index.py tells how they are read.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from campaigns.domain.row_index import (
    MARK,
    PERSON,
    Fences,
    key_of,
    row_key,
    source_of,
)
from campaigns.domain.run import (
    LATE_INDEX,
    LINES_INDEX,
    PEOPLE_INDEX,
    RunFile,
    RunRef,
    work_file,
)
from campaigns.pipeline.csv_lines import CsvLines, in_batches
from campaigns.ports import FileWriter, Json, RunFiles

PEOPLE_PART = "people.idx"
ROWS_PART = "rows.bin"
SCREEN_PEOPLE = work_file("screen-people.idx")
LINES_SORT = work_file("lines.sort")
_ROW = 8
_AT_ONCE = 250_000
"""Records that are sorted together: a list of Python's takes about 80 bytes for each."""
_LEAST_READ, _READ_AHEAD = 64 * 1024, 24 * 1024 * 1024
_BATCH = 2_000


class IndexedLines:
    """Writes rows to a file that is a part of an indexed one, and remembers whom each names."""

    def __init__(self, out: FileWriter, file: str, part: int | None, name_at: int) -> None:
        self._out = out
        self._source = source_of(file, part)
        self._name_at = name_at
        self._lines = CsvLines()
        self._place = 0
        self.records: list[bytes] = []

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        data, lengths = self._lines.encode_measured(rows)
        name = key = None
        for row, length in zip(rows, lengths, strict=True):
            # The lines of one person come one after the other; some name nobody.
            if row[self._name_at] != name:
                name = row[self._name_at]
                key = key_of(name)
            if name:
                self.records.append(PERSON.pack(key, self._source, length, self._place))
            self._place += length
        self._out.write(data)


def write_records(out: FileWriter, *writers: IndexedLines) -> int:
    """The sorted records of these, which have none any more; answers how many."""
    records = sorted(record for one in writers for record in one.records)
    for one in writers:
        one.records.clear()
    _write(out, records)
    return len(records)


def write_rows(out: FileWriter, rows: Iterable[str]) -> None:
    """The numbers of the rows that lines were made of, in the order of the lines."""
    out.write(b"".join(row_key(int(row)) for row in rows))


def people_index(
    files: RunFiles, ref: RunRef, screened: Json, parts: Sequence[Json], starts: Sequence[int]
) -> RunFile:
    """One index out of the parts. `starts` are the sizes of the headers, by file."""
    sizes = [(SCREEN_PEOPLE, int(screened["indexed"]))]
    sizes += [(work_file(PEOPLE_PART, i), int(part["indexed"])) for i, part in enumerate(parts)]
    return _together(files, ref, PEOPLE_INDEX, sizes, _beginnings(screened, parts, starts))


def late_index(
    files: RunFiles, ref: RunRef, sizes: Sequence[tuple[str, int]], starts: Sequence[int]
) -> RunFile:
    """Out of parts and their numbers of records. `starts` are how long the files were before."""
    return _together(files, ref, LATE_INDEX, sizes, [0, *starts])


def _together(
    files: RunFiles,
    ref: RunRef,
    name: str,
    sizes: Sequence[tuple[str, int]],
    beginnings: Sequence[int],
) -> RunFile:
    total = sum(count for _, count in sizes)
    buckets = max(-(-total // _AT_ONCE), 1)
    ahead = max(_READ_AHEAD // len(sizes), _LEAST_READ) // PERSON.size * PERSON.size
    sources = [_Source(files, ref, part, count, ahead) for part, count in sizes if count]
    fences = Fences()
    with files.write(ref, name) as out:
        out.write(MARK)
        for bucket in range(1, buckets + 1):
            bound = None if bucket == buckets else (bucket * 2**64 // buckets).to_bytes(8)
            records = sorted(record for one in sources for record in one.below(bound))
            fences.pass_by(records)
            _write(out, records)
        out.write(fences.tail(beginnings))
        out.rows = fences.records
    return out.facts


def _beginnings(screened: Json, parts: Sequence[Json], starts: Sequence[int]) -> list[int]:
    """Where each source begins in its file."""
    decisions, rejects = starts
    found = [rejects]
    rejects += int(screened["rejectBytes"])
    for part in parts:
        found += [decisions, rejects]
        decisions += int(part["decision_bytes"])
        rejects += int(part["reject_bytes"])
    return found


class _Source:
    """The sorted records of one part, taken from the front."""

    def __init__(self, files: RunFiles, ref: RunRef, name: str, count: int, ahead: int) -> None:
        self._files = files
        self._ref = ref
        self._name = name
        self._end = count * PERSON.size
        self._ahead = ahead
        self._next = 0
        self._held: list[bytes] = []

    def below(self, bound: bytes | None) -> Iterator[bytes]:
        """Those with a key below, or all that are left."""
        while True:
            if not self._held and not self._read():
                return
            place = len(self._held) if bound is None else bisect_left(self._held, bound)
            yield from self._held[:place]
            self._held = self._held[place:]
            if self._held:
                return

    def _read(self) -> bool:
        if self._next >= self._end:
            return False
        end = min(self._next + self._ahead, self._end)
        with self._files.read(self._ref, self._name, start=self._next, end=end) as stream:
            data = stream.read()
        self._held = _cut(data, PERSON.size)
        self._next = end
        return True


def rows_of_lines(files: RunFiles, ref: RunRef, parts: Sequence[Json]) -> Iterator[int]:
    """The rows of lines that stand in the order of the parts."""
    for place in range(len(parts)):
        with files.read(ref, work_file(ROWS_PART, place)) as stream:
            while data := stream.read(_BATCH * _ROW):
                yield from map(int.from_bytes, _cut(data, _ROW))


def lines_index(files: RunFiles, ref: RunRef, records: Iterable[bytes]) -> RunFile:
    """Out of what leads from rows to lines, in the order of the rows."""
    fences = Fences()
    with files.write(ref, LINES_INDEX) as out:
        out.write(MARK)
        for batch in in_batches(records, _BATCH):
            fences.pass_by(batch)
            out.write(b"".join(batch))
        out.write(fences.tail())
        out.rows = fences.records
    return out.facts


def _write(out: FileWriter, records: Sequence[bytes]) -> None:
    for start in range(0, len(records), _BATCH):
        out.write(b"".join(records[start : start + _BATCH]))


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[place : place + size] for place in range(0, len(data), size)]
