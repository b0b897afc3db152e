"""The contact file as a whole: its order, its parts, what does not fit into it."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.customer import Flag
from campaigns.domain.exporter import (
    Column,
    Compliance,
    Criteria,
    Direction,
    EmptyFile,
    Encoding,
    FileFormat,
    Lists,
    PhoneFormat,
    Quote,
    Rows,
    SortKey,
)
from campaigns.domain.run import OVERRIDE, RunStatus, is_contacts
from campaigns.pipeline import contact_file, sorted_parts
from campaigns.pipeline import resolve as resolve_stage
from campaigns.pipeline import screen as screen_stage
from tests.builders import a_customer, a_phone, an_account, an_email, an_exporter
from tests.unit.pipeline.world import World

MOBILE, HOME = a_phone("+15125550123", "mobile"), a_phone("+12125550124", "home")
GERMAN = a_phone("+49301234567", "mobile")


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven rows are a chunk, three a batch, a few lines a segment."""
    cut(monkeypatch, 2, 7, 3, 600)


def cut(patch: pytest.MonkeyPatch, screened: int, chunk: int, resolved: int, segment: int) -> None:
    patch.setattr(screen_stage, "_BATCH", screened)
    patch.setattr(screen_stage, "_LEAST_CHUNK", chunk)
    patch.setattr(resolve_stage, "_BATCH", resolved)
    patch.setattr(sorted_parts, "_SEGMENT", segment)
    patch.setattr(sorted_parts, "_LEAST_READ", 16)
    patch.setattr(sorted_parts, "_MOST_READ", 40)


def a_world(values: Sequence[Any], **but: Any) -> World:
    """One person a row, with a value."""
    rows = [{"borrowerId": number, "x": value} for number, value in enumerate(values, start=1)]
    but.setdefault("people", [a_customer(str(row["borrowerId"])) for row in rows])
    exporter = an_exporter("person.externalId", "query.x", **but.pop("exporter", {}))
    return World(rows, columns=["borrowerId", "x"], exporter=exporter, sftp=None, **but)


def parts(world: World) -> dict[str, list[list[str]]]:
    return {name: world.table(name) for name in world.run.available_files if is_contacts(name)}


# Order


def by(*keys: str) -> tuple[SortKey, ...]:
    """`-` in front means descending."""
    return tuple(
        SortKey(
            by=key.removeprefix("-"),
            direction=Direction.DESCENDING if key.startswith("-") else Direction.ASCENDING,
        )
        for key in keys
    )


VALUES = st.lists(
    st.sampled_from([None, "", 0, 9, 10, -3, 2.5, "10", "a", "B", "b", "2026-03-01", "x\ny", "ü"]),
    max_size=30,
)


def in_order(values: list[Any], descending: bool) -> list[int]:
    """The numbers of the rows, by another road than the code's."""
    rows = list(enumerate(values, start=1))
    numbers = [row for row in rows if _is_number(row[1])]
    blanks = [row for row in rows if row[1] in (None, "")]
    texts = [row for row in rows if row not in numbers and row not in blanks]
    numbers.sort(key=lambda row: float(row[1]), reverse=descending)
    texts.sort(key=lambda row: row[1].casefold(), reverse=descending)
    first, second = (texts, numbers) if descending else (numbers, texts)
    return [number for number, _ in (*first, *second, *blanks)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or value == "10"


@settings(max_examples=60, deadline=None)
@given(VALUES, st.booleans(), st.tuples(*[st.integers(1, 9)] * 3), st.integers(1, 2_000))
def test_lines_come_in_the_order_that_is_asked_for_however_the_work_is_cut(
    values: list[Any], descending: bool, sizes: tuple[int, int, int], segment: int
) -> None:
    world = a_world(values, exporter={"order": by("-query.x" if descending else "query.x")})
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, *sizes, segment)
        run = world.execute()
    assert run.status is RunStatus.COMPLETED
    expected = in_order(values, descending)
    assert [int(row[0]) for row in world.table("contacts_output.csv")[1:]] == expected
    assert run.file("contacts_output.csv").rows == len(values)


