"""The evidence of a run holds, and does not when anything in it was touched."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.domain.customer import Flag
from campaigns.domain.evidence import PATIENCE, PackingState, RunStillAtWork, zip_name
from campaigns.domain.exporter import Encoding, FileFormat, Lists, Quote, Rows, SortKey
from campaigns.domain.run import LogLine, Run, RunRef, RunStatus
from campaigns.usecases.pack_evidence import ask_for_evidence, pack_evidence
from local import verify
from tests.builders import a_customer, a_phone, an_exporter, an_id
from tests.unit.pipeline.evidence import (
    Files,
    NoAudit,
    broken,
    forged,
    packed,
    packed_bytes,
    replaced,
    unpacked,
    without_line,
)
from tests.unit.pipeline.world import World

ROWS = [
    {"borrowerId": "101", "loanId": "", "n": "1"},
    {"borrowerId": "102", "loanId": "", "n": "2"},
    {"borrowerId": "102", "loanId": "", "n": "3"},
    {"borrowerId": "103", "loanId": "", "n": "4"},
    {"borrowerId": "nobody", "loanId": "", "n": "5"},
    {"borrowerId": "", "loanId": "", "n": "6"},
]


class Packer:
    """Keeps what it was asked to begin."""

    def __init__(self) -> None:
        self.begun: list[tuple[RunRef, int]] = []

    def start(self, ref: RunRef, version: int) -> None:
        self.begun.append((ref, version))


def a_world(**exporter: Any) -> World:
    people = [
        a_customer("101", a_phone("+15125550101"), a_phone("+15125550102", "home")),
        a_customer("102", a_phone("+15125550103")),
        a_customer("103", a_phone("+15125550104"), flags=frozenset({Flag.CEASE})),
    ]
    made = an_exporter("query.n", "contact.phone", "person.firstName", id=an_id(3), **exporter)
    return World(ROWS, exporter=made, people=people, number=1)


@cache
def whole() -> bytes:
    world = a_world()
    world.execute()
    return packed_bytes(world)


LAYOUTS: list[dict[str, Any]] = [
    {},
    {"rows": Rows.LONG},
    {"rows": Rows.LONG, "format": FileFormat(max_rows_per_file=2)},
    {"order": (SortKey(by="query.n"),)},
    {"lists": Lists.SUPPRESSED, "rows": Rows.LONG},
    {"format": FileFormat(quote=Quote.NONE, delimiter="\t", eol="\n", header=False)},
    {"format": FileFormat(quote=Quote.ALL, delimiter=";", encoding=Encoding.UTF_8_BOM)},
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_what_was_not_touched_holds(layout: dict[str, Any], tmp_path: Path) -> None:
    world = a_world(**layout)
    assert world.execute().status is RunStatus.COMPLETED
    data = packed_bytes(world)
    path = tmp_path / "evidence.zip"
    path.write_bytes(data)
    said: list[str] = []
    expected = sha256(data).hexdigest()
    assert verify.verify(path, expected=expected, show=said.append) == []
    held = [line.partition("  ")[2].strip().partition(":")[0] for line in said if "holds" in line]
    assert len(held) == 11
    other = "0" * 64
    assert len(verify.verify(path, expected=other, show=said.append)) == 1


def test_the_same_run_gives_the_same_bytes_again() -> None:
    world = a_world()
    world.execute()
    assert packed_bytes(world) == packed_bytes(world) == whole()


def test_nothing_secret_is_in_it() -> None:
    text = b"".join(unpacked(whole()).values())
    for secret in (b"correct horse", b"a-redash-key", b"opaque", b"sealed-"):
        assert secret not in text


@pytest.mark.parametrize("name", sorted(unpacked(whole())))
def test_a_file_left_out_is_found(name: str, tmp_path: Path) -> None:
    files = unpacked(whole())
    del files[name]
    assert broken(files, tmp_path)


def test_a_file_put_in_is_found(tmp_path: Path) -> None:
    assert broken({**unpacked(whole()), "more.csv": b"row\r\n"}, tmp_path)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_byte_changed_of_any_file_is_found(tmp_path: Path, data: st.DataObject) -> None:
    files = unpacked(whole())
    name = data.draw(st.sampled_from([name for name, content in files.items() if content]))
    content = bytearray(files[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    assert broken({**files, name: bytes(content)}, tmp_path)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_byte_changed_of_the_zip_is_found_by_its_own_hash(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(whole())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "changed.zip"
    path.write_bytes(content)
    assert verify.verify(path, expected=sha256(whole()).hexdigest(), show=lambda _: None)


def reordered_log(files: Files) -> None:
    first, second, *rest = files["log.jsonl"].splitlines(keepends=True)
    files["log.jsonl"] = b"".join([second, first, *rest])


def longer_log(files: Files) -> None:
    last = json.loads(files["log.jsonl"].splitlines()[-1])
    plain = f"{last['sha256']}\n{last['at']}  nothing to see".encode()
    line = {**last, "text": "nothing to see", "sha256": sha256(plain).hexdigest()}
    files["log.jsonl"] += json.dumps(line).encode() + b"\n"


FORGERIES: dict[str, tuple[Callable[[Files], None], str]] = {
    "a decision left out": (without_line("decisions.csv", b"1,"), "has a decision"),
    "a decision turned": (replaced("decisions.csv", b",allow,", b",suppress,"), "has a decision"),
    "a reject left out": (without_line("rejects.csv", b"5,"), "one fate"),
    "a reject added": (replaced("rejects.csv", b"5,unknown", b"4,x,,,\r\n5,unknown"), "one fate"),
    "a line left out": (without_line("contacts_output.csv", b"1,"), "made of a row"),
    "a line added": (
        replaced("contacts_output.csv", b"1,+1512", b"9,+1,x\r\n1,+1512"),
        "made of a row",
    ),
    "a line of another row": (replaced("contact_lines.csv", b"1,con", b"4,con"), "has a decision"),
    "a row left out": (without_line("query_results.csv", b"103"), "every row came in"),
    "a row moved": (replaced("campaign_input.csv", b"\r\n4,103", b"\r\n1,103"), "came in"),
    "a rule that is none": (replaced("decisions.csv", b",cease,", b",mood,"), "known rule"),
    "a log line changed": (replaced("log.jsonl", b"run: started", b"run: begun"), "log"),
    "a log line left out": (without_line("log.jsonl", b""), "log"),
    "log lines reordered": (reordered_log, "log"),
    "a log line added": (longer_log, "log"),
    "the readable log changed": (replaced("log.txt", b"run: started", b"run: begun"), "log"),
    "the query changed": (replaced("query.sql", b"SELECT 1", b"SELECT 2"), "query"),
    "delivered bytes changed": (replaced("contacts_output.csv", b"+1512", b"+1513"), "delivered"),
    "a receipt changed": (replaced("receipt.json", b'"bytes": 1', b'"bytes": 2'), "delivered"),
}


@pytest.mark.parametrize(("change", "what"), FORGERIES.values(), ids=FORGERIES)
def test_who_makes_all_hashes_fit_is_found_by_what_the_tables_tell(
    change: Callable[[Files], None], what: str, tmp_path: Path
) -> None:
    files = unpacked(whole())
    assert broken(forged(files), tmp_path) == []
    change(files)
    found = broken(forged(files), tmp_path)
    assert any(what in one.partition(":")[0] for one in found), found


def test_a_file_that_was_changed_before_it_was_packed_is_found(tmp_path: Path) -> None:
    world = a_world()
    run = world.execute()
    kept = world.content("decisions.csv")
    world.files.kept[run.ref, "decisions.csv"] = kept.replace(b"+15125550103", b"+15125550109")
    found = broken(packed(world), tmp_path)
    assert found == [
        "every file is as the run wrote it: decisions.csv was changed between the run and the"
        " packing"
    ]


def test_a_log_that_was_changed_on_the_record_is_found(tmp_path: Path) -> None:
    world = a_world()
    run = world.execute()
    first = run.log[0]
    world.change(lambda now: replace(now, log=(LogLine(first.at, "else"), *now.log[1:])))
    found = broken(packed(world), tmp_path)
    assert [one.partition(":")[0] for one in found] == ["the log is unbroken"]


def test_a_run_that_failed_before_it_decided_has_evidence_too(tmp_path: Path) -> None:
    world = a_world()
    world.queries.columns = ["name"]
    world.queries.result = [{"name": "Ada"}]
    assert world.execute().status is RunStatus.FAILED
    files = packed(world)
    assert broken(files, tmp_path) == []
    assert not json.loads(files["manifest.json"])["decided"]


def test_what_is_no_zip_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(b"no zip")
    assert verify.verify(path, show=lambda _: None)
    assert verify.verify(tmp_path / "missing.zip", show=lambda _: None)


# Asking for it


def asked(world: World, packer: Packer) -> tuple[PackingState, str | None]:
    packing, url = ask_for_evidence(world.run, files=world.files, packer=packer, now=world.clock)
    return packing.state, url


def test_it_is_begun_once_and_linked_to_when_it_is_there() -> None:
    world, packer = a_world(), Packer()
    run = world.execute()
    for _ in range(2):
        assert asked(world, packer) == (PackingState.BUILDING, None)
    assert packer.begun == [(run.ref, run.version)]
    packed_bytes(world)
    state, url = asked(world, packer)
    assert (state, url) == (
        PackingState.READY,
        f"memory:{run.id}/{zip_name(run)}?seconds=300",
    )


def test_what_was_begun_and_died_is_begun_again() -> None:
    world, packer = a_world(), Packer()
    world.execute()
    asked(world, packer)
    world.clock.at += PATIENCE + timedelta(minutes=1)
    asked(world, packer)
    assert len(packer.begun) == 2


def test_a_run_that_goes_on_has_none_and_one_that_changed_another() -> None:
    world, packer = a_world(), Packer()
    with pytest.raises(RunStillAtWork):
        asked(world, packer)
    run = world.execute()
    packed_bytes(world)
    world.change(lambda now: now.noted("one more line", at=world.clock()))
    assert asked(world, packer) == (PackingState.BUILDING, None)
    assert not pack_evidence(
        run.ref,
        run.version,
        runs=world.runs,
        files=world.files,
        audit=NoAudit(),
        now=world.clock,
    )
    assert zip_name(world.run) != zip_name(run)


def test_a_run_is_not_taken_for_decided_by_what_an_earlier_pass_decided() -> None:
    world = a_world()
    run: Run = world.execute()
    assert {one.name for one in run.working_with({}, None).files if "idx" in one.name} == set()
