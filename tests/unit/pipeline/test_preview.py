"""A preview tells what a run would do, and does nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.adapters.memory import MemoryRunFiles, MemoryRunStore
from campaigns.domain.campaign import CampaignStatus
from campaigns.domain.customer import ContactType, Flag
from campaigns.domain.errors import DomainError
from campaigns.domain.exporter import (
    Criteria,
    EmptyFile,
    Encoding,
    ExporterNotFound,
    FileFormat,
    Quote,
    Rows,
)
from campaigns.domain.preview import Preview, PreviewTookTooLong
from campaigns.domain.query import QueryRefused, QueryUnavailable, parse_query_url
from campaigns.domain.run import CONTACTS_OUTPUT, Counts, RunStatus
from campaigns.domain.safety import AudienceChange, Precaution, Safety
from campaigns.pipeline import preview as stages
from campaigns.pipeline.preview import preview
from campaigns.pipeline.screen import NoPersonId
from campaigns.pipeline.tools import Tools
from tests.builders import a_customer, a_phone, a_run, an_email, an_exporter
from tests.fakes import PassingTime
from tests.unit.pipeline.world import World

ADDRESS = parse_query_url("https://redash.example.com/queries/42", allow_http=False)
PEOPLE = [
    a_customer("1"),
    a_customer("2", a_phone("+15125550124"), a_phone("+15125550125", "home")),
    a_customer("3", flags=frozenset({Flag.DECEASED})),
    a_customer("4", an_email()),
]
ROWS = [{"borrowerId": id, "days": id * 7} for id in (1, 2, 3, 4, 5, 1)]


class ReadOnly:
    """Any store or secret keeper of a world: everything that is not reading raises."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        if name in ("get", "find", "list", "company", "customers", "accounts", "histories"):
            return getattr(self._of, name)
        return self._refuse

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a preview writes nothing")


class OpenOnly(ReadOnly):
    """Secrets are opened, and of them only the key of the query."""

    def open(self, sealed: Any, context: Mapping[str, str]) -> str:
        assert context["field"] == "redashApiKey"
        return str(self._of.open(sealed, context))


def no_channel(_: Any) -> NoReturn:
    raise AssertionError("a preview delivers nothing")


def read_only(world: World) -> Tools:
    whole: Any = {
        name: ReadOnly(getattr(world, name))
        for name in ("access", "campaigns", "exporters", "people", "ledger")
    }
    whole["secrets"] = OpenOnly(world.secrets)
    scratch: Any = {"runs": MemoryRunStore(), "files": MemoryRunFiles(), "open_channel": no_channel}
    scratch["events"] = ReadOnly(world.events)
    return replace(world.tools, **whole, **scratch)


def previewed(
    world: World,
    override: Sequence[dict[str, Any]] | None = None,
    time: PassingTime | None = None,
    **instead: Any,
) -> Preview:
    tools = replace(read_only(world), **instead)
    history: Any = ReadOnly(world.runs)
    return preview(world.campaign, override, tools, time or PassingTime(), history=history)


def a_world(rows: Sequence[dict[str, Any]] = ROWS, **but: Any) -> World:
    phones = Criteria(contact_type=frozenset({ContactType.PHONE}))
    usual = an_exporter("person.externalId", "contact.phone", criteria=phones)
    return World(rows, people=PEOPLE, **{"exporter": usual, **but})


def test_a_preview_is_what_the_run_then_does() -> None:
    world = a_world()
    seen = previewed(world)
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert seen.complete
    assert seen.counts == run.counts
    assert (seen.rows_found, seen.rows_looked_at, seen.kept) == (6, 6, 5)
    assert seen.screen_reasons == {"duplicate": 1}
    assert seen.columns == ("borrowerId", "days")
    assert seen.header == "person.externalId,contact.phone"
    assert seen.lines == ("1,+15125550123", "2,+15125550124")
    [file], expected = seen.files, seen.expected
    assert (file.name, file.rows, file.bytes) == (
        CONTACTS_OUTPUT,
        2,
        len(world.content(CONTACTS_OUTPUT)),
    )
    assert expected is not None
    assert (expected.rows, expected.bytes, expected.files) == (2, file.bytes, 1)
    assert expected.exact