@pytest.mark.usefixtures("small_chunks")
def test_a_long_row_keeps_its_lines_together_and_a_tie_the_order_of_the_rows() -> None:
    people = [a_customer(str(n), MOBILE, HOME, last_name="Osei") for n in range(1, 20)]
    world = World(
        [{"borrowerId": n} for n in range(1, 20)],
        exporter=an_exporter(
            "person.externalId", "contact.label", rows=Rows.LONG, order=by("-person.lastName")
        ),
        people=people,
        sftp=None,
    )
    world.execute()
    assert world.table("contacts_output.csv")[1:] == [
        [str(n), label] for n in range(1, 20) for label in ("mobile", "home")
    ]


@pytest.mark.usefixtures("small_chunks")
def test_a_file_may_be_ordered_by_what_it_does_not_show() -> None:
    people = [a_customer(str(n)) for n in range(1, 9)]
    accounts = [an_account(f"L{n}", owner=str(n), days_past_due=n % 3) for n in range(1, 9)]
    world = World(
        [{"borrowerId": n, "loanId": f"L{n}"} for n in range(1, 9)],
        exporter=an_exporter("person.externalId", order=by("-loan.daysPastDue")),
        people=people,
        accounts=accounts,
        sftp=None,
    )
    world.execute()
    shown = [row[0] for row in world.table("contacts_output.csv")[1:]]
    assert shown == ["2", "5", "8", "1", "4", "7", "3", "6"]


def test_the_merge_asks_for_a_little_of_every_segment_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory stays flat: what is asked for at once is bounded, whatever the list's length."""
    cut(monkeypatch, 50, 50, 50, 2_000)
    world = a_world([f"value {n % 17}" for n in range(600)], exporter={"order": by("query.x")})
    asked: list[int] = []
    read = world.files.read

    def watched(ref: Any, name: str, **range: int) -> Any:
        if "contacts" in name:
            asked.append(range["end"] - range["start"])
        return read(ref, name, **range)

    monkeypatch.setattr(world.files, "read", watched)
    world.execute()
    assert len(world.table("contacts_output.csv")) == 601
    assert max(asked) < 200
    assert len(asked) > 600


# Parts


@pytest.mark.parametrize(
    ("rows", "most", "sizes"),
    [
        (0, 3, [0]),
        (1, 3, [1]),
        (3, 3, [3]),
        (4, 3, [3, 1]),
        (9, 3, [3, 3, 3]),
        (22, 10, [10, 10, 2]),
        (5, 1, [1] * 5),
        (5, None, [5]),
    ],
)
@pytest.mark.parametrize("order", [(), by("query.x")])
@pytest.mark.usefixtures("small_chunks")
def test_more_lines_than_a_file_takes_are_cut_into_complete_files(
    rows: int, most: int | None, sizes: list[int], order: tuple[SortKey, ...]
) -> None:
    values = [f'line\r\n{n:03} "quoted"' for n in range(rows)]
    form = FileFormat(max_rows_per_file=most)
    world = a_world(values, exporter={"format": form, "order": order})
    run = world.execute()
    made = parts(world)
    names = (
        ["contacts_output.csv"]
        if len(sizes) == 1
        else [f"contacts_output_part{n:02d}.csv" for n in range(1, len(sizes) + 1)]
    )
    assert list(made) == names
    assert [len(table) - 1 for table in made.values()] == sizes
    assert [run.file(name).rows for name in names] == sizes
    assert all(table[0] == ["person.externalId", "query.x"] for table in made.values())
    assert [row[1] for table in made.values() for row in table[1:]] == values
    assert ("cut into" in world.log()) == (len(sizes) > 1)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("quote", Quote)
def test_every_part_begins_as_a_file_does_and_no_line_is_torn(quote: Quote) -> None:
    form = FileFormat(
        encoding=Encoding.UTF_8_BOM, eol="\n", delimiter="|", max_rows_per_file=4, quote=quote
    )
    values = [f'"{n}"' for n in range(9)]
    world = a_world(values, exporter={"format": form})
    world.execute()
    files = [world.content(name) for name in parts(world)]
    assert len(files) == 3
    assert all(content.startswith(b"\xef\xbb\xbf") for content in files)
    assert all(content.count(b"\xef\xbb\xbf") == 1 for content in files)
    assert all(content.endswith(b"\n") for content in files)


