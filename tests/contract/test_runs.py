"""The promises of the run store: every id once, one run in progress, newest first."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.adapters.dynamodb.runs import DynamoRunStore
from campaigns.adapters.memory import MemoryRunStore
from campaigns.domain.campaign import ChangedMeanwhile, UnknownCursor
from campaigns.domain.page import Slice
from campaigns.domain.run import (
    Counts,
    HoldReason,
    Run,
    RunFile,
    RunInProgress,
    RunNotFound,
    RunStatus,
    Stage,
    TriggeredBy,
    Window,
)
from campaigns.ports import RunStore
from tests.builders import NOON, a_run, an_id
from tests.contract.conftest import Deployed


@pytest.fixture
def on_dynamodb(deployed: Deployed, dynamodb: Any) -> DynamoRunStore:
    return DynamoRunStore(dynamodb, deployed.settings.campaigns_table)


@pytest.fixture(params=["memory", "dynamodb"])
def runs(request: pytest.FixtureRequest) -> RunStore:
    if request.param == "memory":
        return MemoryRunStore()
    found: RunStore = request.getfixturevalue("on_dynamodb")
    return found


@pytest.fixture
def campaign_id() -> str:
    return an_id()


def ended(runs: RunStore, run: Run) -> Run:
    running = runs.move(run.moved(RunStatus.RUNNING, at=NOON))
    return runs.move(running.moved(RunStatus.COMPLETED, at=NOON))


def test_an_opened_run_comes_back_as_it_went_in(runs: RunStore, campaign_id: str) -> None:
    run = a_run(campaign_id=campaign_id)
    assert runs.open(run) == run
    assert runs.get(run.company_id, campaign_id, run.id) == run


def test_every_field_of_a_run_comes_back(runs: RunStore, campaign_id: str) -> None:
    run = a_run(
        campaign_id=campaign_id,
        triggered_by=TriggeredBy.SCHEDULE,
        scheduled_for=NOON,
        overrides=True,
        stage=Stage.DELIVER,
        counts=Counts(rows_in=3, exported=2, rejected=1, lines=4, reasons={"no_phone": 1}),
        files=(
            RunFile(name="log.txt", bytes=7, sha256="ab" * 32, rows=1),
            RunFile(
                name="contacts_output_part01.csv",
                bytes=7,
                sha256="ab" * 32,
                window=Window(NOON, "America/New_York"),
            ),
        ),
        deliveries=({"file": "a.csv", "bytes": 12, "resumedFrom": 0},),
        error_code="some_code",
        error_message="says «why»",
        requested_by=an_id(),
        query_sha256="ab" * 32,
        hold_reasons=(HoldReason("max_audience", "is «too» large"), HoldReason("zero_rows", "")),
        released_by=an_id(),
        stage_detail="queued",
        started_at=NOON + timedelta(microseconds=5),
        finished_at=NOON + timedelta(days=1),
    ).noted("a line", at=NOON)
    runs.open(run)
    assert runs.get(run.company_id, campaign_id, run.id) == run


def test_a_run_is_found_only_at_its_own_campaign_and_company(
    runs: RunStore, campaign_id: str
) -> None:
    run = runs.open(a_run(campaign_id=campaign_id))
    for company, campaign, id in (
        (run.company_id, campaign_id, an_id()),
        (run.company_id, an_id(), run.id),
        (an_id(), campaign_id, run.id),
    ):
        with pytest.raises(RunNotFound):
            runs.get(company, campaign, id)


def test_the_same_id_again_answers_the_run_that_is_kept(runs: RunStore, campaign_id: str) -> None:
    run = runs.open(a_run(campaign_id=campaign_id))
    moved = runs.move(run.moved(RunStatus.RUNNING, at=NOON))
    assert runs.open(replace(run, overrides=True)) == moved
    done = runs.move(moved.moved(RunStatus.COMPLETED, at=NOON))
    assert runs.open(run) == done
    assert runs.list(run.company_id, campaign_id, Slice()).total == 1


def test_a_campaign_has_one_place_for_a_run_in_progress(runs: RunStore, campaign_id: str) -> None:
    first, second = a_run(campaign_id=campaign_id), a_run(campaign_id=campaign_id)
    runs.open(first)
    with pytest.raises(RunInProgress) as refused:
        runs.open(second)
    assert refused.value.run_id == first.id
    with pytest.raises(RunNotFound):
        runs.get(second.company_id, campaign_id, second.id)
    assert runs.list(first.company_id, campaign_id, Slice()).total == 1


def test_campaigns_do_not_stand_in_each_others_way(runs: RunStore) -> None:
    one, other = a_run(campaign_id=an_id()), a_run(campaign_id=an_id())
    assert runs.open(one) == one
    assert runs.open(other) == other


@pytest.mark.parametrize("end", [RunStatus.FAILED, RunStatus.CANCELED])
def test_a_run_that_is_over_gives_its_place_back(
    runs: RunStore, campaign_id: str, end: RunStatus
) -> None:
    first = runs.open(a_run(campaign_id=campaign_id))
    runs.move(first.moved(end, at=NOON))
    second = a_run(campaign_id=campaign_id)
    assert runs.open(second) == second


def test_a_run_that_is_over_already_takes_no_place(runs: RunStore, campaign_id: str) -> None:
    busy = runs.open(a_run(campaign_id=campaign_id))
    over = a_run(campaign_id=campaign_id).failed("missed", "it was missed", at=NOON)
    assert runs.open(over) == over
    assert runs.get(over.company_id, campaign_id, over.id) == over
    assert runs.list(over.company_id, campaign_id, Slice()).total == 2
    with pytest.raises(RunInProgress) as refused:
        runs.open(a_run(campaign_id=campaign_id))
    assert refused.value.run_id == busy.id
    assert runs.open(replace(over, log=())) == over, "its id is taken all the same"


def idle_of(runs: RunStore, campaign_id: str, since: datetime = NOON) -> set[str]:
    return {ref.run_id for ref in runs.idle(since) if ref.campaign_id == campaign_id}


def test_a_run_is_idle_from_its_last_write_until_its_next(runs: RunStore, campaign_id: str) -> None:
    before = NOON - timedelta(seconds=1)
    run = runs.open(a_run(campaign_id=campaign_id, created_at=before, updated_at=before))
    assert [ref for ref in runs.idle(NOON) if ref.campaign_id == campaign_id] == [run.ref]
    assert idle_of(runs, campaign_id, before) == set()
    moved = runs.move(run.noted("at work", at=NOON))
    assert idle_of(runs, campaign_id) == set()
    assert idle_of(runs, campaign_id, NOON + timedelta(seconds=1)) == {moved.id}


@pytest.mark.parametrize(
    "status", [RunStatus.HELD, RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELED]
)
def test_a_run_that_is_over_or_held_is_not_idle(
    runs: RunStore, campaign_id: str, status: RunStatus
) -> None:
    before = NOON - timedelta(hours=1)
    run = runs.open(a_run(campaign_id=campaign_id, created_at=before, updated_at=before))
    running = runs.move(run.moved(RunStatus.RUNNING, at=before))
    assert idle_of(runs, campaign_id) == {run.id}
    stopped = runs.move(running.moved(status, at=before))
    assert idle_of(runs, campaign_id) == set()
    if status in (RunStatus.HELD, RunStatus.FAILED):
        going = stopped.restarted("run: again", at=before)
        runs.reopen(going) if status is RunStatus.FAILED else runs.move(going)
        assert idle_of(runs, campaign_id) == {run.id}


def test_a_held_run_keeps_its_place(runs: RunStore, campaign_id: str) -> None:
    run = runs.open(a_run(campaign_id=campaign_id))
    running = runs.move(run.moved(RunStatus.RUNNING, at=NOON))
    runs.move(running.failed("host_key_changed", "look", at=NOON, held=True))
    with pytest.raises(RunInProgress):
        runs.open(a_run(campaign_id=campaign_id))


def test_a_run_that_is_over_can_still_be_written_while_the_next_is_in_progress(
    runs: RunStore, campaign_id: str
) -> None:
    first = ended(runs, runs.open(a_run(campaign_id=campaign_id)))
    second = runs.open(a_run(campaign_id=campaign_id))
    noted = runs.move(first.noted("afterwards", at=NOON))
    assert runs.get(first.company_id, campaign_id, first.id) == noted
    with pytest.raises(RunInProgress) as refused:
        runs.open(a_run(campaign_id=campaign_id))
    assert refused.value.run_id == second.id


def test_a_run_that_was_over_takes_its_place_again(runs: RunStore, campaign_id: str) -> None:
    failed = runs.move(a_failed_run(runs, campaign_id))
    going = runs.reopen(failed.restarted("run: tried again", at=NOON))
    assert runs.get(going.company_id, campaign_id, going.id) == going
    with pytest.raises(RunInProgress):
        runs.open(a_run(campaign_id=campaign_id, id=an_id()))


def test_a_place_that_is_taken_is_not_taken_again(runs: RunStore, campaign_id: str) -> None:
    failed = runs.move(a_failed_run(runs, campaign_id))
    other = runs.open(a_run(campaign_id=campaign_id, id=an_id()))
    with pytest.raises(RunInProgress) as busy:
        runs.reopen(failed.restarted("run: tried again", at=NOON))
    assert busy.value.run_id == other.id
    assert runs.get(failed.company_id, campaign_id, failed.id) == failed


def test_a_run_is_not_reopened_from_an_old_version(runs: RunStore, campaign_id: str) -> None:
    failed = runs.move(a_failed_run(runs, campaign_id))
    runs.move(failed.noted("somebody was faster", at=NOON))
    with pytest.raises(ChangedMeanwhile):
        runs.reopen(failed.restarted("run: tried again", at=NOON))
    runs.open(a_run(campaign_id=campaign_id, id=an_id()))


def a_failed_run(runs: RunStore, campaign_id: str) -> Run:
    return runs.open(a_run(campaign_id=campaign_id)).failed("down", "it is down", at=NOON)


def test_a_move_is_kept_under_the_next_version(runs: RunStore, campaign_id: str) -> None:
    run = runs.open(a_run(campaign_id=campaign_id))
    moved = runs.move(run.noted("one", at=NOON))
    assert moved == replace(run.noted("one", at=NOON), version=1)
    assert runs.get(run.company_id, campaign_id, run.id) == moved


@pytest.mark.parametrize("end", [RunStatus.RUNNING, RunStatus.FAILED])
def test_a_move_from_an_old_version_is_refused(
    runs: RunStore, campaign_id: str, end: RunStatus
) -> None:
    run = runs.open(a_run(campaign_id=campaign_id))
    moved = runs.move(run.noted("one", at=NOON))
    with pytest.raises(ChangedMeanwhile):
        runs.move(run.moved(end, at=NOON))
    assert runs.get(run.company_id, campaign_id, run.id) == moved
    with pytest.raises(RunInProgress):
        runs.open(a_run(campaign_id=campaign_id))


def test_a_run_that_was_never_opened_does_not_move(runs: RunStore, campaign_id: str) -> None:
    with pytest.raises(ChangedMeanwhile):
        runs.move(a_run(campaign_id=campaign_id))


def test_runs_are_listed_newest_first_whatever_their_ids(runs: RunStore, campaign_id: str) -> None:
    """Their ids may follow from dates and keys, so they do not sort by time."""
    ids = [an_id() for _ in range(7)]
    hours = [3, 1, 4, 1, 5, 2, 6]
    kept = [
        ended(
            runs,
            runs.open(
                a_run(id=id, campaign_id=campaign_id, created_at=NOON + timedelta(hours=hour))
            ),
        )
        for id, hour in zip(ids, hours, strict=True)
    ]
    model = sorted(kept, key=lambda run: (run.created_at, run.id), reverse=True)
    company = kept[0].company_id
    assert runs.list(company, campaign_id, Slice()).items == tuple(model)
    for place, cursor in enumerate(model):
        for limit in (1, 3, 7):
            page = runs.list(company, campaign_id, Slice(limit, starting_after=cursor.id))
            assert page.items == tuple(model[place + 1 : place + 1 + limit])
            assert page.total == 7
            assert page.has_previous == bool(page.items)
            assert page.has_next == (place + 1 + limit < 7)
            page = runs.list(
                company,
                campaign_id,
                Slice(limit, starting_after=model[0].id, ending_before=cursor.id),
            )
            assert page.items == tuple(model[max(place - limit, 0) : place])
            assert page.has_next == bool(page.items)
            assert page.has_previous == (place > limit)


def test_a_cursor_that_names_no_run_of_the_list_is_refused(
    runs: RunStore, campaign_id: str
) -> None:
    elsewhere = runs.open(a_run(campaign_id=an_id()))
    run = runs.open(a_run(campaign_id=campaign_id))
    for ask, field in (
        (Slice(starting_after=an_id()), "startingAfter"),
        (Slice(ending_before=elsewhere.id), "endingBefore"),
    ):
        with pytest.raises(UnknownCursor) as refused:
            runs.list(run.company_id, campaign_id, ask)
        assert refused.value.field == field


def test_the_list_of_a_campaign_that_never_ran_is_empty(runs: RunStore, company_id: str) -> None:
    page = runs.list(company_id, an_id(), Slice())
    assert (page.items, page.total, page.has_next, page.has_previous) == ((), 0, False, False)


def test_of_twenty_opened_at_once_one_is_in_progress(
    on_dynamodb: DynamoRunStore, campaign_id: str
) -> None:
    rivals = [a_run(campaign_id=campaign_id) for _ in range(20)]

    def opened(run: Run) -> str:
        try:
            return on_dynamodb.open(run).id
        except RunInProgress as busy:
            return busy.run_id

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(opened, rivals))
    [winner] = answers
    page = on_dynamodb.list(rivals[0].company_id, campaign_id, Slice())
    assert ([run.id for run in page.items], page.total) == ([winner], 1)


def test_twenty_repeats_of_one_id_at_once_open_one_run(
    on_dynamodb: DynamoRunStore, campaign_id: str
) -> None:
    run = a_run(campaign_id=campaign_id)
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(on_dynamodb.open, [run] * 20)) == [run] * 20
    assert on_dynamodb.list(run.company_id, campaign_id, Slice()).total == 1


def test_each_step_of_a_campaign_has_a_place_of_its_own(runs: RunStore, company_id: str) -> None:
    campaign, steps = an_id(), [an_id(), an_id(), None]
    opened = [
        runs.open(a_run(company_id=company_id, campaign_id=campaign, step_id=step))
        for step in steps
    ]
    closing = runs.open(a_run(company_id=company_id, campaign_id=campaign, closing=True))
    again = a_run(company_id=company_id, campaign_id=campaign, step_id=steps[0])
    with pytest.raises(RunInProgress) as busy:
        runs.open(again)
    assert busy.value.run_id == opened[0].id
    runs.move(opened[0].moved(RunStatus.CANCELED, at=NOON))
    assert runs.open(again) == again
    with pytest.raises(RunInProgress):
        runs.open(replace(closing, id=an_id()))
    assert runs.list(company_id, campaign, Slice()).total == 5


def test_the_runs_of_a_company_are_found_over_all_campaigns_by_when_they_were_opened(
    runs: RunStore,
) -> None:
    company = an_id()
    opened = [
        runs.open(
            a_run(company_id=company, campaign_id=an_id(), created_at=NOON + timedelta(hours=hour))
        )
        for hour in (0, 1, 2, 2, 3)
    ]
    runs.open(a_run(company_id=an_id(), campaign_id=an_id()))
    newest_first = sorted(opened, key=lambda run: run.opened_place, reverse=True)
    assert list(runs.of_company(company)) == newest_first
    since, until = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
    assert list(runs.of_company(company, since=since, until=until)) == newest_first[1:4]
    for place, run in enumerate(newest_first):
        after = run.opened_place
        assert list(runs.of_company(company, after=after)) == newest_first[place + 1 :]
        within = list(runs.of_company(company, since=since, until=until, after=after))
        assert within == [one for one in newest_first[1:4] if one.opened_place < after]


def test_a_list_of_a_companys_runs_goes_on_beyond_a_page(
    runs: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.adapters.dynamodb.runs._AT_ONCE", 2)
    company = an_id()
    for _ in range(5):
        ended(runs, runs.open(a_run(company_id=company, campaign_id=an_id())))
    found = list(runs.of_company(company))
    assert [run.status for run in found] == [RunStatus.COMPLETED] * 5
