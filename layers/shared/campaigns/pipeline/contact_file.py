"""The contact file out of its parts: as one, or cut into numbered ones that stand alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice

from campaigns.domain.errors import Invalid
from campaigns.domain.exporter import Exporter
from campaigns.domain.row_index import LINE
from campaigns.domain.run import (
    CONTACTS_OUTPUT,
    RunFile,
    RunRef,
    Window,
    contacts_part,
    work_file,
)
from campaigns.domain.sort_keys import row_of, window_of
from campaigns.pipeline.csv_lines import raw_lines, start_of
from campaigns.pipeline.indexed import LINES_SORT, lines_index, rows_of_lines
from campaigns.pipeline.resolve import CONTACTS_PART
from campaigns.pipeline.sorted_parts import Record, Segment, SortedPart, merged
from campaigns.ports import FileWriter, Json, RunFiles

_PIECE = 1024 * 1024
_LINES = 1_000
_MOST_FILES = 200


class TooManyFiles(Invalid):
    code = "too_many_files"

    def __init__(self, files: int, lines: int, most: int) -> None:
        super().__init__(
            f"{lines} lines at {most} a file (format.maxRowsPerFile) would be {files} files;"
            f" a run makes at most {_MOST_FILES}"
        )


class TooManyWindows(TooManyFiles):
    def __init__(self) -> None:
        Invalid.__init__(
            self,
            "a file for each window of hours (sftpSettings.split), of at most"
            f" format.maxRowsPerFile lines, would be more than the {_MOST_FILES} files that a run"
            " makes",
        )


def write_contacts(
    files: RunFiles, ref: RunRef, exporter: Exporter, parts: Sequence[Json], *, splits: bool = False
) -> list[RunFile]:
    """One file, also for no line at all; numbered ones when there are more lines than one takes.

    With `splits`, each window of hours has numbered files of its own, the first window first.
    After them comes the index that leads from rows to their lines.
    Raises TooManyFiles.
    """
    lines = sum(part["lines"] for part in parts)
    most = exporter.format.max_rows_per_file or max(lines, 1)
    count = max(-(-lines // most), 1)
    if count > _MOST_FILES:
        raise TooManyFiles(count, lines, most)
    start = start_of(exporter.format, [one.output_name for one in exporter.columns])
    if splits and lines:
        return _by_window(files, ref, start, parts, most)
    if count == 1 and not exporter.order:
        names = [work_file(CONTACTS_PART, place) for place in range(len(parts))]
        made = [together(files, ref, CONTACTS_OUTPUT, start, names, rows=lines)]
        return [*made, lines_index(files, ref, _found(files, ref, parts, most, in_parts=False))]
    names = [CONTACTS_OUTPUT] if count == 1 else [contacts_part(n + 1) for n in range(count)]
    if not exporter.order:
        made = _cut(files, ref, names, start, _lines(files, ref, exporter, parts), most)
        return [*made, lines_index(files, ref, _found(files, ref, parts, most, in_parts=True))]
    with files.write(ref, LINES_SORT) as by_row:
        sorting = SortedPart(by_row)
        ordered = _noted(_ordered(files, ref, parts), sorting, most, in_parts=count > 1)
        made = _cut(files, ref, names, start, ordered, most)
        sorting.flush()
    return [*made, _sorted_index(files, ref, sorting)]


def _by_window(
    files: RunFiles, ref: RunRef, start: bytes, parts: Sequence[Json], most: int
) -> list[RunFile]:
    made: list[RunFile] = []
    with files.write(ref, LINES_SORT) as by_row:
        sorting = SortedPart(by_row)
        for part, (window, records) in enumerate(_pieces(_ordered(files, ref, parts), most)):
            if part == _MOST_FILES:
                raise TooManyWindows
            with files.write(ref, contacts_part(part + 1)) as out:
                out.write(start)
                out.rows = _copy(_noted_in(records, sorting, part + 1), out, most)
            made.append(replace(out.facts, window=window))
        sorting.flush()
    return [*made, _sorted_index(files, ref, sorting)]


def _pieces(
    records: Iterator[Record], most: int
) -> Iterator[tuple[Window | None, Iterator[Record]]]:
    """Records of one window, so many at most; to be read before the next are asked for."""
    for window, its in groupby(records, lambda record: window_of(record[0])):
        yield from ((window, piece) for piece in _sliced(its, most))


def _sliced(records: Iterator[Record], most: int) -> Iterator[Iterator[Record]]:
    for first in records:
        yield chain([first], islice(records, most - 1))


def _noted_in(records: Iterator[Record], sorting: SortedPart, part: int) -> Iterator[bytes]:
    """The lines of these, which are all of one part."""
    for place, (key, line) in enumerate(records):
        sorting.add([(LINE.pack(row_of(key), part, place + 1), b"")])
        yield line


def _sorted_index(files: RunFiles, ref: RunRef, sorting: SortedPart) -> RunFile:
    segments = [Segment(LINES_SORT, first, end) for first, end in sorting.segments]
    return lines_index(files, ref, (record for record, _ in merged(files, ref, segments)))


def _cut(
    files: RunFiles,
    ref: RunRef,
    names: Sequence[str],
    start: bytes,
    source: Iterator[bytes],
    most: int,
) -> list[RunFile]:
    made: list[RunFile] = []
    for name in names:
        with files.write(ref, name) as out:
            out.write(start)
            out.rows = _copy(source, out, most)
        made.append(out.facts)
    return made


def together(
    files: RunFiles, ref: RunRef, name: str, start: bytes, parts: Sequence[str], *, rows: int
) -> RunFile:
    """One file of what stands in the parts, one after the other."""
    with files.write(ref, name) as out:
        out.write(start)
        for part in parts:
            with files.read(ref, part) as stream:
                while piece := stream.read(_PIECE):
                    out.write(piece)
        out.rows = rows
    return out.facts


def _copy(lines: Iterator[bytes], out: FileWriter, most: int) -> int:
    copied = 0
    while batch := list(islice(lines, min(_LINES, most - copied))):
        out.write(b"".join(batch))
        copied += len(batch)
    return copied


def _found(
    files: RunFiles, ref: RunRef, parts: Sequence[Json], most: int, *, in_parts: bool
) -> Iterator[bytes]:
    """Which row became which line, of a file in the order of the rows."""
    for place, row in enumerate(rows_of_lines(files, ref, parts)):
        yield _record(row, place, most, in_parts=in_parts)


def _noted(
    records: Iterator[Record], sorting: SortedPart, most: int, *, in_parts: bool
) -> Iterator[bytes]:
    """The lines of these; which row became which line goes to `sorting`."""
    for place, (key, line) in enumerate(records):
        sorting.add([(_record(row_of(key), place, most, in_parts=in_parts), b"")])
        yield line


def _record(row: int, place: int, most: int, *, in_parts: bool) -> bytes:
    """Of the line at a place, counted from 0 through all files."""
    part, line = divmod(place, most)
    return LINE.pack(row, part + 1 if in_parts else 0, line + 1)


def _ordered(files: RunFiles, ref: RunRef, parts: Sequence[Json]) -> Iterator[Record]:
    segments = [
        Segment(work_file(CONTACTS_PART, place), start, end)
        for place, part in enumerate(parts)
        for start, end in part["segments"]
    ]
    return merged(files, ref, segments)


def _lines(
    files: RunFiles, ref: RunRef, exporter: Exporter, parts: Sequence[Json]
) -> Iterator[bytes]:
    for place in range(len(parts)):
        with files.read(ref, work_file(CONTACTS_PART, place)) as stream:
            yield from raw_lines(stream, exporter.format)
