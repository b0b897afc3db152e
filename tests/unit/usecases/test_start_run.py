"""Starting a run: once for each request, never two at a time, and never lost."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryCollection, MemoryRunFiles, MemoryRunStore
from campaigns.domain.audience import NoAudience, RowWithoutPerson
from campaigns.domain.campaign import Campaign, CampaignNotActive, CampaignStatus
from campaigns.domain.exporter import Exporter, ExporterNotFound
from campaigns.domain.page import Slice
from campaigns.domain.requests import KeyOfAnotherRequest
from campaigns.domain.run import OVERRIDE, Run, RunInProgress, RunNotFound, RunStatus, TriggeredBy
from campaigns.usecases.start_run import start_run
from tests.builders import COMPANY, NOON, a_campaign, an_exporter, an_id
from tests.fakes import EngineDown, SometimesEngine

ROWS = [{"borrowerId": "7", "loanId": 9, "offer": None}]


class LateStore(MemoryRunStore):
    """Where others are always a moment ahead: what they opened is not seen before it is met."""

    def get(self, company_id: str, campaign_id: str, run_id: str) -> Run:
        raise RunNotFound(run_id)


class Desk:
    def __init__(self) -> None:
        self.campaign: Campaign = a_campaign()
        self.runs = MemoryRunStore()
        self.files = MemoryRunFiles()
        self.engine = SometimesEngine()
        self.exporters: MemoryCollection[Exporter] = MemoryCollection(missing=ExporterNotFound)
        self.at: datetime = NOON

    def start(
        self,
        override: list[dict[str, Any]] | None = None,
        key: str | None = None,
        *,
        outside: bool = False,
    ) -> Run:
        return start_run(
            self.campaign,
            override,
            key,
            outside=outside,
            runs=self.runs,
            exporters=self.exporters,
            files=self.files,
            engine=self.engine,
            new_id=an_id,
            now=lambda: self.at,
        )

    def moved(self, run: Run, *to: RunStatus) -> Run:
        for status in to:
            run = self.runs.move(run.moved(status, at=NOON))
        return run

    @property
    def all_runs(self) -> tuple[Run, ...]:
        return self.runs.list(COMPANY, self.campaign.id, Slice()).items


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_run_is_opened_and_begun(desk: Desk) -> None:
    run = desk.start()
    assert (run.status, run.triggered_by, run.overrides) == (
        RunStatus.PENDING,
        TriggeredBy.MANUAL,
        False,
    )
    assert desk.runs.get(COMPANY, desk.campaign.id, run.id) == run
    assert desk.engine.starts == [run.ref]


@pytest.mark.parametrize(
    "status", [CampaignStatus.DRAFT, CampaignStatus.PAUSED, CampaignStatus.ARCHIVED]
)
def test_only_an_active_campaign_is_run_by_hand(desk: Desk, status: CampaignStatus) -> None:
    desk.campaign = a_campaign(status=status)
    with pytest.raises(CampaignNotActive):
        desk.start(ROWS)
    assert desk.all_runs == ()


def test_without_a_query_the_rows_have_to_come_along(desk: Desk) -> None:
    desk.campaign = a_campaign(query_url=None)
    with pytest.raises(NoAudience) as refused:
        desk.start()
    assert refused.value.field == "queryResultsOverride"
    assert desk.start(ROWS).overrides


@pytest.mark.parametrize("rows", [[], ROWS])
def test_the_rows_of_an_override_wait_for_the_run(desk: Desk, rows: list[dict[str, Any]]) -> None:
    run = desk.start(rows)
    assert run.overrides
    with desk.files.read(run.ref, OVERRIDE) as stream:
        assert json.load(stream) == rows


def test_rows_that_json_can_hardly_write_are_kept_too(desk: Desk) -> None:
    rows = [{"borrowerId": 2**70, "name": "\ud83d", "city": "Zürich"}]
    run = desk.start(rows)
    with desk.files.read(run.ref, OVERRIDE) as stream:
        assert json.load(stream) == rows


@pytest.mark.parametrize("bad", [{}, {"loanId": 3}, {"borrowerId": None}, {"id": "  "}])
def test_a_row_that_names_nobody_is_refused_by_its_number(desk: Desk, bad: dict[str, Any]) -> None:
    with pytest.raises(RowWithoutPerson, match="row 2 ") as refused:
        desk.start([*ROWS, bad, bad])
    assert refused.value.field == "queryResultsOverride"
    assert desk.files.kept == {}
    assert desk.all_runs == ()


def test_a_second_run_is_refused_while_the_first_is_in_progress(desk: Desk) -> None:
    first = desk.moved(desk.start(), RunStatus.RUNNING)
    with pytest.raises(RunInProgress):
        desk.start()
    assert desk.all_runs == (first,)
    assert desk.engine.starts == [first.ref]


@pytest.mark.parametrize("key", [None, "tuesday"])
def test_a_run_that_is_refused_leaves_no_rows_behind(desk: Desk, key: str | None) -> None:
    first = desk.moved(desk.start(ROWS, key="monday"), RunStatus.RUNNING)
    kept = dict(desk.files.kept)
    with pytest.raises(RunInProgress):
        desk.start([{"id": "somebody else"}], key=key)
    assert desk.files.kept == kept
    with desk.files.read(first.ref, OVERRIDE) as stream:
        assert json.load(stream) == ROWS


def test_a_refused_repeat_leaves_the_rows_of_the_run_that_was_let_in_meanwhile(desk: Desk) -> None:
    busy = desk.start()

    def lets_it_in() -> None:
        desk.engine.before_start = lambda: None
        desk.moved(busy, RunStatus.CANCELED)
        desk.start(ROWS, key="monday")

    desk.engine.before_start = lets_it_in
    with pytest.raises(RunInProgress):
        desk.start(ROWS, key="monday")
    [run] = [one for one in desk.all_runs if one.overrides]
    with desk.files.read(run.ref, OVERRIDE) as stream:
        assert json.load(stream) == ROWS


@pytest.mark.parametrize("outside", [True, False])
def test_a_run_for_a_worker_outside_knows_its_exporter_from_the_start(
    desk: Desk, outside: bool
) -> None:
    exporter = desk.exporters.add(an_exporter())
    desk.campaign = a_campaign(exporter_id=exporter.id)
    assert desk.start(outside=outside).exporter == (exporter if outside else None)


@pytest.mark.parametrize("exporter_id", [None, an_id(7)])
def test_a_worker_outside_needs_no_exporter(desk: Desk, exporter_id: str | None) -> None:
    desk.campaign = a_campaign(exporter_id=exporter_id)
    assert desk.start(outside=True).exporter is None


def test_the_next_run_may_start_when_the_last_is_over(desk: Desk) -> None:
    first = desk.moved(desk.start(), RunStatus.RUNNING, RunStatus.FAILED)
    second = desk.start()
    assert [run.id for run in desk.all_runs] == [second.id, first.id]


# Repeats


@pytest.mark.parametrize(
    "since", [(), (RunStatus.RUNNING,), (RunStatus.RUNNING, RunStatus.COMPLETED)]
)
def test_the_same_key_finds_the_same_run(desk: Desk, since: tuple[RunStatus, ...]) -> None:
    first = desk.moved(desk.start(key="monday"), *since)
    assert desk.start(key="monday") == first
    assert desk.all_runs == (first,)


def test_another_key_is_another_run(desk: Desk) -> None:
    first = desk.moved(desk.start(key="monday"), RunStatus.CANCELED)
    assert desk.start(key="tuesday").id != first.id


def test_a_key_belongs_to_its_campaign(desk: Desk) -> None:
    first = desk.start(key="monday")
    desk.campaign = a_campaign()
    assert desk.start(key="monday").id != first.id


def test_a_repeat_does_not_touch_the_rows_that_the_first_brought(desk: Desk) -> None:
    run = desk.start(ROWS, key="monday")
    with pytest.raises(KeyOfAnotherRequest):
        desk.start([{"id": "somebody else"}], key="monday")
    with desk.files.read(run.ref, OVERRIDE) as stream:
        assert json.load(stream) == ROWS


@pytest.mark.parametrize("other", [{"override": []}, {"override": None}, {"outside": True}])
def test_another_request_under_the_same_key_is_refused(desk: Desk, other: dict[str, Any]) -> None:
    first = desk.start(ROWS, key="monday")
    with pytest.raises(KeyOfAnotherRequest):
        desk.start(key="monday", **other)
    assert desk.all_runs == (first,)
    assert desk.start([dict(reversed(row.items())) for row in ROWS], key="monday") == first


def test_another_request_that_was_let_in_meanwhile_refuses_this_one(desk: Desk) -> None:
    desk.runs = LateStore()
    first = desk.start(key="monday")
    with pytest.raises(KeyOfAnotherRequest):
        desk.start(key="monday", outside=True)
    assert desk.all_runs == (first,)


@pytest.mark.parametrize(
    ("first", "hours", "same"),
    [
        ("2026-03-02T12:00Z", 23.9, True),
        ("2026-03-02T12:00Z", 24, False),
        ("2026-03-02T00:00Z", 23.9, True),
        ("2026-03-02T00:00Z", 24, False),
        ("2026-03-02T23:59Z", 0.1, True),
        ("2026-03-02T23:59Z", 23.9, True),
        ("2026-03-02T23:59Z", 24.1, False),
        ("2026-03-02T12:00Z", 24 * 366, False),
    ],
)
def test_a_key_finds_its_run_for_a_day_and_asks_for_another_ever_after(
    desk: Desk, first: str, hours: float, same: bool
) -> None:
    desk.at = datetime.fromisoformat(first)
    run = desk.moved(desk.start(key="monday"), RunStatus.CANCELED)
    desk.at += timedelta(hours=hours)
    again = desk.start(None if same else ROWS, key="monday")
    assert (again.id == run.id) is same
    assert len(desk.all_runs) == (1 if same else 2)


def test_a_request_that_died_before_it_was_answered_finds_its_run_behind_midnight(
    desk: Desk,
) -> None:
    desk.at = datetime.fromisoformat("2026-03-02T23:59:59Z")
    desk.engine.is_down = True
    with pytest.raises(EngineDown):
        desk.start(ROWS, key="monday")
    desk.engine.is_down = False
    desk.at += timedelta(seconds=5)
    run = desk.start(ROWS, key="monday")
    assert desk.all_runs == (run,)
    assert desk.engine.starts == [run.ref]


def test_a_repeat_begins_what_was_opened_and_never_begun(desk: Desk) -> None:
    desk.engine.is_down = True
    with pytest.raises(EngineDown):
        desk.start(key="monday")
    desk.engine.is_down = False
    run = desk.start(key="monday")
    assert run.status is RunStatus.PENDING
    assert desk.engine.starts == [run.ref]
    assert len(desk.all_runs) == 1


# An engine that is down


def test_a_run_that_cannot_be_begun_has_failed_and_blocks_nobody(desk: Desk) -> None:
    desk.engine.is_down = True
    with pytest.raises(EngineDown):
        desk.start()
    [failed] = desk.all_runs
    assert (failed.status, failed.error_code) == (RunStatus.FAILED, "engine_down")
    desk.engine.is_down = False
    assert desk.start().status is RunStatus.PENDING


def test_a_run_that_did_begin_although_the_engine_said_no_goes_its_way(desk: Desk) -> None:
    desk.engine.is_down = True

    def begins() -> None:
        desk.moved(desk.all_runs[0], RunStatus.RUNNING)

    desk.engine.before_start = begins
    with pytest.raises(EngineDown):
        desk.start()
    assert desk.all_runs[0].status is RunStatus.RUNNING


def test_whoever_meets_a_run_that_never_began_begins_it(desk: Desk) -> None:
    desk.engine.is_down = True
    with pytest.raises(EngineDown):
        desk.start(key="monday")
    with pytest.raises(RunInProgress):
        desk.start()
    desk.engine.is_down = False
    with pytest.raises(RunInProgress):
        desk.start()
    assert desk.engine.starts == [desk.all_runs[0].ref]
