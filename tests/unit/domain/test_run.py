from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.domain.run import (
    PUBLIC_FILES,
    Counts,
    CountsDisagree,
    HoldReason,
    Run,
    RunFile,
    RunFileNotFound,
    RunMoved,
    RunRef,
    RunStatus,
    Stage,
    TriggeredBy,
    contacts_part,
    work_file,
)
from tests.builders import NOON, a_run, an_id

LATER = NOON + timedelta(minutes=5)
ALLOWED = {
    (RunStatus.PENDING, RunStatus.RUNNING),
    (RunStatus.PENDING, RunStatus.FAILED),
    (RunStatus.PENDING, RunStatus.CANCELED),
    (RunStatus.RUNNING, RunStatus.COMPLETED),
    (RunStatus.RUNNING, RunStatus.FAILED),
    (RunStatus.RUNNING, RunStatus.HELD),
    (RunStatus.RUNNING, RunStatus.CANCELED),
    (RunStatus.HELD, RunStatus.FAILED),
    (RunStatus.HELD, RunStatus.CANCELED),
}


@pytest.mark.parametrize("was", RunStatus)
@pytest.mark.parametrize("to", RunStatus)
def test_a_run_moves_only_as_the_table_says(was: RunStatus, to: RunStatus) -> None:
    run = a_run(status=was)
    if was is to:
        assert run.moved(to, at=LATER) is run
    elif (was, to) in ALLOWED:
        assert run.moved(to, at=LATER).status is to
    else:
        with pytest.raises(RunMoved):
            run.moved(to, at=LATER)


def test_the_first_start_counts_also_after_a_hold() -> None:
    started = a_run().moved(RunStatus.RUNNING, at=NOON)
    held = started.moved(RunStatus.HELD, at=LATER)
    again = held.restarted("go on", at=LATER).moved(RunStatus.RUNNING, at=LATER)
    assert (started.started_at, again.started_at, again.finished_at) == (NOON, NOON, None)
    assert again.updated_at == LATER


def test_a_run_that_is_over_knows_when() -> None:
    done = a_run(status=RunStatus.RUNNING).moved(RunStatus.COMPLETED, at=LATER)
    assert done.is_over
    assert done.finished_at == LATER
    assert not a_run(status=RunStatus.HELD).is_over


def test_a_failure_says_why_in_the_run_and_in_its_log() -> None:
    failed = a_run().failed("no_person_id", "no column names a person", at=LATER)
    assert failed.status is RunStatus.FAILED
    assert (failed.error_code, failed.error_message) == (
        "no_person_id",
        "no column names a person",
    )
    assert [line.text for line in failed.log] == ["no column names a person"]


def test_failing_a_second_time_changes_nothing() -> None:
    held = a_run(status=RunStatus.RUNNING).failed("x", "look", at=NOON, held=True)
    assert held.status is RunStatus.HELD
    assert held.failed("x", "look", at=LATER, held=True) is held
    with pytest.raises(RunMoved):
        a_run(status=RunStatus.COMPLETED).failed("x", "late", at=LATER)


def a_held_run(**but: Any) -> Run:
    run = a_run(**{"status": RunStatus.RUNNING, "stage": Stage.EXPORT, **but})
    reasons = (HoldReason("max_audience", "too many"), HoldReason("query_change", "changed"))
    return run.failed("held_by_safety", "look", at=NOON, held=True, reasons=reasons)


def test_a_held_run_has_each_reason_and_keeps_them_when_it_is_released() -> None:
    held = a_held_run()
    assert [reason.code for reason in held.hold_reasons] == ["max_audience", "query_change"]
    released = held.released("key-2", at=LATER)
    assert released.hold_reasons == held.hold_reasons
    assert (released.status, released.released_by) == (RunStatus.PENDING, "key-2")
    assert released.log[-1].text == "run: released by key key-2"
    assert (released.error_code, released.error_message) == (None, None)


def test_a_single_reason_is_the_message_itself() -> None:
    held = a_run(status=RunStatus.RUNNING).failed("x", "look", at=NOON, held=True)
    assert held.hold_reasons == (HoldReason("x", "look"),)
    assert a_run().failed("x", "no", at=NOON).hold_reasons == ()


