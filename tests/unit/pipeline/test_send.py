"""A message goes out once, whole, and only if it is allowed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from threading import Barrier, Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    ATTEMPTS,
    CLAIM,
    PARCEL,
    PAUSES,
    Message,
    MessageStatus,
    NoAnswer,
    NotInDoubt,
    OptedOut,
    PermanentFailure,
    TemporaryFailure,
    Throttled,
    Wording,
)
from campaigns.domain.pace import Rate
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.send import CLEAR, Clearance, send_parcel
from tests.builders import COMPANY, NOON
from tests.unit.pipeline.sending import Hand, Killed, Provider, Senders

S = MessageStatus


def test_messages_are_sent_recorded_and_told_to_the_ledger() -> None:
    senders = Senders(25)
    senders.work()
    assert senders.statuses() == {S.SENT: 25}
    assert senders.provider.taken == Counter(senders.ids)
    assert senders.told == set(senders.ids)
    assert senders.one.provider_id == f"provider-{senders.ids[0]}"
    assert senders.one.sent_at == NOON


def test_a_parcel_that_comes_twice_sends_nothing_twice() -> None:
    senders = Senders(3)
    assert senders.once() is None
    assert senders.once() is None
    assert set(senders.provider.taken.values()) == {1}


# ── whoever dies ─────────────────────────────────────────────────────────────


def points_of(count: int) -> int:
    senders = Senders(count)
    senders.work()
    return senders.hand.passed


@pytest.mark.parametrize("seed", range(3))
def test_senders_killed_ten_times_in_five_thousand_messages_reach_nobody_twice(seed: int) -> None:
    random = Random(seed)
    hand = Hand(*random.sample(range(1, points_of(5_000)), 10))
    senders = Senders(5_000, hand=hand)
    senders.work()
    assert hand.passed > max(hand.points)
    assert max(senders.provider.taken.values()) == 1
    doubtful = {one.id for one in senders.kept if one.status is S.IN_DOUBT}
    assert senders.statuses().total() == senders.statuses()[S.SENT] + len(doubtful) == 5_000
    assert set(senders.provider.taken) | doubtful == set(senders.ids)
    assert all(one.reason == "sender_died" for one in senders.kept if one.id in doubtful)
    assert len(doubtful) <= 10
    assert senders.told == set(senders.ids)


POINTS = points_of(30)


@settings(max_examples=150, deadline=None)
@given(st.sets(st.integers(1, POINTS * 2), max_size=8), st.booleans())
def test_wherever_senders_die_a_message_is_out_once_or_in_doubt(
    points: set[int], repeats: bool
) -> None:
    senders = Senders(30, hand=Hand(*points))
    senders.provider = Provider(repeats_safely=repeats)
    senders.work()
    for one in senders.kept:
        taken = senders.provider.taken[one.id]
        if repeats:
            assert one.status is S.SENT
            assert taken >= 1
        else:
            assert taken <= 1
            assert one.status is (S.SENT if one.provider_id else S.IN_DOUBT)
            assert taken == 1 or one.status is S.IN_DOUBT
    assert senders.told == set(senders.ids)
    assert senders.store.tally(COMPANY, senders.run_id).open == 0


def test_a_message_in_doubt_stays_so_until_somebody_says_otherwise() -> None:
    senders = Senders(1)

    def die() -> None:
        raise Killed

    senders.provider.at_send = die
    with pytest.raises(Killed):
        senders.once()
    senders.provider.at_send = lambda: None
    senders.work(until=NOON + timedelta(days=3))
    assert (senders.one.status, senders.one.reason) == (S.IN_DOUBT, "sender_died")
    assert senders.told == set(senders.ids)
    at = senders.clock.at
    again = senders.store.move(senders.one, senders.one.retried(at + timedelta(hours=1), at=at))
    assert again.status is S.QUEUED
    senders.put(senders.parcel, at)
    senders.work()
    assert senders.one.status is S.SENT


def test_nobody_takes_over_from_one_who_may_be_alive() -> None:
    senders = Senders(1)
    claimed = senders.store.move(senders.one, senders.one.claimed(NOON))
    senders.clock.at = NOON + CLAIM - timedelta(seconds=1)
    assert senders.once() == timedelta(seconds=1)
    assert senders.one == claimed


def test_one_who_was_taken_for_dead_records_what_it_sent() -> None:
    senders = Senders(1)

    def linger() -> None:
        at = senders.clock.at
        doubted = senders.one.settled(S.IN_DOUBT, "sender_died", at=at)
        senders.store.move(senders.one, doubted)

    senders.provider.at_send = linger
    assert senders.once() is None
    assert (senders.one.status, senders.one.reason) == (S.SENT, "")


def doubted(senders: Senders) -> None:
    at = senders.clock.at
    senders.store.move(senders.one, senders.one.settled(S.IN_DOUBT, "sender_died", at=at))


def asked_for_again(senders: Senders) -> None:
    at = senders.clock.at
    senders.store.move(senders.one, senders.one.retried(at + timedelta(hours=1), at=at))


def test_a_message_asked_for_again_is_not_sent_again_when_its_sender_was_alive() -> None:
    senders = Senders(1)

    def linger() -> None:
        doubted(senders)
        asked_for_again(senders)

    senders.provider.at_send = linger
    senders.work()
    assert senders.one.status is S.SENT
    assert set(senders.provider.taken.values()) == {1}


def test_a_message_asked_for_again_is_not_sent_again_when_its_provider_tells_of_it() -> None:
    senders = answering(NoAnswer())
    senders.work()
    asked_for_again(senders)
    told = senders.one.told(S.DELIVERED, "", at=senders.clock.at)
    senders.store.move(senders.one, told)
    senders.put(senders.parcel, senders.clock.at)
    senders.work()
    assert senders.one.status is S.DELIVERED
    assert not senders.provider.taken


def test_a_claimed_message_cannot_be_asked_for_again() -> None:
    senders = Senders(1)
    refused: list[NotInDoubt] = []

    def ask() -> None:
        try:
            asked_for_again(senders)
        except NotInDoubt as refusal:
            refused.append(refusal)

    senders.provider.at_send = ask
    senders.work()
    assert len(refused) == 1
    assert (senders.one.status, set(senders.provider.taken.values())) == (S.SENT, {1})


def test_a_parcel_delivered_twice_at_one_moment_is_sent_by_one_of_two() -> None:
    senders = Senders(PARCEL)
    both = Barrier(2, timeout=30)
    one_at_a_time = Lock()

    def clear(due: Sequence[Message], at: datetime) -> Mapping[str, Clearance]:
        both.wait()
        return {one.id: CLEAR for one in due}

    class Slow(Provider):
        def send(self, message: Message, wording: Wording) -> str:
            with one_at_a_time:
                return super().send(message, wording)

    senders.provider = Slow()
    tools = replace(senders.tools, clear=clear)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: send_parcel(senders.parcel, tools), range(2)))
    assert senders.provider.taken == Counter(senders.ids)
    assert senders.statuses() == {S.SENT: PARCEL}


def test_a_parcel_that_shows_again_during_a_slow_answer_is_sent_once() -> None:
    senders = Senders(2)
    waits: list[timedelta | None] = []

    def come_again() -> None:
        senders.provider.at_send = lambda: None
        senders.clock.at += CLAIM - timedelta(seconds=5)
        waits.append(senders.once())

    senders.provider.at_send = come_again
    assert senders.once() is not None
    assert waits == [timedelta(seconds=5)]
    assert senders.statuses() == {S.SENT: 2}
    assert set(senders.provider.taken.values()) == {1}


# ── what a provider says ─────────────────────────────────────────────────────


def answering(*answers: BaseException) -> Senders:
    senders = Senders(1)
    senders.provider.answers[senders.ids[0]] = list(answers)
    return senders


def test_what_is_throttled_goes_out_a_little_later_however_often() -> None:
    senders = answering(*[Throttled()] * 50)
    senders.work()
    assert senders.one.status is S.SENT
    assert senders.one.attempts == 1


def test_what_fails_for_a_while_goes_out_later() -> None:
    senders = answering(TemporaryFailure("provider_error"), TemporaryFailure("not_reached"))
    senders.work()
    assert (senders.one.status, senders.one.attempts) == (S.SENT, 3)
    assert senders.one.sent_at == NOON + PAUSES[0] + PAUSES[1]


def test_what_fails_too_often_has_failed_for_that_reason() -> None:
    senders = answering(*[TemporaryFailure("provider_error")] * (ATTEMPTS + 1))
    senders.work()
    assert (senders.one.status, senders.one.reason) == (S.FAILED, "provider_error")
    assert senders.told == set()


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    senders = answering(PermanentFailure("invalid_number"))
    senders.work()
    assert (senders.one.status, senders.one.reason) == (S.FAILED, "invalid_number")
    assert not senders.provider.taken


def test_whom_the_provider_knows_to_be_opted_out_is_opted_out_here() -> None:
    senders = answering(OptedOut())
    senders.work()
    assert (senders.one.status, senders.one.reason) == (S.FAILED, "opted_out")
    assert senders.opted_out == [senders.one.id]
    assert not senders.provider.taken


def test_who_could_not_be_opted_out_is_so_when_it_is_tried_again() -> None:
    senders = answering(OptedOut(), OptedOut())
    senders.opting_out_fails = 1
    senders.work()
    assert (senders.one.status, senders.one.attempts) == (S.FAILED, 2)
    assert senders.opted_out == [senders.one.id]
    assert senders.reports == ["somebody could not be opted out"]


def test_a_provider_that_does_not_answer_leaves_a_doubt() -> None:
    senders = answering(NoAnswer())
    senders.work()
    assert (senders.one.status, senders.one.reason) == (S.IN_DOUBT, "no_answer")
    assert senders.told == set(senders.ids)


def test_a_channel_that_breaks_off_leaves_a_doubt_and_a_report() -> None:
    senders = answering(ValueError("of ada@example.com"))
    senders.work()
    assert (senders.one.status, senders.one.reason) == (S.IN_DOUBT, "channel_broke_off")
    assert senders.reports == ["a channel broke off"]


def test_where_it_may_be_asked_twice_no_answer_is_asked_again() -> None:
    senders = answering(NoAnswer(), ValueError())
    senders.provider.repeats_safely = True
    senders.work()
    assert senders.one.status is S.SENT


# ── the guard, the gate, the day ─────────────────────────────────────────────


@pytest.mark.parametrize("becomes", [S.SUPPRESSED, S.HELD, S.DEFERRED])
def test_what_the_guard_refuses_does_not_leave(becomes: MessageStatus) -> None:
    senders = Senders(2)
    senders.rulings[senders.ids[0]] = Clearance(becomes, "cease")
    senders.work()
    first, second = senders.kept
    assert (first.status, first.reason, second.status) == (becomes, "cease", S.SENT)
    assert senders.told == {second.id}


def test_a_message_waits_for_its_hours_and_is_asked_about_again() -> None:
    senders = Senders(1)
    opens = NOON + timedelta(hours=3)
    senders.rulings[senders.ids[0]] = Clearance(S.QUEUED, "hours", opens)
    senders.work(until=NOON)
    assert (senders.one.status, senders.one.reason, senders.one.due_at) == (
        S.QUEUED,
        "hours",
        opens,
    )
    assert not senders.provider.taken
    senders.rulings.clear()
    senders.work()
    assert senders.one.sent_at == opens
    assert len(senders.asked) == 2


def test_a_message_that_would_have_to_wait_beyond_its_time_is_deferred() -> None:
    senders = Senders(1)
    too_late = senders.one.send_by
    senders.rulings[senders.ids[0]] = Clearance(S.QUEUED, "call_frequency", too_late)
    senders.work()
    assert (senders.one.status, senders.one.reason) == (S.DEFERRED, "call_frequency")


def test_a_pause_stops_within_a_second_and_goes_on() -> None:
    senders = Senders(20)
    senders.rates[Channel.EMAIL] = Rate(4)

    def pause() -> None:
        if len(senders.provider.taken) == 9:
            senders.gate = Gate.PAUSED

    senders.provider.at_send = pause
    senders.work(until=NOON + timedelta(seconds=1))
    assert 10 <= len(senders.provider.taken) <= 14
    senders.provider.at_send = lambda: None
    senders.gate = Gate.OPEN
    senders.work()
    assert senders.statuses() == {S.SENT: 20}
    assert set(senders.provider.taken.values()) == {1}


def test_what_is_paused_for_too_long_is_deferred() -> None:
    senders = Senders(1)
    senders.gate = Gate.PAUSED
    senders.work()
    assert (senders.one.status, senders.one.reason) == (S.DEFERRED, "too_late")
    assert senders.clock.at >= senders.one.send_by


def test_a_cancellation_stops_what_has_not_left() -> None:
    senders = Senders(20)
    senders.rates[Channel.EMAIL] = Rate(4)

    def cancel() -> None:
        if len(senders.provider.taken) == 9:
            senders.gate = Gate.CLOSED

    senders.provider.at_send = cancel
    senders.work()
    left = len(senders.provider.taken)
    assert 10 <= left <= 14
    assert senders.statuses() == {S.SENT: left, S.CANCELED: 20 - left}


def test_of_a_run_that_is_canceled_even_what_waits_is_canceled_at_once() -> None:
    senders = Senders(1, due_at=NOON + timedelta(hours=2))
    senders.gate = Gate.CLOSED
    assert senders.once() is None
    assert (senders.one.status, senders.one.reason) == (S.CANCELED, "run_canceled")


def test_what_a_run_left_that_broke_off_stays_for_its_retry() -> None:
    senders = Senders(1)
    senders.gate = Gate.LEFT
    assert senders.once() is None
    assert senders.statuses() == {S.QUEUED: 1}
    senders.gate = Gate.OPEN
    senders.work()
    assert senders.statuses() == {S.SENT: 1}


def test_who_says_stop_while_their_turn_is_ahead_is_not_written_to() -> None:
    senders = Senders(20)
    senders.rates[Channel.EMAIL] = Rate(1)
    last = senders.ids[-1]

    def stop() -> None:
        if len(senders.provider.taken) == 9:
            senders.rulings[last] = Clearance(S.SUPPRESSED, "opted_out")

    senders.provider.at_send = stop
    senders.work()
    assert last not in senders.provider.taken
    assert senders.statuses() == {S.SENT: 19, S.SUPPRESSED: 1}


def test_hours_that_end_while_a_turn_is_ahead_are_kept() -> None:
    senders = Senders(10)
    senders.rates[Channel.EMAIL] = Rate(1)
    tomorrow = NOON + timedelta(hours=20)

    def close() -> None:
        if senders.clock.at >= NOON + timedelta(seconds=4):
            late = Clearance(S.QUEUED, "hours", tomorrow)
            senders.rulings = dict.fromkeys(senders.ids, late)

    senders.provider.at_send = close
    senders.work()
    assert senders.statuses() == {S.SENT: 5, S.DEFERRED: 5}


def test_what_leaves_at_once_is_asked_about_once() -> None:
    senders = Senders(20)
    senders.rates[Channel.EMAIL] = Rate(1_000)
    senders.work()
    assert len(senders.asked) == 20


# ── the pace ─────────────────────────────────────────────────────────────────


def test_messages_leave_at_the_providers_pace() -> None:
    senders = Senders(100)
    senders.rates[Channel.EMAIL] = Rate(10)
    senders.provider.at_send = lambda: senders.provider.times.append(senders.clock.at.timestamp())
    senders.work()
    times = senders.provider.times
    assert len(times) == 100
    assert all(late - early > 0.099 for early, late in pairwise(times))


def test_what_is_left_when_the_time_is_up_comes_again() -> None:
    senders = Senders(20)
    senders.time_left = 5
    assert senders.once() == timedelta(seconds=1)
    assert senders.statuses() == {S.SENT: 5, S.QUEUED: 15}
    senders.time_left = 100
    senders.work()
    assert senders.statuses() == {S.SENT: 20}
