"""What is written can be read by somebody else's reader too: DuckDB's, which is strict."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from campaigns.domain.exporter import Encoding, FileFormat, Quote
from campaigns.pipeline.csv_lines import CsvLines, start_of
from tests.unit.pipeline.test_csv import CELL, HOSTILE, PLAIN_CELL

COLUMNS = ["a", "b", "c"]
ROW = st.lists(CELL, min_size=3, max_size=3)
NEVER = "\u0007never"
"""What stands for nothing, which no cell here is."""


def read(content: bytes, form: FileFormat, folder: Path) -> list[list[str]]:
    file = folder / "file.csv"
    file.write_bytes(content)
    ends = {"\r\n": "\\r\\n", "\n": "\\n"}
    quote = "" if form.quote is Quote.NONE else '"'
    found = duckdb.sql(
        """SELECT * FROM read_csv($file, delim = $delimiter, quote = $quote, escape = $quote,
        header = true, auto_detect = false, columns = {'a': 'VARCHAR', 'b': 'VARCHAR', 'c':
        'VARCHAR'}, nullstr = $never, max_line_size = 8000000, new_line = $ends, parallel = false)
        """,
        params={
            "file": str(file),
            "delimiter": form.delimiter,
            "quote": quote,
            "never": NEVER,
            "ends": ends[form.eol],
        },
    )
    assert found is not None
    return [list(row) for row in found.fetchall()]


def written(rows: list[list[str]], form: FileFormat) -> bytes:
    return start_of(form, COLUMNS) + CsvLines(form).encode(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(ROW, min_size=1, max_size=6),
    delimiter=st.sampled_from(",;|\t"),
    quote=st.sampled_from([Quote.MINIMAL, Quote.ALL]),
    eol=st.sampled_from(["\r\n", "\n"]),
    encoding=st.sampled_from([Encoding.UTF_8, Encoding.UTF_8_BOM]),
)
@example(
    rows=[["a\rb", "\r", "\n"]],
    delimiter=",",
    quote=Quote.MINIMAL,
    eol="\n",
    encoding=Encoding.UTF_8,
)
def test_cells_are_read_as_they_were_written(
    rows: list[list[str]],
    delimiter: str,
    quote: Quote,
    eol: str,
    encoding: Encoding,
    folder: Path,
) -> None:
    form = FileFormat(delimiter=delimiter, quote=quote, eol=eol, encoding=encoding)
    assert read(written(rows, form), form, folder) == rows


@pytest.mark.parametrize("quote", [Quote.MINIMAL, Quote.ALL])
def test_hostile_cells_are_read_as_they_were_written(quote: Quote, folder: Path) -> None:
    rows = [["row", cell, "end"] for cell in HOSTILE]
    form = FileFormat(quote=quote)
    assert read(written(rows, form), form, folder) == rows


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(PLAIN_CELL, min_size=3, max_size=3), min_size=1, max_size=6))
def test_cells_without_quotes_too(folder: Path, rows: list[list[str]]) -> None:
    form = FileFormat(delimiter="|", quote=Quote.NONE, eol="\n")
    assert read(written(rows, form), form, folder) == rows
