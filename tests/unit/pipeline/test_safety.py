"""A run that breaks a limit is held with its files made, and nothing has left."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryRunEngine
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.delivery import DirectoryMissing, HostKeyChanged
from campaigns.domain.exporter import EmptyFile
from campaigns.domain.query import KeyRefused, QueryUnavailable, parse_query_url
from campaigns.domain.run import OVERRIDE, QUERY_TEXT, Counts, Run, RunStatus, Stage, TriggeredBy
from campaigns.domain.safety import AudienceChange, Precaution, Safety
from campaigns.pipeline.safety import earlier_audiences
from campaigns.pipeline.tools import Tools
from campaigns.usecases.restart_run import release_run, retry_run
from tests.builders import NOON, a_customer, a_run, an_exporter, an_id
from tests.unit.pipeline.test_interruptions import Interrupted, RememberingSteps
from tests.unit.pipeline.world import World

ADDRESS = parse_query_url("https://redash.example.com/queries/42", allow_http=False)
AWAY = QueryUnavailable(ADDRESS, "away")
WATCHED = Safety(query_change=Precaution.HOLD)


def a_world(rows: int = 2, **campaign: Any) -> World:
    people = [a_customer(str(number)) for number in range(rows)]
    exporter = campaign.pop("exporter", None) or an_exporter("person.externalId")
    found = [{"borrowerId": number} for number in range(rows)]
    return World(found, columns=["borrowerId"], exporter=exporter, people=people, **campaign)


def released(world: World, by: str = "another-key") -> Run:
    release_run(
        world.campaign,
        world.run,
        by,
        access=world.access,
        campaigns=world.campaigns,
        runs=world.runs,
        engine=MemoryRunEngine(),
        now=world.clock,
    )
    return world.execute()


def retried(world: World) -> Run:
    engine = MemoryRunEngine()
    retry_run(world.campaign, world.run, "a-key", runs=world.runs, engine=engine, now=world.clock)
    return world.execute()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def codes(run: Run) -> list[str]:
    return [reason.code for reason in run.hold_reasons]


def by_schedule(world: World) -> World:
    world.change(lambda run: replace(run, scheduled_for=NOON, triggered_by=TriggeredBy.SCHEDULE))
    return world


# Held, and let go


def test_a_run_above_the_cap_is_held_with_its_files_and_nothing_left() -> None:
    world = a_world(safety=Safety(max_audience=1))
    run = world.execute()
    assert (run.status, run.stage, run.error_code) == (
        RunStatus.HELD,
        Stage.EXPORT,
        "held_by_safety",
    )
    assert codes(run) == ["max_audience"]
    assert "the audience is 2; the limit is 1" in (run.error_message or "")
    assert (run.error_message or "") in world.content("log.txt").decode()
    assert "contacts_output.csv" in run.available_files
    assert world.receiver.connections == []
    assert run.finished_at is None


def test_a_released_run_delivers_the_very_files_that_were_looked_at() -> None:
    world = a_world(safety=Safety(max_audience=1))
    held = world.execute()
    asked = list(world.queries.asked)
    world.queries.result = [{"borrowerId": 0}]
    ended = released(world)
    assert ended.status is RunStatus.COMPLETED, ended.error_message
    assert world.queries.asked == asked
    assert ended.file("contacts_output.csv") == held.file("contacts_output.csv")
    [contacts] = [data for name, data in world.receiver.files.items() if "_contacts" in name]
    assert hashlib.sha256(contacts).hexdigest() == held.file("contacts_output.csv").sha256
    assert (ended.released_by, codes(ended)) == ("another-key", ["max_audience"])
    assert "run: released by key another-key" in world.log()


def test_a_released_run_that_could_not_deliver_is_not_held_again_by_the_same_limit() -> None:
    world = a_world(safety=Safety(max_audience=1))
    world.execute()
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    assert released(world).status is RunStatus.FAILED
    asked = list(world.queries.asked)
    assert retried(world).status is RunStatus.COMPLETED
    assert world.queries.asked == asked


def test_another_reason_takes_another_release() -> None:
    world = a_world(safety=Safety(max_audience=1))
    world.execute()
    world.receiver.failures = [HostKeyChanged("sftp.example.com", "SHA256:a", "SHA256:b")]
    again = released(world)
    assert (again.status, codes(again)) == (RunStatus.HELD, ["host_key_changed"])
    assert again.released_by is None
    assert released(world).status is RunStatus.COMPLETED


def test_a_held_run_that_was_given_up_is_checked_again_when_it_is_retried() -> None:
    """Else whoever may retry, but not release, would get the file out."""
    world = a_world(safety=Safety(max_audience=1), exporter=an_exporter(empty_file=EmptyFile.SKIP))
    world.execute()
    world.change(lambda run: run.failed("stuck", "nobody came", at=NOON))
    assert (retried(world).status, codes(world.run)) == (RunStatus.HELD, ["max_audience"])
    world.change(lambda run: run.failed("stuck", "nobody came", at=NOON))
    world.queries.result = []
    run = retried(world)
    assert (run.status, codes(run)) == (RunStatus.COMPLETED, [])
    assert "contacts_output.csv" not in run.available_files, "that was the file of another pass"
    assert not any("_contacts" in name for name in world.receiver.files)


def test_a_run_canceled_at_that_moment_stays_canceled(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world(safety=Safety(max_audience=1))
    move = world.runs.move

    def moved(run: Run) -> Run:
        kept = move(run)
        if kept.log and kept.log[-1].text.startswith("safety:"):
            return move(kept.moved(RunStatus.CANCELED, at=NOON))
        return kept

    monkeypatch.setattr(world.runs, "move", moved)
    assert world.execute().status is RunStatus.CANCELED
    assert world.receiver.files == {}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", range(13))
def test_however_it_is_interrupted_nothing_leaves_a_run_that_has_to_be_held(
    place: int, when: str
) -> None:
    world = a_world(safety=Safety(max_audience=1))
    steps = RememberingSteps((place, when))
    for _ in range(2):
        try:
            world.execute(steps)
        except Interrupted:
            continue
    assert (world.run.status, codes(world.run)) == (RunStatus.HELD, ["max_audience"])
    assert world.receiver.connections == []


# Zero rows


def test_a_schedule_that_finds_nobody_is_held_and_a_request_is_not() -> None:
    assert a_world(0).execute().status is RunStatus.COMPLETED
    held = by_schedule(a_world(0)).execute()
    assert (held.status, codes(held)) == (RunStatus.HELD, ["zero_rows"])
    allowed = by_schedule(a_world(0, safety=Safety(zero_rows=Precaution.ALLOW))).execute()
    assert allowed.status is RunStatus.COMPLETED


def test_a_scheduled_run_is_one_also_when_it_is_tried_again() -> None:
    world = by_schedule(a_world(0))
    world.queries.failures = [KeyRefused(ADDRESS)]
    assert world.execute().status is RunStatus.FAILED
    assert (retried(world).status, codes(world.run)) == (RunStatus.HELD, ["zero_rows"])


# The usual audience


def with_history(world: World, runs: Iterable[dict[str, Any]]) -> None:
    """Earlier runs of the campaign, the first the oldest; and the run again, after them."""
    world.change(lambda run: run if run.is_over else run.moved(RunStatus.CANCELED, at=NOON))
    for facts in runs:
        known = {"audience": 100, "status": RunStatus.COMPLETED, **facts}
        counts = Counts(exported=known.pop("audience"))
        opened = world.runs.open(a_run(campaign_id=world.campaign_id, id=an_id()))
        world.runs.move(replace(opened, **known, counts=counts))
    world.opened = world.runs.open(a_run(campaign_id=world.campaign_id, id=an_id()))


USUAL = Safety(audience_change=AudienceChange(percent=50, of_runs=3))


def test_an_unusual_audience_is_held_by_what_earlier_runs_had() -> None:
    world = a_world(2, safety=USUAL)
    with_history(world, [{"audience": 1}, {"audience": 9}, {"audience": 9}, {"audience": 9}])
    run = world.execute()
    assert codes(run) == ["audience_change"]
    assert "median of the last 3 completed runs, 9;" in (run.error_message or "")


def test_runs_that_say_nothing_of_the_audience_do_not_count() -> None:
    world = a_world(2, safety=USUAL)
    nothing: list[dict[str, Any]] = [
        {"status": RunStatus.FAILED},
        {"status": RunStatus.CANCELED},
        {"overrides": True},
    ]
    with_history(world, [*[{"audience": 2}] * 3, *nothing])
    assert world.execute().status is RunStatus.COMPLETED
    assert "not checked" not in world.log()


def test_with_too_few_runs_the_log_says_that_it_was_not_checked() -> None:
    world = a_world(2, safety=USUAL)
    with_history(world, [{"audience": 900}] * 2)
    assert world.execute().status is RunStatus.COMPLETED
    assert "audienceChange not checked, it takes 3 completed runs and there are 2" in world.log()


def test_earlier_runs_are_looked_for_behind_many_that_failed() -> None:
    world = a_world(2, safety=USUAL)
    with_history(world, [{"audience": n} for n in (7, 8, 9)] + [{"status": RunStatus.FAILED}] * 150)
    assert earlier_audiences(world.campaign.safety, world.opened, world.runs) == [9, 8, 7]


def test_the_past_is_not_read_for_nothing() -> None:
    world = a_world(2, safety=Safety(max_audience=5))
    with_history(world, [{"audience": 9}] * 3)
    assert earlier_audiences(world.campaign.safety, world.opened, world.runs) == []


def test_rows_given_by_hand_meet_only_the_cap() -> None:
    limits = replace(USUAL, zero_rows=Precaution.HOLD, query_change=Precaution.HOLD)
    for cap, status in ((5, RunStatus.COMPLETED), (1, RunStatus.HELD)):
        world = a_world(2, safety=replace(limits, max_audience=cap))
        with_history(world, [{"audience": 900}] * 3)
        world.change(lambda run: replace(run, overrides=True))
        world.files.kept[world.opened.ref, OVERRIDE] = b'[{"id": 0}, {"id": 1}]'
        assert world.execute().status is status
        assert "only maxAudience is checked" in world.log()


# The text of the query


def test_the_text_is_kept_with_the_run_under_its_hash_and_not_shown() -> None:
    world = a_world()
    world.queries.texts = ["SELECT 'Ж' AS id"]
    run = world.execute()
    assert world.content(QUERY_TEXT).decode() == "SELECT 'Ж' AS id"
    assert run.query_sha256 == run.file(QUERY_TEXT).sha256 == digest("SELECT 'Ж' AS id")
    assert QUERY_TEXT not in run.available_files
    assert f"query: its text has the SHA-256 {run.query_sha256}" in world.log()
    assert "SELECT" not in world.log()


def test_a_text_is_approved_by_releasing_the_run_that_was_held_for_it() -> None:
    world = a_world(safety=WATCHED)
    assert codes(world.execute()) == ["query_not_approved"]
    assert world.campaign.approved_query_sha256 is None
    assert released(world).status is RunStatus.COMPLETED
    assert world.campaign.approved_query_sha256 == digest("SELECT 1")
    with_history(world, [])
    assert world.execute().status is RunStatus.COMPLETED
    world.queries.texts = ["SELECT 2"]
    with_history(world, [])
    assert codes(world.execute()) == ["query_change"]
    assert world.campaign.approved_query_sha256 == digest("SELECT 1")


@pytest.mark.parametrize("problem", [KeyRefused(ADDRESS), AWAY], ids=["refused", "away"])
def test_a_text_that_is_not_needed_and_cannot_be_read_is_a_line_in_the_log(
    problem: Exception,
) -> None:
    world = a_world()
    world.queries.unread = [problem]
    run = world.execute()
    assert (run.status, run.query_sha256) == (RunStatus.COMPLETED, None)
    assert world.log().count("query: its text could not be read: ") == 1


def test_a_text_that_is_needed_and_may_not_be_read_holds_the_run() -> None:
    world = a_world(safety=WATCHED)
    world.queries.unread = [KeyRefused(ADDRESS)]
    assert codes(world.execute()) == ["query_unreadable"]
    assert "redashApiKey is not the key of a user" in world.log()
    assert released(world).status is RunStatus.COMPLETED
    assert world.campaign.approved_query_sha256 is None


def test_a_text_that_is_needed_is_tried_for_again_before_the_run_fails() -> None:
    world = a_world(safety=WATCHED)
    world.queries.unread = [AWAY]
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "query_unavailable")
    assert world.queries.asked == []


def test_a_text_edited_in_the_moment_it_is_asked_is_asked_again() -> None:
    world = a_world()
    world.queries.texts = ["SELECT 1", "SELECT 2"]
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert run.query_sha256 == digest("SELECT 2")
    assert [verb for verb, _ in world.queries.asked].count("submit") == 2
    assert world.queries.canceled == ["job-1"]


@pytest.mark.parametrize("needed", [False, True])
def test_a_text_that_can_be_read_only_before_is_as_good_as_unread(
    needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = a_world(safety=WATCHED if needed else Safety())
    submit = world.queries.submit

    def submitted(*asked: Any) -> Any:
        world.queries.unread = [AWAY]
        return submit(*asked)

    monkeypatch.setattr(world.queries, "submit", submitted)
    run = world.execute()
    assert run.status is (RunStatus.FAILED if needed else RunStatus.COMPLETED)
    assert (run.query_sha256, world.queries.canceled) == (None, ["job-1"] if needed else [])


def test_the_text_of_an_earlier_pass_is_not_taken_for_that_of_this_one() -> None:
    world = a_world()
    world.queries.result, world.queries.columns = [{"nobody": 1}], ["nobody"]
    assert QUERY_TEXT in {file.name for file in world.execute().files}
    world.queries.unread = [KeyRefused(ADDRESS)]
    failed = retried(world)
    assert failed.query_sha256 is None
    assert QUERY_TEXT not in {file.name for file in failed.files}


def test_a_lost_job_that_is_asked_again_is_asked_with_the_text_of_then() -> None:
    world = a_world()
    polls = iter(range(9))

    def lose() -> None:
        if next(polls) < 2:
            world.queries.texts = ["SELECT 2"]
            raise AWAY

    world.queries.at_poll = lose
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert run.query_sha256 == digest("SELECT 2")


# What can be seen meanwhile


def seen_by(world: World, monkeypatch: pytest.MonkeyPatch, what: Callable[[Run], Any]) -> list[Any]:
    """What whoever looks at the run sees, every change of it once."""
    found: list[Any] = []
    move = world.runs.move

    def moved(run: Run) -> Run:
        kept = move(run)
        if not found or what(kept) != found[-1]:
            found.append(what(kept))
        return kept

    monkeypatch.setattr(world.runs, "move", moved)
    return found


def test_counts_are_seen_as_soon_as_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world()
    world.queries.result = [{"borrowerId": n} for n in (0, 1, 1, 9)]
    seen = seen_by(world, monkeypatch, lambda run: (run.stage, run.counts))
    world.execute()
    counts = dict(seen)
    assert counts[Stage.QUERY] == Counts(rows_in=4)
    assert counts[Stage.SCREEN] == Counts(rows_in=4, rejected=1, reasons={"duplicate": 1})
    reasons = {"duplicate": 1, "unknown_person": 1}
    assert counts[Stage.EXPORT] == Counts(
        rows_in=4, exported=2, rejected=2, lines=2, reasons=reasons
    )
    assert counts[Stage.DELIVER] == counts[Stage.EXPORT]


def test_a_query_that_waits_says_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world()
    world.queries.polls = ["queued", "queued", "started", "started", "done"]
    seen = seen_by(world, monkeypatch, lambda run: run.stage_detail)
    world.execute()
    at = "2026-03-02T12:00:00.000Z"
    assert seen == [None, f"queued at Redash since {at}", f"started at Redash since {at}", None]


def test_a_query_server_that_does_not_answer_is_told_until_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world()
    world.queries.polls = ["started", "started", "done"]
    polls = iter(range(9))

    def miss() -> None:
        if next(polls) == 1:
            raise AWAY

    world.queries.at_poll = miss
    seen = seen_by(world, monkeypatch, lambda run: run.stage_detail)
    world.execute()
    started, missed, again, *_ = seen[1:]
    assert started == again
    assert "did not deliver query 42: away" in missed


def test_a_step_that_is_tried_again_says_what_is_in_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world()
    world.queries.failures = [AWAY, AWAY]
    seen = seen_by(world, monkeypatch, lambda run: run.stage_detail)
    run = world.execute()
    assert [one and one.partition(":")[0] for one in seen] == [
        None,
        "attempt 1 did not succeed",
        "attempt 2 did not succeed",
        None,
    ]
    assert run.stage_detail is None


def test_a_word_that_cannot_be_written_does_not_hide_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost(*_: Any) -> Any:
        raise ChangedMeanwhile("the run")

    world = a_world()
    world.queries.failures = [AWAY] * 5
    monkeypatch.setattr(Tools, "tell", lost)
    assert world.execute().error_code == "query_unavailable"