def test_the_lines_of_a_person_count_one_by_one() -> None:
    world = a_world(
        ["a", "b"],
        people=[a_customer(str(n), MOBILE, HOME, an_email()) for n in (1, 2)],
        exporter={"rows": Rows.LONG, "format": FileFormat(max_rows_per_file=4)},
    )
    world.execute()
    assert [len(table) - 1 for table in parts(world).values()] == [4, 2]


def test_an_absurd_number_of_files_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_file, "_MOST_FILES", 3)
    three = a_world(range(6), exporter={"format": FileFormat(max_rows_per_file=2)})
    assert three.execute().status is RunStatus.COMPLETED
    four = a_world(range(7), exporter={"format": FileFormat(max_rows_per_file=2)})
    run = four.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "too_many_files")
    assert "7 lines at 2 a file" in (run.error_message or "")


def test_what_an_earlier_attempt_left_is_no_part_of_the_run_any_more() -> None:
    world = a_world(range(6), exporter={"format": FileFormat(max_rows_per_file=2)})
    world.execute()
    assert len(parts(world)) == 3
    # Somebody fails it by hand and tries again, with a query that finds fewer people.
    again = replace(world.run, status=RunStatus.FAILED)
    world.runs.reopen(again.restarted("tried again", at=world.clock()))
    world.queries.result = world.queries.result[:2]
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert list(parts(world)) == ["contacts_output.csv"]


def test_an_empty_file_is_one_file_or_none() -> None:
    form = FileFormat(max_rows_per_file=1)
    sent = a_world([], exporter={"format": form, "order": by("query.x")})
    sent.execute()
    assert parts(sent) == {"contacts_output.csv": [["person.externalId", "query.x"]]}
    skipped = a_world([], exporter={"format": form, "empty_file": EmptyFile.SKIP})
    skipped.execute()
    assert parts(skipped) == {}


# What does not fit


def exported(world: World, **dialect: Any) -> list[list[str]]:
    text = world.content("contacts_output.csv").decode(dialect.pop("encoding", "utf-8"))
    return list(csv.reader(io.StringIO(text, newline=""), **dialect))[1:]


def test_a_row_that_does_not_fit_is_rejected_and_named() -> None:
    form = FileFormat(quote=Quote.NONE, delimiter="|")
    world = a_world(["fine", "a|b", 'say "x"', "two\nlines"], exporter={"format": form})
    run = world.execute()
    shown = exported(world, delimiter="|", quoting=csv.QUOTE_NONE)
    assert shown == [["1", "fine"], ["3", 'say "x"']]
    assert world.table("rejects.csv")[1:] == [
        ["2", "unwritable_value", "2", "", "query.x: a delimiter or a line end, without quotes"],
        ["4", "unwritable_value", "4", "", "query.x: a delimiter or a line end, without quotes"],
    ]
    assert (run.counts.exported, run.counts.rejected, run.counts.lines) == (2, 2, 2)
    assert run.counts.reasons == {"unwritable_value": 2}


def test_all_lines_of_a_row_are_written_or_none() -> None:
    exporter = an_exporter(
        "contact.label", rows=Rows.LONG, format=FileFormat(quote=Quote.NONE, delimiter="|")
    )
    people = [a_customer("1", MOBILE, a_phone("+12125550124", "ho|me"))]
    world = World([{"borrowerId": 1}], exporter=exporter, people=people, sftp=None)
    run = world.execute()
    assert world.content("contacts_output.csv") == b"contact.label\r\n"
    assert (run.counts.rejected, run.counts.lines) == (1, 0)


def test_an_empty_line_cannot_be_told_from_none() -> None:
    exporter = an_exporter("person.street", format=FileFormat(quote=Quote.NONE))
    world = World([{"borrowerId": 1}], exporter=exporter, people=[a_customer("1")], sftp=None)
    assert world.execute().counts.reasons == {"unwritable_value": 1}