def test_being_held_again_takes_another_release() -> None:
    released = a_held_run().released("key-2", at=LATER)
    again = released.moved(RunStatus.RUNNING, at=LATER).failed("y", "key", at=LATER, held=True)
    assert (again.hold_reasons, again.released_by) == ((HoldReason("y", "key"),), None)


@pytest.mark.parametrize("status", [one for one in RunStatus if one is not RunStatus.HELD])
def test_only_a_held_run_is_released(status: RunStatus) -> None:
    with pytest.raises(RunMoved):
        a_run(status=status).released("key", at=LATER)


@pytest.mark.parametrize("status", [one for one in RunStatus if one is not RunStatus.FAILED])
def test_only_a_failed_run_is_tried_again(status: RunStatus) -> None:
    with pytest.raises(RunMoved):
        a_run(status=status).retried("key", at=LATER)


def test_a_run_that_is_tried_again_is_asked_for_by_whoever_did_so() -> None:
    failed = a_run(requested_by="key-1").failed("x", "down", at=NOON)
    again = failed.retried("key-2", at=LATER)
    assert (again.requested_by, again.triggered_by) == ("key-2", TriggeredBy.RETRY)
    assert again.log[-1].text == "run: tried again by key key-2"


def test_only_a_release_leaves_nothing_but_the_delivery_to_a_run_held_before_it() -> None:
    held = a_held_run()
    assert not held.only_delivery_is_left
    assert held.released("key", at=LATER).only_delivery_is_left
    given_up = held.failed("stuck", "nobody came", at=LATER)
    assert not given_up.retried("key", at=LATER).only_delivery_is_left


def test_a_release_at_another_stage_goes_on_at_that_stage() -> None:
    held = a_held_run(stage=Stage.QUERY).released("key", at=LATER)
    assert held.stage is Stage.QUERY


def test_a_pass_from_the_beginning_forgets_what_the_one_before_found() -> None:
    counts = Counts(rows_in=1, exported=1)
    names = ("query_results.csv", "contacts_output.csv", contacts_part(1), "log.txt")
    held = a_held_run(query_sha256="ab", counts=counts).holding(*map(a_file, names))
    fresh = held.working_with({"name": "Spring"}, None)
    assert (fresh.counts, fresh.hold_reasons, fresh.query_sha256) == (Counts(), (), None)
    assert fresh.available_files == ("query_results.csv", "log.txt")


def test_a_stage_tells_what_it_waits_for_until_it_ends() -> None:
    run = a_run(status=RunStatus.RUNNING).at_stage(Stage.QUERY, at=NOON)
    waiting = run.telling("queued", at=LATER)
    assert (waiting.stage_detail, waiting.updated_at) == ("queued", LATER)
    assert waiting.telling("queued", at=LATER + timedelta(1)) is waiting
    assert waiting.at_stage(Stage.QUERY, at=LATER).stage_detail == "queued"
    assert waiting.at_stage(Stage.SCREEN, at=LATER).stage_detail is None
    assert waiting.telling(None, at=LATER).stage_detail is None
    assert waiting.failed("x", "down", at=LATER).stage_detail is None
    over = a_run(status=RunStatus.CANCELED)
    assert over.telling("queued", at=LATER) is over


def test_counts_know_the_audience_and_who_was_found() -> None:
    reasons = {"duplicate": 2, "bad_person_id": 1, "no_phone": 4, "cease": 1}
    counts = Counts(rows_in=14, exported=5, sent=1, suppressed=1, rejected=7, reasons=reasons)
    assert (counts.audience, counts.found) == (6, 11)


@given(
    st.lists(st.integers(0, 1000), min_size=5, max_size=5),
    st.integers(-3, 3),
)
def test_counts_check_that_everything_in_is_accounted_for(parts: list[int], off: int) -> None:
    exported, sent, suppressed, deferred, rejected = parts
    counts = Counts(
        rows_in=sum(parts) + off,
        exported=exported,
        sent=sent,
        suppressed=suppressed,
        deferred=deferred,
        rejected=rejected,
    )
    if off:
        with pytest.raises(CountsDisagree):
            counts.check()
    else:
        counts.check()


def test_the_equation_names_every_term() -> None:
    counts = Counts(rows_in=6, exported=3, suppressed=2, rejected=1)
    assert counts.equation == "6 in = 3 exported + 0 sent + 2 suppressed + 0 deferred + 1 rejected"


