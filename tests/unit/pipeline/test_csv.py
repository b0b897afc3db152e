"""Cells come out as they went in, however hostile."""

import csv
import io
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.domain.exporter import Encoding, FileFormat, Quote
from campaigns.domain.query import text_of
from campaigns.pipeline.csv_lines import CsvLines, in_batches, raw_lines, read_rows, start_of
from tests.builders import a_customer, an_exporter
from tests.unit.pipeline.world import World, read_csv

QUOTED = [Quote.MINIMAL, Quote.ALL]
CELL = st.text(st.characters(codec="utf-8"))
HOSTILE = [
    "",
    " ",
    '"',
    '""',
    ",",
    "a,b",
    "line\nbreak",
    "line\r\nbreak",
    "carriage\rreturn",
    "\0",
    "nul\0inside",
    "'; DROP TABLE borrowers; --",
    "=1+1",
    "+15125550123",
    "@cmd",
    "\ufeffmark",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "😀 ünï 漢字",
    "e\u0301",
    "\\",
    "\t|;",
    "null",
    "x" * 1_000_000,
]


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=5))
@example([[""]])
@example([["\r"], ["\n"], ["\0"]])
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    written = CsvLines().encode(rows)
    assert list(read_rows(io.BytesIO(written))) == rows


@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=5),
    delimiter=st.sampled_from(",;|\t"),
    quote=st.sampled_from(QUOTED),
    eol=st.sampled_from(["\r\n", "\n"]),
)
@example([["a\rb", "c"]], ",", Quote.MINIMAL, "\n")
def test_every_format_can_be_read_by_whoever_knows_it(
    rows: list[list[str]], delimiter: str, quote: Quote, eol: str
) -> None:
    form = FileFormat(delimiter=delimiter, quote=quote, eol=eol)
    assert read_csv(CsvLines(form).encode(rows), delimiter=delimiter) == rows


@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8),
    quote=st.sampled_from(QUOTED),
    eol=st.sampled_from(["\r\n", "\n"]),
)
def test_a_line_by_itself_is_what_the_file_holds(
    rows: list[list[str]], quote: Quote, eol: str
) -> None:
    form = FileFormat(quote=quote, eol=eol)
    whole = CsvLines(form).encode(rows)
    each = CsvLines(form).encode_each(rows)
    assert b"".join(each) == whole
    assert CsvLines(form).encode_measured(rows) == (whole, [len(line) for line in each])
    assert list(raw_lines(io.BytesIO(whole), form)) == each


PLAIN_CELL = st.text(st.characters(codec="utf-8", exclude_characters="|\r\n"))


@given(st.lists(st.lists(PLAIN_CELL, min_size=2, max_size=4), max_size=5))
@example([['"quoted"', 'a "b']])
def test_without_quotes_cells_stand_as_they_are(rows: list[list[str]]) -> None:
    form = FileFormat(delimiter="|", quote=Quote.NONE, eol="\n")
    written = CsvLines(form).encode(rows)
    assert written == "".join("|".join(row) + "\n" for row in rows).encode()
    assert list(read_rows(io.BytesIO(written), form)) == rows
    assert b"".join(raw_lines(io.BytesIO(written), form)) == written


@pytest.mark.parametrize(
    ("encoding", "start"),
    [
        (Encoding.UTF_8, b"\xc3\xa9,b\r\n"),
        (Encoding.UTF_8_BOM, b"\xef\xbb\xbf\xc3\xa9,b\r\n"),
        (Encoding.LATIN_1, b"\xe9,b\r\n"),
        (Encoding.WINDOWS_1252, b"\xe9,b\r\n"),
    ],
)
def test_a_file_starts_with_its_mark_and_its_header(encoding: Encoding, start: bytes) -> None:
    form = FileFormat(encoding=encoding)
    assert start_of(form, ["é", "b"]) == start
    assert list(read_rows(io.BytesIO(start), form)) == [["é", "b"]]
    mark = start_of(FileFormat(encoding=encoding, header=False), ["é", "b"])
    assert mark == (b"\xef\xbb\xbf" if encoding is Encoding.UTF_8_BOM else b"")


def test_a_format_looks_as_it_was_asked_for() -> None:
    rows = [["1", "a b", ""], ["2", 'say "x"', "é"]]
    assert CsvLines().encode(rows) == '1,a b,\r\n2,"say ""x""",é\r\n'.encode()
    piped = FileFormat(delimiter="|", quote=Quote.ALL, eol="\n")
    assert CsvLines(piped).encode(rows[:1]) == b'"1"|"a b"|""\n'


def test_a_writer_forgets_nothing_and_repeats_nothing_between_batches() -> None:
    lines = CsvLines()
    pieces = [lines.encode([["a" * 1000]]), lines.encode([]), lines.encode([["b"]])]
    assert pieces == [b"a" * 1000 + b"\r\n", b"", b"b\r\n"]


def test_half_a_character_is_no_character() -> None:
    assert CsvLines().encode([["\ud83d!"]]) == b"?!\r\n"


@given(st.lists(st.lists(CELL, min_size=1, max_size=1)), st.integers(1, 5))
def test_batches_keep_every_row_in_order(rows: list[list[str]], size: int) -> None:
    batches = list(in_batches(rows, size))
    assert [row for batch in batches for row in batch] == rows
    assert all(len(batch) == size for batch in batches[:-1])


def test_reading_leaves_its_stream_open() -> None:
    stream = io.BytesIO(b"a\r\nb\r\n")
    assert next(read_rows(stream)) == ["a"]
    assert not stream.closed


@pytest.mark.parametrize("quote", QUOTED)
@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_hostile_cells_travel_unchanged_from_the_query_to_the_contact_file(
    eol: str, quote: Quote
) -> None:
    name = 'no,"te\n'
    rows: list[dict[str, Any]] = [
        {"borrowerId": number, name: cell} for number, cell in enumerate(HOSTILE, start=1)
    ]
    exporter = an_exporter(
        "person.externalId", f"query.{name}", format=FileFormat(quote=quote, eol=eol)
    )
    people = [a_customer(str(row["borrowerId"])) for row in rows]
    world = World(rows, exporter=exporter, people=people, sftp=None)
    world.execute()
    expected = [[str(number), cell] for number, cell in enumerate(HOSTILE, start=1)]
    assert world.table("query_results.csv") == [["borrowerId", name], *expected]
    assert [row[3] for row in world.table("campaign_input.csv")] == [f"query.{name}", *HOSTILE]
    assert world.table("contacts_output.csv")[1:] == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (1.0, "1.0"),
        (10**30, "1" + "0" * 30),
        ({"a": ["ü"]}, '{"a":["ü"]}'),
    ],
)
def test_a_value_that_is_no_text_is_written_as_it_came(value: Any, text: str) -> None:
    assert text_of(value) == text
    world = World([{"borrowerId": 1, "value": value}], sftp=None)
    world.execute()
    assert world.table("query_results.csv")[1] == ["1", text]


def test_a_cell_of_many_megabytes_is_read() -> None:
    assert csv.field_size_limit() > 100_000_000