@pytest.mark.parametrize("rows", [Rows.BEST, Rows.LONG])
def test_a_row_that_lost_letters_is_exported_and_noted_once(rows: Rows) -> None:
    world = a_world(
        ["Müller", "plain", "naïve"],
        people=[a_customer(str(n), MOBILE, HOME) for n in (1, 2, 3)],
        exporter={"format": FileFormat(encoding=Encoding.ASCII), "rows": rows},
    )
    run = world.execute()
    assert [row[1] for row in exported(world)][:: 2 if rows is Rows.LONG else 1] == [
        "Muller",
        "plain",
        "naive",
    ]
    assert world.table("rejects.csv")[1:] == [
        ["1", "letters_replaced", "1", "", "query.x"],
        ["3", "letters_replaced", "3", "", "query.x"],
    ]
    assert (run.counts.exported, run.counts.rejected, run.counts.reasons) == (3, 0, {})
    assert run.file("rejects.csv").rows == 2
    assert "2 of the exported rows hold letters" in world.log()


def test_a_column_without_a_name_is_told_by_its_place() -> None:
    exporter = an_exporter(
        columns=(
            Column(output_name="", field="person.id"),
            Column(output_name="", field="query.x"),
        ),
        format=FileFormat(encoding=Encoding.ASCII, header=False),
    )
    rows = [{"borrowerId": 1, "x": "ü"}]
    world = World(rows, exporter=exporter, people=[a_customer("1")], sftp=None)
    world.execute()
    assert world.table("rejects.csv")[1][4] == "column 2"


def test_an_exporter_that_has_become_invalid_fails_the_run_before_anything_is_made() -> None:
    twice = Column(output_name="phone", field="contact.phone")
    exporter = an_exporter(columns=(twice, twice))
    world = World([{"borrowerId": 1}], exporter=exporter, people=[a_customer("1")])
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "file_refused")
    assert "'phone' comes twice" in (run.error_message or "")
    assert world.receiver.files == {}


def test_a_number_of_another_plan_is_no_number_for_a_file_of_national_ones() -> None:
    phones = Criteria(contact_type=frozenset({"phone"}))
    exporter = an_exporter("contact.phone", phone_format=PhoneFormat.NATIONAL10, criteria=phones)
    people = [a_customer("1", GERMAN, HOME), a_customer("2", GERMAN)]
    rows = [{"borrowerId": 1}, {"borrowerId": 2}]
    world = World(rows, exporter=exporter, people=people, sftp=None)
    world.execute()
    assert world.table("contacts_output.csv")[1:] == [["2125550124"]]
    assert world.table("rejects.csv")[1:] == [
        ["2", "no_phone", "2", "", "no phone of the numbering plan +1"]
    ]


# Lists of those who must not be contacted


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (Rows.BEST, [["home", "opted_out"]]),
        (Rows.WIDE, [["home", "opted_out"]]),
        (Rows.LONG, [["home", "opted_out"], ["work", "opted_out"]]),
    ],
)
def test_a_list_of_the_suppressed_passes_over_what_is_allowed(
    rows: Rows, lines: list[list[str]]
) -> None:
    out = {"status": "optedOut"}
    people = [
        a_customer(
            "1", MOBILE, a_phone("+12125550124", "home", **out), a_phone("+1", "work", **out)
        ),
        a_customer("2", MOBILE),
        a_customer("3", a_phone("555", status="invalid")),
    ]
    exporter = an_exporter("contact.label", "guard.reason", rows=rows, lists=Lists.SUPPRESSED)
    asked = [{"borrowerId": number} for number in (1, 2, 3)]
    world = World(asked, exporter=exporter, people=people, sftp=None)
    counts = world.execute().counts
    assert world.table("contacts_output.csv")[1:] == lines
    assert counts.reasons == {"not_suppressed": 1, "no_contact": 1}
    assert (counts.exported, counts.suppressed, counts.rejected) == (1, 0, 2)


# The query's columns


def test_a_column_that_the_query_lacks_fails_the_run_and_names_what_was_seen() -> None:
    exporter = an_exporter("query.Score", "query.x", order=by("query.rank"))
    rows = [{"borrowerId": 1, "score": 5, "x": 1}]
    world = World(rows, exporter=exporter, people=[a_customer("1")])
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "unknown_query_columns")
    assert run.error_message == (
        "the contact exporter shows query.Score, query.rank, which the result does not have."
        " Columns seen: borrowerId, score, x"
    )
    assert world.receiver.files == {}