def a_file(name: str, bytes: int = 1) -> RunFile:
    return RunFile(name=name, bytes=bytes, sha256="ab")


def test_available_files_stand_in_their_fixed_order_and_work_files_are_not_shown() -> None:
    run = a_run().holding(a_file("log.txt"), a_file(work_file("x")), a_file("query_results.csv"))
    assert run.available_files == ("query_results.csv", "log.txt")
    everything = a_run().holding(*(a_file(name) for name in reversed(PUBLIC_FILES)))
    assert everything.available_files == PUBLIC_FILES


def test_a_file_written_again_takes_the_place_of_the_earlier_one() -> None:
    run = a_run().holding(a_file("log.txt", 1)).holding(a_file("log.txt", 2))
    assert run.file("log.txt").bytes == 2
    assert len(run.files) == 1
    with pytest.raises(RunFileNotFound):
        run.file("receipt.json")


def test_the_log_is_readable_one_line_a_step() -> None:
    run = a_run().noted("first", at=NOON).noted("second", at=LATER)
    first, second = [bound[:12] for _, bound in run.log_chain()]
    assert run.log_text() == (
        f"run {show(RUN, run.id)} of campaign {show(CAMPAIGN, run.campaign_id)}\n"
        f"2026-03-02T12:00:00.000Z  first  [{first}]\n"
        f"2026-03-02T12:05:00.000Z  second  [{second}]\n"
    )
    assert run.updated_at == LATER


LOGS = st.lists(st.text(max_size=20), min_size=2, max_size=6, unique=True)


def logged(texts: Sequence[str]) -> Run:
    run = a_run(id=an_id(1), campaign_id=an_id(2))
    for place, text in enumerate(texts):
        run = run.noted(text, at=NOON + timedelta(seconds=place))
    return run


def last_hash(run: Run) -> str:
    *_, (_, last) = run.log_chain()
    return last


@given(LOGS, st.data())
def test_a_log_that_was_altered_is_found_by_its_last_hash(
    texts: list[str], data: st.DataObject
) -> None:
    run = logged(texts)
    assert last_hash(run) == run.log_sha256
    place = data.draw(st.integers(0, len(texts) - 1))
    line = run.log[place]
    others = [*run.log[:place], *run.log[place + 1 :]]
    changed = [
        [*run.log[:place], replace(line, text=line.text + "!"), *run.log[place + 1 :]],
        [*run.log[:place], replace(line, at=line.at + timedelta(hours=1)), *run.log[place + 1 :]],
        [*run.log[:place], line, *run.log[place:]],
        others,
        [*others[1:], line, others[0]],
    ]
    for log in changed:
        if tuple(log) != run.log:
            assert last_hash(replace(run, log=tuple(log))) != run.log_sha256


def test_a_log_from_before_it_was_a_chain_becomes_one() -> None:
    kept = replace(logged(["first", "second"]), log_sha256=None)
    assert kept.noted("third", at=LATER).log_sha256 == last_hash(kept.noted("third", at=LATER))


def test_a_stage_is_entered() -> None:
    assert a_run().at_stage(Stage.SCREEN, at=LATER).stage is Stage.SCREEN


def test_a_run_is_found_by_what_its_functions_are_told() -> None:
    ref = a_run().ref
    assert RunRef.of(ref.event) == ref
    assert RunRef.of({**ref.event, "index": 3}) == ref


def test_parts_of_a_work_file_sort_by_number() -> None:
    names = [work_file("contacts.csv", part) for part in range(500)]
    assert names == sorted(names)
    assert work_file("override.json") == "work/override.json"


def test_the_parts_of_a_contact_file_are_listed_in_its_place_in_order() -> None:
    def file(name: str) -> RunFile:
        return RunFile(name=name, bytes=1, sha256="00")

    names = ["log.txt", *(contacts_part(n) for n in (100, 2, 1, 10)), "campaign_input.csv"]
    run = a_run().holding(*(file(name) for name in names), file("work/contacts_output_part01.csv"))
    assert run.available_files == (
        "campaign_input.csv",
        "contacts_output_part01.csv",
        "contacts_output_part02.csv",
        "contacts_output_part10.csv",
        "contacts_output_part100.csv",
        "log.txt",
    )