def test_files_are_named_as_they_will_be_but_for_the_run() -> None:
    world = a_world()
    seen = previewed(world)
    run = world.execute()
    nobody, own = "RN-0000000000000-0000000000000", world.receiver.published

    def without_run(name: str) -> str:
        head, _, tail = name.partition("_RN-")
        return head + tail[len(nobody) - 3 :]

    assert [without_run(name) for name in seen.deliveries] == [without_run(name) for name in own]
    assert all(nobody in name for name in seen.deliveries)
    assert (seen.files[0].delivered_as, seen.directory) == (seen.deliveries[0], "inbox")
    assert run.id not in str(seen)


def test_nothing_is_left_behind() -> None:
    world = a_world()
    before = (world.campaign, world.run, dict(world.files.kept))
    previewed(world)
    assert (world.campaign, world.run, world.files.kept) == before
    assert world.receiver.connections == []
    assert world.queries.canceled == []


@pytest.mark.parametrize("status", CampaignStatus)
def test_a_campaign_is_previewed_before_it_is_activated(status: CampaignStatus) -> None:
    seen = previewed(a_world(status=status))
    inactive = f"the campaign is {status}; only an active campaign runs"
    assert (inactive in seen.warnings) == (status is not CampaignStatus.ACTIVE)
    assert seen.counts.exported == 2


def test_given_rows_take_the_place_of_the_query() -> None:
    world = a_world(query_url=None)
    seen = previewed(world, [{"id": "1"}, {"id": "2"}])
    assert (seen.counts.exported, world.queries.asked) == (2, [])
    assert "query: not asked, the rows came with the request" in seen.log
    assert previewed(world, []).counts.rows_in == 0


def test_a_campaign_that_makes_no_file_says_so() -> None:
    seen = previewed(a_world(with_exporter=False, sftp=None))
    assert (seen.files, seen.header, seen.lines, seen.deliveries) == ((), None, (), ())
    assert seen.directory is None
    assert any("no contact exporter" in one for one in seen.warnings)
    assert any("delivers nothing" in one for one in seen.warnings)
    assert seen.counts.reasons == {"duplicate": 1, "no_exporter": 5}


@pytest.mark.parametrize(
    ("empty", "files", "told"),
    [
        (EmptyFile.SEND, 1, "delivered all the same"),
        (EmptyFile.SKIP, 0, "none would be made"),
        (EmptyFile.FAIL, 0, "the run would fail"),
    ],
)
def test_an_empty_file_is_a_warning(empty: EmptyFile, files: int, told: str) -> None:
    exporter = an_exporter("person.externalId", empty_file=empty)
    seen = previewed(a_world([{"borrowerId": 5}], exporter=exporter))
    assert len(seen.files) == files
    assert any(told in one for one in seen.warnings)
    assert seen.counts.reasons == {"unknown_person": 1}


@pytest.mark.parametrize(
    "form",
    [
        FileFormat(),
        FileFormat(delimiter="|", quote=Quote.ALL, eol="\n"),
        FileFormat(delimiter="\t", header=False),
    ],
)
def test_lines_are_shown_as_they_stand_in_the_file(form: FileFormat) -> None:
    odd = 'first\r\nsecond, "third"\n|'
    rows = [{"borrowerId": 1, "note": odd}, {"borrowerId": 2, "note": "plain"}]
    exporter = an_exporter("person.externalId", "query.note", format=form)
    world = a_world(rows, exporter=exporter)
    seen = previewed(world)
    world.execute()
    shown = [*([seen.header] if form.header else []), *seen.lines]
    whole = "".join(f"{line}{form.eol}" for line in shown)
    assert whole.encode() == world.content(CONTACTS_OUTPUT)
    assert len(seen.lines) == 2


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("quote", Quote)
@pytest.mark.parametrize("encoding", Encoding)
def test_letters_are_shown_as_they_stand_in_the_file(
    encoding: Encoding, quote: Quote, header: bool
) -> None:
    form = FileFormat(encoding=encoding, quote=quote, header=header)
    rows = [{"borrowerId": 1, "note": '"Zoë'}, {"borrowerId": 2, "note": "plain"}]
    exporter = an_exporter("query.note", "person.externalId", format=form)
    world = a_world(rows, exporter=exporter)
    seen = previewed(world)
    assert world.execute().status is RunStatus.COMPLETED
    mark = b"\xef\xbb\xbf" if encoding is Encoding.UTF_8_BOM else b""
    shown = [*([] if seen.header is None else [seen.header]), *seen.lines]
    whole = "".join(f"{line}\r\n" for line in shown).encode(encoding.codec)
    assert mark + whole == world.content(CONTACTS_OUTPUT)
    assert len(seen.lines) == 2
    assert (seen.header is not None) == header
    assert ("Zoe" if encoding is Encoding.ASCII else "Zoë") in seen.lines[0]