def test_rows_that_somebody_gave_may_lack_a_column_and_the_log_says_so() -> None:
    exporter = an_exporter("person.externalId", "query.x")
    world = World(exporter=exporter, people=[a_customer("1")], sftp=None, query_url=None)
    world.change(lambda run: replace(run, overrides=True))
    world.files.kept[world.opened.ref, OVERRIDE] = json.dumps([{"borrowerId": 1}]).encode()
    assert world.execute().status is RunStatus.COMPLETED
    assert world.table("contacts_output.csv")[1:] == [["1", ""]]
    assert "the rows that were given lack x: blank" in world.log()


def test_the_columns_of_person_and_loan_are_columns_of_the_query_too() -> None:
    exporter = an_exporter("query.PersonId", "query.LOANID", "query.x")
    rows = [{"x": "y", "LOANID": " 5 ", "PersonId": 1.0}]
    world = World(rows, exporter=exporter, people=[a_customer("1")], sftp=None)
    world.execute()
    assert world.table("contacts_output.csv")[1:] == [["1", "5", "y"]]


# What the contact is about


def test_decisions_tell_what_the_contact_is_about() -> None:
    about = Compliance(
        channel=Channel.CALL, subject="loanOverdueFirstNotice", theme="soft", loan_id="L-9"
    )
    exporter = an_exporter("contact.value", rows=Rows.LONG, compliance=about)
    people = [a_customer("1", an_email(), MOBILE), a_customer("2", flags=frozenset({Flag.CEASE}))]
    rows: list[dict[str, Any]] = [
        {"borrowerId": 1, "loanId": "L-1"},
        {"borrowerId": 2, "loanId": None},
    ]
    world = World(rows, exporter=exporter, people=people, sftp=None)
    world.execute()
    first, second = world.table("decisions.csv")[1:]
    told = {"channel": "call", "subject": "loanOverdueFirstNotice", "theme": "soft"}
    used = {
        "timeZone": "America/Chicago",
        "from": "2026-03-02T14:00:00.000Z",
        "until": "2026-03-03T03:00:00.000Z",
        "attemptsLeft": "7",
    }
    assert first[2:6] == ["L-1", "phone", "+15125550123", "allow"]
    assert json.loads(first[8]) == told | used
    assert (second[2], json.loads(second[8])) == ("L-9", {**told, "cease": "true"})
    assert world.table("contacts_output.csv")[1:] == [["+15125550123"]]


def test_persons_without_a_usable_phone_are_counted() -> None:
    people = [
        a_customer("1"),
        a_customer("2", an_email()),
        a_customer("3", a_phone(status="optedOut"), an_email()),
        a_customer("4", a_phone(status="invalid"), HOME),
    ]
    world = a_world(["a", "b", "c", "d", "nobody"], people=people)
    counts = world.execute().counts
    assert (counts.without_phone, counts.exported, counts.rejected) == (2, 4, 1)


