"""A table of a run for people who open it in a spreadsheet, which would execute some cells."""

import csv
from collections.abc import Iterable, Iterator

from campaigns.domain.exporter import FileFormat
from campaigns.domain.run import Run, TableUnreadable, is_contacts
from campaigns.pipeline.csv_lines import PLAIN, CsvLines, in_batches, mark_of, read_rows
from campaigns.ports import RunFiles

_BATCH = 2_000
_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001
"""What makes a formula of a cell, in the full-width forms of East Asian spreadsheets too."""


def spreadsheet_pieces(run: Run, name: str, *, files: RunFiles) -> Iterator[bytes]:
    """The file in its own format, with an apostrophe before what would be executed.

    Raises TableUnreadable.
    """
    form = _format_of(run, name)
    lines = CsvLines(form)
    with files.read(run.ref, name) as stream:
        yield mark_of(form)
        try:
            for batch in in_batches(read_rows(stream, form), _BATCH):
                yield lines.encode(map(_safe, batch))
        except (UnicodeDecodeError, csv.Error):
            raise TableUnreadable(name) from None


def _safe(row: Iterable[str]) -> list[str]:
    return [f"'{cell}" if cell.startswith(_STARTS) else cell for cell in row]


def _format_of(run: Run, name: str) -> FileFormat:
    return run.exporter.format if is_contacts(name) and run.exporter else PLAIN
