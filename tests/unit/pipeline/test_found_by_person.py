"""What a run decided about one person is found without reading its files whole."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.adapters.memory import MemoryPeople, MemoryRunFiles
from campaigns.domain import row_index
from campaigns.domain.customer import Customer, Flag
from campaigns.domain.exporter import Criteria, FileFormat, Rows, SortKey
from campaigns.domain.public_id import BORROWER, show
from campaigns.domain.row_index import MARK, Fences, Layout
from campaigns.domain.run import PEOPLE_INDEX, RunRef, RunStatus
from campaigns.domain.run_decisions import RowOutcome, RunDecisions
from campaigns.pipeline import indexed
from campaigns.pipeline import resolve as resolve_stage
from campaigns.pipeline import screen as screen_stage
from campaigns.usecases.find_decisions import find_decisions, find_in_runs, who
from tests.builders import COMPANY, a_customer, a_phone, a_run, an_email, an_exporter, an_id
from tests.unit.pipeline.world import World


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_stage, "_LEAST_CHUNK", 4)
    monkeypatch.setattr(screen_stage, "_BATCH", 3)
    monkeypatch.setattr(resolve_stage, "_BATCH", 2)
    monkeypatch.setattr(indexed, "_AT_ONCE", 5)
    monkeypatch.setattr(indexed, "_LEAST_READ", 48)
    monkeypatch.setattr(indexed, "_READ_AHEAD", 1)
    monkeypatch.setattr(row_index, "_FENCE", 3)


def person(number: int) -> Customer:
    contacts = {
        0: [a_phone("+15125550100"), a_phone("+15125550101", "home")],
        1: [a_phone("+15125550102")],
        2: [an_email("only@example.com")],
    }[number % 3]
    flags = frozenset({Flag.CEASE}) if number % 5 == 4 else frozenset[Flag]()
    return a_customer(str(100 + number), *contacts, flags=flags)


PEOPLE = [person(number) for number in range(12)]


def a_world(audience: Sequence[dict[str, Any]], **but: Any) -> World:
    phones = Criteria(contact_type=frozenset({"phone"}))
    exporter = an_exporter("query.n", "contact.phone", criteria=phones, **but)
    world = World(audience, exporter=exporter, people=PEOPLE, columns=["borrowerId", "loanId", "n"])
    assert world.execute().status is RunStatus.COMPLETED
    return world


def asked(world: World, name: str) -> RunDecisions:
    return find_decisions(world.run, who(COMPANY, name, people=world.people), files=world.files)


def told(world: World, found: RunDecisions) -> Iterator[tuple[Any, ...]]:
    """As the lines of the two tables tell it."""
    for row in found.rows:
        for one in row.decisions:
            yield str(row.row), row.name, row.loan_id, one.address, one.verdict.value, one.rule_id
        for reject in row.rejects:
            yield str(row.row), row.name, row.loan_id, reject.reason


def scanned(world: World, names: set[str]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for row in world.table("decisions.csv")[1:]:
        if row[1] in names:
            found.append((row[0], row[1], row[2], row[4], row[5], row[6]))
    for row in world.table("rejects.csv")[1:]:
        if row[2] in names:
            found.append((row[0], row[2], row[3], row[1]))
    return found


spellings = st.sampled_from(["external", "uuid", "UUID", "shown"])


def spelled(one: Customer, how: str) -> str:
    return {
        "external": one.external_id,
        "uuid": one.id,
        "UUID": one.id.upper(),
        "shown": show(BORROWER, one.id),
    }[how]


IN_THREES = FileFormat(max_rows_per_file=3)
rows = st.lists(
    st.tuples(st.integers(0, 13), spellings, st.sampled_from(["", "9"])), min_size=1, max_size=25
)
layouts = st.sampled_from(
    [
        {},
        {"rows": Rows.LONG},
        {"order": (SortKey(by="contact.phone"), SortKey(by="query.n"))},
        {"format": FileFormat(max_rows_per_file=2)},
        {
            "rows": Rows.LONG,
            "order": (SortKey(by="query.n"),),
            "format": FileFormat(max_rows_per_file=3),
        },
    ]
)


@settings(max_examples=40, deadline=None)
@given(rows, layouts)
def test_everybody_is_found_by_any_name_with_all_that_was_decided_and_nothing_else(
    asked_for: list[tuple[int, str, str]], layout: dict[str, Any]
) -> None:
    audience = [*PEOPLE, a_customer("unknown-1"), a_customer("unknown-2")]
    world = a_world(
        [
            {"borrowerId": spelled(audience[who], how), "loanId": loan, "n": str(number)}
            for number, (who, how, loan) in enumerate(asked_for, start=1)
        ],
        **layout,
    )
    for number, one in enumerate(audience):
        known = number < len(PEOPLE)
        hows = ["external", "uuid", "UUID", "shown"] if known else ["external"]
        names = {spelled(one, how) for how in hows}
        for how in hows:
            found = asked(world, spelled(one, how))
            assert (found.complete, found.why_none) == (True, None)
            assert sorted(told(world, found)) == sorted(scanned(world, names))
            for row in found.rows:
                lines = [world.table(at.file)[at.line] for at in row.lines]
                assert all(line[0] == str(row.row) for line in lines)
                assert bool(lines) == (row.outcome is RowOutcome.EXPORTED)
    contacts = [name for name in world.run.available_files if name.startswith("contacts")]
    lines_there = sum(len(world.table(name)) - 1 for name in contacts)
    found_lines = sum(
        len(row.lines) for one in audience[: len(PEOPLE)] for row in asked(world, one.id).rows
    )
    assert found_lines == lines_there


def test_who_shares_the_key_of_another_is_not_taken_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one_key = lambda name: bytes(8)  # noqa: E731
    monkeypatch.setattr("campaigns.pipeline.indexed.key_of", one_key)
    monkeypatch.setattr("campaigns.usecases.find_decisions.key_of", one_key)
    world = a_world([{"borrowerId": one.external_id, "n": "1"} for one in PEOPLE])
    for one in PEOPLE:
        assert {row.name for row in asked(world, one.id).rows} == {one.external_id}


def test_what_became_of_a_row_is_said_in_one_word() -> None:
    world = a_world(
        [{"borrowerId": one.external_id, "n": "1"} for one in (PEOPLE[0], PEOPLE[2], PEOPLE[4])]
        + [{"borrowerId": "100", "n": "1"}, {"borrowerId": "nobody", "n": "1"}]
    )
    outcomes = [
        (row.row, row.outcome.value, [one.rule_id for one in row.decisions])
        for name in ("100", "102", "104", "nobody")
        for row in asked(world, name).rows
    ]
    assert outcomes == [
        (1, "exported", ["none"]),
        (4, "rejected", []),
        (2, "rejected", []),
        (3, "suppressed", ["cease"]),
        (5, "rejected", []),
    ]


def test_a_run_that_decided_nothing_says_so() -> None:
    people = MemoryPeople()
    someone = who(COMPANY, "100", people=people)
    run = a_run(id=an_id())
    runs = [run, run.moved(RunStatus.CANCELED, at=run.created_at)]
    told = [one.why_none for one in find_in_runs(runs, someone, files=MemoryRunFiles())]
    assert told == [
        "the run has not decided about anybody yet",
        "the run is canceled and had not decided about anybody",
    ]


def test_a_lenders_id_that_reads_like_one_of_ours_names_the_one_of_ours() -> None:
    people = MemoryPeople()
    ours = a_customer("100")
    theirs = a_customer(ours.id)
    people.put_customers([ours, theirs])
    assert who(COMPANY, ours.id, people=people).id == ours.id
    assert who(COMPANY, theirs.id, people=people).names == {theirs.id}


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=60), st.integers(0, 3), st.integers(0, 41))
def test_an_index_answers_what_a_scan_would(keys: list[int], sources: int, wanted: int) -> None:
    records = sorted(key.to_bytes(8) + place.to_bytes(4) for place, key in enumerate(sorted(keys)))
    fences = Fences()
    for start in range(0, len(records), 7):
        fences.pass_by(records[start : start + 7])
    tail = fences.tail(range(100, 100 + sources))
    data = MARK + b"".join(records) + tail
    layout = Layout(12, len(records), sources)
    assert layout.tail == (len(data) - len(tail), len(data))
    keys_of_fences, starts = layout.read_tail(tail)
    assert list(starts) == list(range(100, 100 + sources))
    key = wanted.to_bytes(8)
    place = layout.block(keys_of_fences, key)
    found = [] if place is None else list(layout.of_key(data[place[0] : place[1]], key))
    assert found == [record for record in records if record[:8] == key]


class Counting(MemoryRunFiles):
    """Counts what is read, and how much."""

    def __init__(self, kept: MemoryRunFiles) -> None:
        super().__init__()
        self.kept = kept.kept
        self.read_bytes: list[int] = []

    def read(self, ref: RunRef, name: str, *, start: int = 0, end: int | None = None) -> Any:
        assert end is not None
        self.read_bytes.append(end - start)
        return super().read(ref, name, start=start, end=end)


def test_little_is_read_of_a_long_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    people = [person(number) for number in range(3_000)]
    rows = [{"borrowerId": one.external_id, "n": "1"} for one in people]
    world = World(rows, exporter=an_exporter("query.n"), people=people)
    world.execute()
    files = Counting(world.files)
    someone = who(COMPANY, people[1].id, people=world.people)
    [row] = find_decisions(world.run, someone, files=files).rows
    assert row.outcome is RowOutcome.EXPORTED
    assert len(files.read_bytes) == 6
    assert sum(files.read_bytes) < len(world.content(PEOPLE_INDEX)) / 4