def test_a_day_is_the_company_s_and_stays_the_same_in_every_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is still Sunday evening in New York when it is Monday in Greenwich."""
    cut(monkeypatch, 1, 1, 1, 1)
    world = World(
        [{"borrowerId": 1}, {"borrowerId": 2}],
        exporter=an_exporter("guard.callableFrom", "run.expiresAt"),
        people=[a_customer("1", time_zone="America/New_York"), a_customer("2", HOME, time_zone="")],
        sftp=None,
    )
    world.clock.at = world.clock.at.replace(hour=1)
    world.execute()
    assert world.table("contacts_output.csv")[1:] == [
        ["2026-03-01T14:00:00.000Z", "2026-03-02T05:00:00.000Z"],
        ["2026-03-01T13:00:00.000Z", "2026-03-02T05:00:00.000Z"],
    ]


# Nothing is lost, nothing comes twice

CONTACTS = st.lists(
    st.sampled_from(
        [
            MOBILE,
            HOME,
            GERMAN,
            an_email(),
            a_phone("+18085550125", "work"),
            a_phone("+15125550199", "home", status="optedOut"),
            a_phone("555", "mobile", status="invalid"),
        ]
    ),
    min_size=1,
    max_size=4,
)
PEOPLE = st.dictionaries(
    st.sampled_from(["1", "2", "3", "4", "5", "6"]),
    st.tuples(CONTACTS, st.sets(st.sampled_from([Flag.CEASE, Flag.DISPUTE]), max_size=1)),
)
CELLS = st.sampled_from(["", "a", "b|c", "x\ny", "ü", "😀", "10", 9, None, "\0", '"', "x" * 600])
INPUT = st.lists(
    st.fixed_dictionaries({"borrowerId": st.integers(0, 7), "loanId": CELLS, "x": CELLS}),
    max_size=25,
)
FORMATS = st.builds(
    FileFormat,
    delimiter=st.sampled_from(",|"),
    quote=st.sampled_from(Quote),
    encoding=st.sampled_from(Encoding),
    eol=st.sampled_from(["\n", "\r\n"]),
    max_rows_per_file=st.sampled_from([None, 1, 3, 100]),
)


@settings(max_examples=120, deadline=None)
@given(
    rows=INPUT,
    known=PEOPLE,
    form=FORMATS,
    layout=st.sampled_from(Rows),
    lists=st.sampled_from(Lists),
    phones=st.sampled_from(PhoneFormat),
    order=st.sampled_from([(), by("query.x"), by("-person.externalId", "query.x")]),
    sizes=st.tuples(*[st.integers(1, 6)] * 3),
)
def test_every_row_is_in_exactly_one_place(
    rows: list[dict[str, Any]],
    known: dict[str, Any],
    form: FileFormat,
    layout: Rows,
    lists: Lists,
    phones: PhoneFormat,
    order: tuple[SortKey, ...],
    sizes: tuple[int, int, int],
) -> None:
    people = [
        a_customer(id, *contacts, flags=frozenset(flags)) for id, (contacts, flags) in known.items()
    ]
    exporter = an_exporter(
        "person.externalId",
        "query.loanId",
        "query.x",
        "contact.phone",
        format=form,
        rows=layout,
        lists=lists,
        phone_format=phones,
        order=order,
    )
    world = World(
        rows, columns=["borrowerId", "loanId", "x"], exporter=exporter, people=people, sftp=None
    )
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, *sizes, 500)
        run = world.execute()
    assert run.status is RunStatus.COMPLETED, run.error_message
    counts = run.counts
    counts.check()
    assert counts.rows_in == len(rows)
    noted = world.table("rejects.csv")[1:]
    rejected = [int(row[0]) for row in noted if row[1] != "letters_replaced"]
    replaced = [int(row[0]) for row in noted if row[1] == "letters_replaced"]
    decided: dict[int, list[str]] = {}
    for row in world.table("decisions.csv")[1:]:
        decided.setdefault(int(row[0]), []).append(row[5])
    wanted = "allow" if lists is Lists.ALLOWED else "suppress"
    taken = {row for row, verdicts in decided.items() if wanted in verdicts} - set(rejected)
    left = set(decided) - taken - set(rejected)
    assert sorted([*rejected, *taken, *left]) == list(range(1, len(rows) + 1))
    assert set(replaced) <= taken
    assert len(replaced) == len(set(replaced))
    assert (counts.exported, counts.suppressed, counts.rejected) == (
        len(taken),
        len(left),
        len(rejected),
    )
    assert sum(counts.reasons.values()) == counts.rejected + counts.suppressed
    lines = list(written(world, form))
    assert len(lines) == counts.lines
    per_row = [decided[row].count(wanted) if layout is Rows.LONG else 1 for row in sorted(taken)]
    assert sum(per_row) == counts.lines
    assert sorted(line[0] for line in lines) == sorted(
        str(rows[row - 1]["borrowerId"])
        for row, many in zip(sorted(taken), per_row, strict=True)
        for _ in range(many)
    )


def written(world: World, form: FileFormat) -> Iterator[list[str]]:
    """Every line of every contact file, read by Python's own reader."""
    codec = "utf-8-sig" if form.encoding is Encoding.UTF_8_BOM else form.encoding.codec
    quoting: Any = csv.QUOTE_NONE if form.quote is Quote.NONE else csv.QUOTE_MINIMAL
    for name in world.run.available_files:
        if is_contacts(name):
            text = io.StringIO(world.content(name).decode(codec), newline="")
            yield from list(csv.reader(text, delimiter=form.delimiter, quoting=quoting))[1:]