def test_twenty_lines_are_enough() -> None:
    people = [a_customer(str(number)) for number in range(50)]
    rows = [{"borrowerId": number} for number in range(50)]
    seen = previewed(World(rows, people=people))
    assert len(seen.lines) == 20
    assert seen.files[0].rows == 50


def test_lines_without_end_are_not_shown() -> None:
    rows = [{"borrowerId": 1, "note": "x" * 400_000}, {"borrowerId": 2, "note": "y" * 200_000}]
    exporter = an_exporter("person.externalId", "query.note")
    assert [line[0] for line in previewed(a_world(rows, exporter=exporter)).lines] == ["1"]


# ── what would hold the run ──────────────────────────────────────────────────


def held_for(seen: Preview) -> list[str] | None:
    return None if seen.holds is None else [one.code for one in seen.holds]


def test_limits_that_would_hold_the_run_are_told_in_its_words() -> None:
    world = a_world(safety=Safety(max_audience=1))
    seen = previewed(world)
    run = world.execute()
    assert run.status is RunStatus.HELD
    assert seen.holds == run.hold_reasons
    assert held_for(seen) == ["max_audience"]


def test_of_given_rows_only_their_number_is_limited() -> None:
    world = a_world(safety=Safety(max_audience=0, zero_rows=Precaution.HOLD))
    assert held_for(previewed(world, [])) == []
    assert held_for(previewed(world, [{"id": "1"}])) == ["max_audience"]


def test_a_query_that_finds_nobody_holds_a_run_by_schedule() -> None:
    assert held_for(previewed(a_world([], columns=["id"], schedule="P P * * *"))) == ["zero_rows"]
    assert held_for(previewed(a_world([], columns=["id"]))) == []


def test_an_audience_is_compared_with_earlier_runs() -> None:
    world = a_world(safety=Safety(audience_change=AudienceChange(percent=10)))
    world.change(lambda run: run.moved(RunStatus.CANCELED, at=world.clock()))
    for _ in range(3):
        opened = world.runs.open(a_run(campaign_id=world.campaign_id))
        going = world.runs.move(opened.moved(RunStatus.RUNNING, at=world.clock()))
        counted = going.counted(Counts(rows_in=9, exported=9))
        world.runs.move(counted.moved(RunStatus.COMPLETED, at=world.clock()))
    assert held_for(previewed(world)) == ["audience_change"]
    assert held_for(previewed(world, [{"id": "1"}])) == []


def test_a_text_that_nobody_approved_would_hold_the_run() -> None:
    world = a_world(safety=Safety(query_change=Precaution.HOLD))
    assert held_for(previewed(world)) == ["query_not_approved"]


def test_limits_of_a_long_list_are_reckoned(in_pairs: None) -> None:
    limits = Safety(max_audience=10)
    people = [a_customer(str(number)) for number in range(100, 140)]
    rows = [{"borrowerId": number} for number in range(100, 140)]
    world = World(rows, people=people, safety=limits)
    seen = previewed(world, time=PassingTime(0))
    assert (seen.counts.exported, seen.holds and seen.holds[0].message) == (
        2,
        "the audience is 40; the limit is 10",
    )
    assert any("reckoned" in one for one in seen.warnings)


# ── what is refused ──────────────────────────────────────────────────────────


def test_a_result_without_persons_is_refused_as_a_run_would_be() -> None:
    with pytest.raises(NoPersonId):
        previewed(a_world([{"name": "Ada"}]))


def test_a_query_that_is_refused_is_told() -> None:
    world = a_world()
    world.queries.failures = [QueryRefused(ADDRESS, "no such table")]
    with pytest.raises(QueryRefused):
        previewed(world)


def test_an_exporter_that_is_gone_is_told() -> None:
    world = a_world()
    world.exporters.move(world.exporter.deleted(world.clock()))
    with pytest.raises(ExporterNotFound):
        previewed(world)
    assert world.queries.asked == []


# ── time ─────────────────────────────────────────────────────────────────────


def test_a_query_that_takes_too_long_is_canceled_and_told() -> None:
    world = a_world()
    world.queries.polls = ["started"]
    with pytest.raises(PreviewTookTooLong, match=r"within the 17 seconds"):
        previewed(world)
    assert world.queries.canceled == ["job-1"]
    assert 10 < len(world.queries.asked) < 40


