"""Which runs are held, and that each reason tells the limit and what was found."""

import json
import statistics
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.answer import StepRefused, refused, result_of
from campaigns.domain.run import Counts, HoldReason, RunStatus
from campaigns.domain.safety import (
    AudienceChange,
    Circumstances,
    HeldBySafety,
    Precaution,
    Safety,
    approved_by_releasing,
    reasons_to_hold,
    tells_of_audience,
)
from tests.builders import a_run, an_id

ASKED_BY_HAND = Circumstances(by_schedule=False, rows_given=False)
BY_SCHEDULE = Circumstances(by_schedule=True, rows_given=False)
GIVEN_BY_HAND = Circumstances(by_schedule=False, rows_given=True)
NOBODY = Counts()


def somebody(exported: int, **but: Any) -> Counts:
    return Counts(**{"rows_in": exported, "exported": exported, **but})


def held_for(safety: Safety, counts: Counts, among: Circumstances = ASKED_BY_HAND) -> list[str]:
    return [reason.code for reason in reasons_to_hold(safety, counts, among)]


def told(safety: Safety, counts: Counts, among: Circumstances = ASKED_BY_HAND) -> str:
    [reason] = reasons_to_hold(safety, counts, among)
    return reason.message


# Zero rows


@pytest.mark.parametrize(
    ("asked", "among", "held"),
    [
        (None, BY_SCHEDULE, True),
        (None, ASKED_BY_HAND, False),
        (None, GIVEN_BY_HAND, False),
        (Precaution.HOLD, BY_SCHEDULE, True),
        (Precaution.HOLD, ASKED_BY_HAND, True),
        (Precaution.HOLD, GIVEN_BY_HAND, False),
        (Precaution.ALLOW, BY_SCHEDULE, False),
        (Precaution.ALLOW, ASKED_BY_HAND, False),
    ],
)
def test_no_rows_hold_a_run_that_nobody_watches_unless_it_is_said_otherwise(
    asked: Precaution | None, among: Circumstances, held: bool
) -> None:
    safety = Safety(zero_rows=asked)
    assert held_for(safety, NOBODY, among) == (["zero_rows"] if held else [])
    assert held_for(safety, somebody(1), among) == []


def test_rows_of_which_none_is_exported_are_not_no_rows() -> None:
    assert held_for(Safety(), Counts(rows_in=3, rejected=3), BY_SCHEDULE) == []


# The audience


def with_change(percent: int, of_runs: int = 7) -> Safety:
    return Safety(audience_change=AudienceChange(percent=percent, of_runs=of_runs))


def after(*earlier: int) -> Circumstances:
    return Circumstances(by_schedule=True, rows_given=False, earlier=earlier)


@pytest.mark.parametrize(("audience", "held"), [(49, True), (50, False), (150, False), (151, True)])
def test_the_limit_itself_is_allowed_on_both_sides(audience: int, held: bool) -> None:
    found = held_for(with_change(50), somebody(audience), after(100, 90, 110))
    assert found == (["audience_change"] if held else [])


def test_a_change_is_told_with_its_share_the_median_and_the_limit() -> None:
    assert told(with_change(50), somebody(250), after(100, 90, 111, 103)) == (
        "the audience of 250 is 146.4 % above the median of the last 4 completed runs, 101.5;"
        " the limit is 50 %"
    )
    assert "is 70 % below the median" in told(with_change(50), somebody(30), after(100, 90, 110))


def test_what_is_above_a_limit_never_looks_as_if_it_were_on_it() -> None:
    found = told(with_change(50), somebody(1_500_001), after(*[1_000_000] * 3))
    assert "is 50.1 % above" in found


def test_only_the_last_runs_count() -> None:
    assert held_for(with_change(10, of_runs=3), somebody(100), after(100, 100, 100, 1, 1, 1)) == []


@pytest.mark.parametrize("earlier", [(), (1,), (1, 1)])
def test_two_runs_have_no_usual_audience_yet(earlier: tuple[int, ...]) -> None:
    assert held_for(with_change(1), somebody(100), after(*earlier)) == []


def test_somebody_where_there_usually_is_nobody_is_a_change() -> None:
    found = told(with_change(100), somebody(1), after(0, 0, 0))
    assert found.startswith("the audience of 1 is above the median of the last 3 completed runs, 0")
    assert held_for(with_change(1), NOBODY, after(0, 0, 0)) == ["zero_rows"]


@given(
    audience=st.integers(0, 10**7),
    percent=st.integers(1, 1000),
    earlier=st.lists(st.integers(0, 10**7), min_size=3, max_size=9),
)
def test_a_change_is_what_the_median_says(audience: int, percent: int, earlier: list[int]) -> None:
    usual = statistics.median([Fraction(one) for one in earlier[:7]])
    outside = abs(audience - usual) > usual * Fraction(percent, 100)
    counts = somebody(audience, rows_in=max(audience, 1))
    assert held_for(with_change(percent), counts, after(*earlier)) == (
        ["audience_change"] if outside else []
    )


def test_the_cap_counts_whoever_would_be_contacted_also_of_rows_given_by_hand() -> None:
    safety = Safety(max_audience=10)
    counts = Counts(rows_in=12, exported=7, sent=4, suppressed=1)
    for among in (BY_SCHEDULE, ASKED_BY_HAND, GIVEN_BY_HAND):
        assert told(safety, counts, among) == "the audience is 11; the limit is 10"
        assert held_for(safety, somebody(10, rows_in=1000), among) == []


