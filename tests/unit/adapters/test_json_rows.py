"""The streaming reader of results against json.loads, whole documents against every cut."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.adapters import json_rows
from campaigns.adapters.json_rows import CutShort, JsonRows, Unreadable

Row = dict[str, Any]

COMPACT, SPACED = (",", ":"), (", ", ": ")

# Texts made of what could be mistaken for structure, beside arbitrary ones.
TEXTS = st.text(max_size=8) | st.text(alphabet='{}[]",:\\ né😀"rows', max_size=12)
CELLS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[Row]]:
    columns = draw(st.lists(TEXTS, unique=True, max_size=4))
    cells = st.lists(CELLS, min_size=len(columns), max_size=len(columns))
    rows = draw(st.lists(cells, max_size=12))
    return columns, [dict(zip(columns, row, strict=True)) for row in rows]


def document(
    columns: list[str],
    rows: list[Row],
    *,
    rows_first: bool = False,
    separators: tuple[str, str] = SPACED,
    ascii_only: bool = True,
    indent: int | None = None,
) -> bytes:
    declared = [{"name": name, "friendly_name": name, "type": None} for name in columns]
    data = (
        {"rows": rows, "columns": declared} if rows_first else {"columns": declared, "rows": rows}
    )
    result = {
        "id": 7,
        "query": 'SELECT "rows": [ {"query_result"',
        "data": data,
        "runtime": 0.5,
        "retrieved_at": "2025-03-03T06:00:00",
    }
    text = json.dumps(
        {"query_result": result}, separators=separators, ensure_ascii=ascii_only, indent=indent
    )
    return text.encode()


def pieces(whole: bytes, size: int) -> Iterator[bytes]:
    return (whole[start : start + size] for start in range(0, len(whole), size))


def read(whole: bytes, *, piece: int = 64, block: int = 64) -> tuple[list[str], list[Row]]:
    reader = JsonRows(pieces(whole, piece), block_size=block)
    return reader.columns, [row for batch in reader for row in batch]


@given(
    tables(),
    st.integers(1, 200),
    st.integers(1, 200),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(COMPACT, None), (SPACED, None), (COMPACT, 1)]),
)
@example((["a"], [{"a": "},{"}] * 9), 1, 7, False, False, (COMPACT, None))
@example((["a"], [{"a": [{"a": 1}, {"a": 2}]}] * 9), 3, 20, False, False, (COMPACT, None))
def test_any_table_cut_anywhere_reads_as_json_loads_reads_it(
    table: tuple[list[str], list[Row]],
    piece: int,
    block: int,
    rows_first: bool,
    ascii_only: bool,
    style: tuple[tuple[str, str], int | None],
) -> None:
    columns, rows = table
    separators, indent = style
    whole = document(
        columns,
        rows,
        rows_first=rows_first,
        separators=separators,
        ascii_only=ascii_only,
        indent=indent,
    )
    assert read(whole, piece=piece, block=block) == (columns, rows)
    assert rows == json.loads(whole)["query_result"]["data"]["rows"]


@given(tables(), st.integers(1, 60), st.booleans(), st.data())
def test_a_document_cut_short_is_never_taken_for_whole(
    table: tuple[list[str], list[Row]], block: int, rows_first: bool, data: st.DataObject
) -> None:
    whole = document(*table, rows_first=rows_first)
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(CutShort):
        read(whole[:end], block=block)


@pytest.mark.parametrize("block", [1, 30, 1000])
@pytest.mark.parametrize(
    "whole",
    [
        b"this is not JSON",
        b"<!DOCTYPE html><html></html>",
        b"[]",
        b'"rows"',
        b"{}",
        b"}",
        b'{"message": "no"}',
        b'{"query_result": null}',
        b'{"query_result": {"data": {}}}',
        b'{"query_result": {"data": {"rows": null, "columns": []}}}',
        b'{"query_result": {"rows": []}}',
        b'{"data": {"rows": []}}',
        b'[{"query_result": {"data": {"rows": []}}}]',
        b'{"query_result": {"data": {"columns": 1, "rows": []}}}',
        b'{"query_result": {"data": {"columns": [{"type": 1}], "rows": []}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [1, 2]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [[1], [2]]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [{"a": 1} {"a": 2}]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [{"a": 1}, ]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [, {"a": 1}]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [{"a": 1}x]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [{"a": tru}, {"a": 1}]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [{"a": 1]}]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [{"a": 1}]]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": [{"a": "\xff"}]}}}',
        b'{"query_result": {"data": {"columns": [], "rows": []}}} and more',
    ],
)
def test_what_is_no_result_is_said_to_be_none(whole: bytes, block: int) -> None:
    with pytest.raises(Unreadable):
        read(whole, block=block)


def test_columns_come_from_the_declaration_even_without_rows() -> None:
    assert read(document(["b", "a"], [])) == (["b", "a"], [])
    assert read(document(["b", "a"], [], rows_first=True)) == (["b", "a"], [])


def test_columns_that_were_declared_too_late_are_not_lost_in_silence() -> None:
    whole = document(["a", "b"], [{"a": 1}, {"a": 2, "b": 3}], rows_first=True)
    with pytest.raises(Unreadable, match="b"):
        read(whole)


def test_a_column_may_be_called_rows() -> None:
    rows = [{"rows": [{"rows": 1}], "data": "]}"}] * 5
    assert read(document(["rows", "data"], rows)) == (["rows", "data"], rows)


def test_what_other_writers_of_json_let_through_is_read_too() -> None:
    whole = document(["a"], [{"a": 1}, {"a": 2}]).replace(b'"a": 2', rb'"a": NaN, "b": "x\ud800"')
    assert read(whole)[1] == [{"a": 1}, {"a": None, "b": "x?"}]


def test_a_row_larger_than_a_block_is_one_row() -> None:
    rows: list[Row] = [{"a": "}]" * 500}, {"a": '},{"' * 500}, {"a": 1}]
    assert read(document(["a"], rows), block=16)[1] == rows


def test_a_row_without_an_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "LARGEST_ROW", 1000)

    def endless() -> Iterator[bytes]:
        yield b'{"query_result": {"data": {"columns": [], "rows": [{"a": "'
        while True:
            yield b"x" * 100

    with pytest.raises(Unreadable, match="larger"):
        list(JsonRows(endless(), block_size=100))


def test_an_envelope_without_an_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "LARGEST_ENVELOPE", 1000)

    def endless(start: bytes) -> Iterator[bytes]:
        yield start
        while True:
            yield b" " * 100

    for start in (b"{", b'{"query_result": {"data": {"columns": [], "rows": []'):
        with pytest.raises(Unreadable, match="does not"):
            list(JsonRows(endless(start), block_size=100))


def peak_of_reading(rows: int) -> int:
    def chunks() -> Iterator[bytes]:
        yield b'{"query_result": {"data": {"columns": [{"name": "id"}, {"name": "note"}], "rows": ['
        for start in range(0, rows, 1000):
            batch = [{"id": 100001 + n, "note": "a }, { b"} for n in range(start, start + 1000)]
            yield (b", " if start else b"") + json.dumps(batch)[1:-1].encode()
        yield b"]}}}"

    tracemalloc.start()
    try:
        assert sum(len(batch) for batch in JsonRows(chunks())) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows() -> None:
    few, many = peak_of_reading(20_000), peak_of_reading(200_000)
    assert many < few * 1.2
    assert many < 16 << 20