def test_a_query_that_fails_while_it_is_waited_for_leaves_no_job() -> None:
    world = a_world()
    world.queries.polls = ["started"]
    answers = iter([None, None, QueryUnavailable(ADDRESS, "503"), QueryUnavailable(ADDRESS, "503")])

    def fail() -> None:
        if problem := next(answers, QueryRefused(ADDRESS, "no such table")):
            raise problem

    world.queries.at_poll = fail
    with pytest.raises(DomainError):
        previewed(world)
    assert world.queries.canceled == ["job-1"]


def test_a_slow_query_that_comes_in_time_is_previewed() -> None:
    world = a_world()
    world.queries.polls = [*["started"] * 5, "done"]
    assert previewed(world).complete
    assert world.queries.canceled == []


def chunks_of(rows: int, patched: pytest.MonkeyPatch) -> None:
    patched.setattr(stages, "_CHUNK", rows)
    patched.setattr("campaigns.pipeline.screen._BATCH", rows)


@pytest.fixture
def in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(2, monkeypatch)


def many(count: int) -> World:
    people = [a_customer(str(number)) for number in range(100, 100 + count, 2)]
    return World([{"borrowerId": number} for number in range(100, 100 + count)], people=people)


def test_a_list_too_long_for_the_time_is_looked_at_from_its_beginning(in_pairs: None) -> None:
    world = many(40)
    seen = previewed(world, time=PassingTime(24, tick=0.8))
    run = world.execute()
    assert not seen.complete
    assert seen.query_complete
    assert 2 <= seen.rows_looked_at < seen.rows_found == 40
    assert seen.rows_looked_at % 2 == 0
    assert seen.counts.rows_in == seen.counts.accounted == seen.rows_looked_at
    assert (seen.expected and seen.expected.rows) == run.counts.lines
    whole = len(world.content(CONTACTS_OUTPUT))
    assert seen.expected is not None
    assert not seen.expected.exact
    assert abs(seen.expected.bytes - whole) < whole
    assert seen.lines == tuple(
        world.content(CONTACTS_OUTPUT).decode().split("\r\n")[1 : 1 + len(seen.lines)]
    )


def test_however_late_it_is_the_first_rows_are_looked_at(in_pairs: None) -> None:
    seen = previewed(many(40), time=PassingTime(0))
    assert (seen.rows_looked_at, seen.complete) == (2, False)


@pytest.mark.parametrize(("name", "value"), [("MOST_ROWS", 10), ("MOST_BYTES", 100)])
def test_a_result_without_end_is_cut(
    name: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, name, value)
    seen = previewed(many(40))
    assert not seen.query_complete
    assert not seen.complete
    assert 3 <= seen.rows_found <= 10
    assert seen.expected is None
    assert seen.holds is None
    assert any("more than a preview fetches" in one for one in seen.warnings)
    exactly = previewed(many(10 if name == "MOST_ROWS" else 3))
    assert exactly.complete


def test_fetching_takes_half_of_the_time_at_most() -> None:
    seen = previewed(many(40), time=PassingTime(24, tick=2))
    assert not seen.query_complete
    assert 3 <= seen.rows_found < 40


Row = st.fixed_dictionaries(
    {"borrowerId": st.sampled_from(["1", "2", "3", "4", "5", "", "1.5", " 2"])},
    optional={"loanId": st.sampled_from(["", "7"]), "note": st.text(max_size=5)},
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(Row, max_size=12), layout=st.sampled_from(Rows), chunk=st.integers(1, 5))
def test_whatever_the_rows_a_preview_is_what_the_run_then_does(
    rows: list[dict[str, Any]], layout: Rows, chunk: int
) -> None:
    exporter = an_exporter("person.externalId", "query.note", rows=layout)
    world = a_world(rows, columns=["borrowerId", "loanId", "note"], exporter=exporter)
    with pytest.MonkeyPatch.context() as smaller:
        chunks_of(chunk, smaller)
        seen = previewed(world)
    run = world.execute()
    assert (seen.counts, seen.complete) == (run.counts, True)
    assert [file.bytes for file in seen.files] == [len(world.content(CONTACTS_OUTPUT))]
    assert seen.expected is not None
    assert seen.expected.bytes == len(world.content(CONTACTS_OUTPUT))
