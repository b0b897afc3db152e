"""Why a person was contacted or not: found by a few reads of a few kilobytes in a run's files."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

import orjson

from campaigns.domain.customer import Customer
from campaigns.domain.guard import Verdict
from campaigns.domain.identity import of_external
from campaigns.domain.public_id import BORROWER, read
from campaigns.domain.row_index import (
    LINE,
    PERSON,
    Layout,
    canonical,
    file_of,
    key_of,
    row_key,
)
from campaigns.domain.run import (
    CONTACTS_OUTPUT,
    DECISIONS,
    LATE_INDEX,
    LINES_INDEX,
    PEOPLE_INDEX,
    Run,
    RunFile,
    RunFileNotFound,
    RunRef,
    contacts_part,
)
from campaigns.domain.run_decisions import (
    LinePlace,
    PointDecided,
    RowDecided,
    RowRejected,
    RunDecisions,
    why_nothing_is_known,
)
from campaigns.domain.run_tables import DECIDED_NAME, REJECTED_NAME
from campaigns.ports import People, RunFiles

_MOST_RECORDS = 1_000
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody whose decisions are asked for. `names` are canonical."""

    id: str
    """Ours; of somebody we do not know, the name that was asked for."""
    names: frozenset[str]


def who(company_id: str, name: str, *, people: People) -> Asked:
    """By our id in either form, or by the lender's own.

    Also somebody we do not know: a run may have rejected the name for just that.
    """
    ours = read(BORROWER, name)
    ids = [id for id in (ours, of_external(company_id, "customer", name)) if id is not None]
    known = people.customers(company_id, ids)
    person = next((known[id] for id in ids if id in known), None)
    if person is None:
        return Asked(name, frozenset({canonical(name)}))
    return known_as(person, people=people)


def known_as(person: Customer, *, people: People) -> Asked:
    external = canonical(person.external_id)
    like_ours = read(BORROWER, person.external_id)
    # A lender's id that reads like one of ours names the one of ours, where there is one.
    if like_ours not in (None, person.id) and people.customers(person.company_id, [external]):
        return Asked(person.id, frozenset({person.id}))
    return Asked(person.id, frozenset({person.id, external}))


def find_decisions(run: Run, asked: Asked, *, files: RunFiles) -> RunDecisions:
    if _file(run, PEOPLE_INDEX) is None:
        return RunDecisions(run, (), why_nothing_is_known(run))
    places: dict[str, list[tuple[int, int]]] = {}
    count = 0
    keys = sorted({key_of(name) for name in asked.names})
    for file, start, end in islice(_places(run, keys, files), _MOST_RECORDS + 1):
        count += 1
        if count <= _MOST_RECORDS:
            places.setdefault(file, []).append((start, end))
    rows: dict[int, RowDecided] = {}
    for file, ranges in places.items():
        for cells in _cells(files, run.ref, file, sorted(ranges)):
            name = cells[DECIDED_NAME if file == DECISIONS else REJECTED_NAME]
            if canonical(name) in asked.names:
                _add(rows, cells, file)
    found = tuple(rows[number] for number in sorted(rows))
    return RunDecisions(run, _with_lines(run, found, files), complete=count <= _MOST_RECORDS)


def find_in_runs(runs: Iterable[Run], asked: Asked, *, files: RunFiles) -> list[RunDecisions]:
    """Of several runs, in their order; a few are looked into at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        return list(workers.map(lambda run: find_decisions(run, asked, files=files), runs))


def _file(run: Run, name: str) -> RunFile | None:
    try:
        return run.file(name)
    except RunFileNotFound:
        return None


def _bytes(files: RunFiles, ref: RunRef, name: str, start: int, end: int) -> bytes:
    if start == end:
        return b""
    with files.read(ref, name, start=start, end=end) as stream:
        return stream.read()


def _places(run: Run, keys: Sequence[bytes], files: RunFiles) -> Iterator[tuple[str, int, int]]:
    """In which file from which byte to which the lines stand that may be about somebody."""
    for name in (PEOPLE_INDEX, LATE_INDEX):
        index = _file(run, name)
        if index is None:
            continue
        layout = Layout.of(index, PERSON)
        fences, sources = layout.read_tail(_bytes(files, run.ref, name, *layout.tail))
        for key in keys:
            for record in _records(files, run.ref, name, layout, fences, key):
                _, source, length, at = PERSON.unpack(record)
                start = sources[source] + at
                yield file_of(source), start, start + length


def _records(
    files: RunFiles, ref: RunRef, name: str, layout: Layout, fences: Sequence[int], key: bytes
) -> Iterator[bytes]:
    block = layout.block(fences, key)
    if block is not None:
        yield from layout.of_key(_bytes(files, ref, name, *block), key)


def _cells(
    files: RunFiles, ref: RunRef, file: str, ranges: Sequence[tuple[int, int]]
) -> Iterator[list[str]]:
    """Lines that follow one another are read together."""
    together: list[tuple[int, int]] = []
    for start, end in ranges:
        if together and together[-1][1] == start:
            together[-1] = (together[-1][0], end)
        else:
            together.append((start, end))
    for start, end in together:
        text = _bytes(files, ref, file, start, end).decode()
        yield from csv.reader(io.StringIO(text, newline=""))


def _add(rows: dict[int, RowDecided], cells: list[str], file: str) -> None:
    if file == DECISIONS:
        number, name, loan, channel, address, verdict, rule, version, facts = cells
        decided = PointDecided(
            channel, address, Verdict(verdict), rule, version, orjson.loads(facts)
        )
        row = rows.get(int(number)) or RowDecided(int(number), name, loan)
        rows[row.row] = replace(row, decisions=(*row.decisions, decided))
    else:
        number, reason, name, loan, detail = cells
        row = rows.get(int(number)) or RowDecided(int(number), name, loan)
        rows[row.row] = replace(row, rejects=(*row.rejects, RowRejected(reason, detail)))


def _with_lines(run: Run, rows: tuple[RowDecided, ...], files: RunFiles) -> tuple[RowDecided, ...]:
    index = _file(run, LINES_INDEX)
    if index is None or not rows:
        return rows
    layout = Layout.of(index, LINE)
    fences, _ = layout.read_tail(_bytes(files, run.ref, LINES_INDEX, *layout.tail))

    def lined(row: RowDecided) -> RowDecided:
        records = _records(files, run.ref, LINES_INDEX, layout, fences, row_key(row.row))
        return replace(row, lines=tuple(_line(record) for record in records))

    return tuple(lined(row) if row.decisions else row for row in rows)


def _line(record: bytes) -> LinePlace:
    _, part, line = LINE.unpack(record)
    return LinePlace(contacts_part(part) if part else CONTACTS_OUTPUT, line)
