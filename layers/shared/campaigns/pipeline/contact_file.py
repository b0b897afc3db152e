"""The contact file out of its parts: as one, or cut into numbered ones that stand alone."""

from collections.abc import Iterator, Sequence
from itertools import islice

from campaigns.domain.errors import Invalid
from campaigns.domain.exporter import Exporter
from campaigns.domain.run import CONTACTS_OUTPUT, RunFile, RunRef, contacts_part, work_file
from campaigns.pipeline.csv_lines import raw_lines, start_of
from campaigns.pipeline.resolve import CONTACTS_PART
from campaigns.pipeline.sorted_parts import Segment, merged
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


def write_contacts(
    files: RunFiles, ref: RunRef, exporter: Exporter, parts: Sequence[Json]
) -> list[RunFile]:
    """One file, also for no line at all; numbered ones when there are more lines than one takes.

    Raises TooManyFiles.
    """
    lines = sum(part["lines"] for part in parts)
    most = exporter.format.max_rows_per_file or max(lines, 1)
    count = max(-(-lines // most), 1)
    if count > _MOST_FILES:
        raise TooManyFiles(count, lines, most)
    start = start_of(exporter.format, [one.output_name for one in exporter.columns])
    if count == 1 and not exporter.order:
        names = [work_file(CONTACTS_PART, place) for place in range(len(parts))]
        return [together(files, ref, CONTACTS_OUTPUT, start, names, rows=lines)]
    source = _lines(files, ref, exporter, parts)
    made: list[RunFile] = []
    for number in range(1, count + 1):
        name = CONTACTS_OUTPUT if count == 1 else contacts_part(number)
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


def _lines(
    files: RunFiles, ref: RunRef, exporter: Exporter, parts: Sequence[Json]
) -> Iterator[bytes]:
    if exporter.order:
        segments = [
            Segment(work_file(CONTACTS_PART, place), start, end)
            for place, part in enumerate(parts)
            for start, end in part["segments"]
        ]
        yield from merged(files, ref, segments)
        return
    for place in range(len(parts)):
        with files.read(ref, work_file(CONTACTS_PART, place)) as stream:
            yield from raw_lines(stream, exporter.format)