# People without a phone


def without_phone(count: int, **but: Any) -> Counts:
    return Counts(
        **{
            "rows_in": 120,
            "exported": 80,
            "suppressed": 10,
            "rejected": 30,
            "reasons": {"duplicate": 12, "unknown_person": 8, "no_phone": 10, "cease": 10},
            "without_phone": count,
            **but,
        }
    )


def test_the_share_without_a_phone_is_that_of_the_people_found() -> None:
    safety = Safety(max_without_phone_percent=10)
    assert held_for(safety, without_phone(10)) == []
    assert told(safety, without_phone(11)) == (
        "11 of 100 people have no usable phone, 11 %; the limit is 10 %"
    )


def test_nobody_found_is_nobody_without_a_phone() -> None:
    counts = Counts(rows_in=2, rejected=2, reasons={"unknown_person": 2})
    assert held_for(Safety(max_without_phone_percent=0), counts) == []


# The query's text

WATCHED = Safety(query_change=Precaution.HOLD)


def asked(now: str | None, approved: str | None = None) -> Circumstances:
    return Circumstances(
        by_schedule=True, rows_given=False, query_sha256=now, approved_sha256=approved
    )


@pytest.mark.parametrize(
    ("among", "code", "words"),
    [
        (asked("a" * 64), "query_not_approved", "its SHA-256 is aaaaaaaaaaaa…"),
        (asked("b" * 64, "a" * 64), "query_change", "bbbbbbbbbbbb…, that of the approved text aaa"),
        (asked(None, "a" * 64), "query_unreadable", "the key of a user"),
        (asked(None), "query_unreadable", "could not be read"),
    ],
)
def test_a_text_that_nobody_approved_holds_the_run(
    among: Circumstances, code: str, words: str
) -> None:
    [reason] = reasons_to_hold(WATCHED, somebody(1), among)
    assert reason.code == code
    assert words in reason.message


def test_the_approved_text_passes_and_unwatched_any() -> None:
    assert held_for(WATCHED, somebody(1), asked("a" * 64, "a" * 64)) == []
    for safety in (Safety(), Safety(query_change=Precaution.ALLOW)):
        assert held_for(safety, somebody(1), asked("b" * 64, "a" * 64)) == []
        assert not safety.needs_query_text


def test_releasing_approves_the_text_only_of_a_run_that_was_held_for_it() -> None:
    def run(*codes: str, text: str | None = "ab") -> Any:
        reasons = tuple(HoldReason(code, "why") for code in codes)
        return a_run(query_sha256=text, hold_reasons=reasons)

    assert approved_by_releasing(run("max_audience", "query_change")) == "ab"
    assert approved_by_releasing(run("query_not_approved")) == "ab"
    assert approved_by_releasing(run("max_audience")) is None
    assert approved_by_releasing(run()) is None
    assert approved_by_releasing(run("query_unreadable", text=None)) is None


# All together

EVERYTHING = Safety(
    zero_rows=Precaution.HOLD,
    audience_change=AudienceChange(percent=10),
    max_audience=1,
    max_without_phone_percent=1,
    query_change=Precaution.HOLD,
)


def test_every_broken_limit_is_a_reason_of_its_own_and_all_are_in_the_message() -> None:
    among = Circumstances(by_schedule=True, rows_given=False, earlier=(1, 1, 1))
    reasons = reasons_to_hold(EVERYTHING, without_phone(50), among)
    assert [reason.code for reason in reasons] == [
        "max_audience",
        "audience_change",
        "max_without_phone",
        "query_unreadable",
    ]
    held = HeldBySafety(reasons)
    assert all(reason.message in str(held) for reason in reasons)


def test_rows_given_by_hand_meet_only_the_cap() -> None:
    counts = Counts(rows_in=2, exported=2, without_phone=2)
    assert held_for(EVERYTHING, counts, GIVEN_BY_HAND) == ["max_audience"]


def test_reasons_travel_through_an_answer_as_json() -> None:
    reasons = (HoldReason("max_audience", "too many"), HoldReason("zero_rows", "none"))
    with pytest.raises(StepRefused) as stopped:
        result_of(json.loads(json.dumps(refused(HeldBySafety(reasons)))))
    assert (stopped.value.code, stopped.value.held) == ("held_by_safety", True)
    assert stopped.value.reasons == reasons


def test_only_completed_runs_that_asked_the_query_tell_what_is_usual() -> None:
    run = a_run()
    assert tells_of_audience(a_run(status=RunStatus.COMPLETED), run)
    assert not tells_of_audience(a_run(status=RunStatus.COMPLETED, overrides=True), run)
    for status in set(RunStatus) - {RunStatus.COMPLETED}:
        assert not tells_of_audience(a_run(status=status), run)


def test_what_is_usual_for_a_step_only_its_own_runs_tell() -> None:
    first, second = an_id(), an_id()
    run = a_run(step_id=first)
    assert tells_of_audience(a_run(status=RunStatus.COMPLETED, step_id=first), run)
    assert not tells_of_audience(a_run(status=RunStatus.COMPLETED, step_id=second), run)
    closing = a_run(status=RunStatus.COMPLETED, closing=True)
    assert not tells_of_audience(closing, a_run())
