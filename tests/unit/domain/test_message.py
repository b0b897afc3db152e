"""A message moves only as its table says, and what is told late or twice changes nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    ATTEMPTS,
    CLAIM,
    MOVES,
    OPEN,
    PAUSES,
    WENT_OUT,
    MessageMoved,
    MessageNotFound,
    MessageStatus,
    NotInDoubt,
    Tally,
    message_id,
    message_id_of,
)
from tests.builders import NOON, a_message, an_id

S = MessageStatus


def test_the_same_message_has_the_same_id() -> None:
    run, person = an_id(), an_id()
    assert message_id(run, person, "d", Channel.TEXT) == message_id(run, person, "d", Channel.TEXT)
    others = {
        message_id(run, person, "d", Channel.EMAIL),
        message_id(run, person, "", Channel.TEXT),
        message_id(run, an_id(), "d", Channel.TEXT),
        message_id(an_id(), person, "d", Channel.TEXT),
        message_id(run, person, "d", Channel.TEXT),
    }
    assert len(others) == 5


def test_every_state_has_its_moves_and_only_open_ones_lead_to_a_claim() -> None:
    assert set(MOVES) == set(S)
    assert {status for status, moves in MOVES.items() if S.CLAIMED in moves} == {S.QUEUED}
    assert not any(moves & OPEN for status, moves in MOVES.items() if status in WENT_OUT)


def test_what_went_out_is_never_queued_again_whatever_is_told() -> None:
    for start in WENT_OUT:
        reachable, found = {start}, [start]
        while found:
            for following in MOVES[found.pop()] - reachable:
                reachable.add(following)
                found.append(following)
        assert reachable <= WENT_OUT


def test_a_claim_is_an_attempt_that_holds_for_a_while() -> None:
    claimed = a_message().claimed(NOON)
    assert (claimed.status, claimed.attempts, claimed.due_at) == (S.CLAIMED, 1, NOON + CLAIM)
    with pytest.raises(MessageMoved):
        claimed.claimed(NOON)


def test_being_throttled_is_no_attempt() -> None:
    back = a_message().claimed(NOON).throttled(NOON + timedelta(seconds=2), at=NOON)
    assert (back.status, back.attempts, back.reason) == (S.QUEUED, 0, "throttled")


def test_a_failure_that_may_pass_is_tried_again_with_growing_pauses_up_to_a_limit() -> None:
    message = a_message()
    waits = []
    for _ in range(ATTEMPTS - 1):
        message = message.claimed(NOON).tried_in_vain("provider_error", at=NOON)
        waits.append(message.wait_at(NOON))
    assert waits == list(PAUSES) == sorted(PAUSES)
    ended = message.claimed(NOON).tried_in_vain("provider_error", at=NOON)
    assert (ended.status, ended.reason) == (S.FAILED, "provider_error")


def test_only_a_message_in_doubt_is_retried_by_somebody() -> None:
    late = NOON + timedelta(days=2)
    doubtful = a_message().claimed(NOON).settled(S.IN_DOUBT, "sender_died", at=NOON)
    again = doubtful.retried(late, at=NOON)
    assert (again.status, again.send_by, again.attempts) == (S.QUEUED, late, 0)
    with pytest.raises(NotInDoubt):
        a_message().retried(late, at=NOON)


TOLD = st.sampled_from([S.SENT, S.DELIVERED, S.BOUNCED, S.COMPLAINED])


@given(st.lists(TOLD, max_size=8), st.sampled_from([S.CLAIMED, S.SENT, S.IN_DOUBT]))
def test_what_a_provider_tells_leads_to_the_furthest_whatever_the_order(
    told: list[MessageStatus], start: MessageStatus
) -> None:
    message = a_message(status=start)
    for status in told:
        message = message.told(status, "told", at=NOON)
    order = [S.CLAIMED, S.IN_DOUBT, S.SENT, S.DELIVERED, S.BOUNCED, S.COMPLAINED]
    assert message.status is max([start, *told], key=order.index)


@pytest.mark.parametrize("status", sorted(set(S) - WENT_OUT))
def test_what_its_provider_has_delivered_went_out_whatever_became_of_it(status: S) -> None:
    told = a_message(status=status).told(S.DELIVERED, "", at=NOON)
    assert (told.status, told.sent_at) == (S.DELIVERED, NOON)


def test_a_canceled_message_is_not_revived() -> None:
    canceled = a_message(status=S.CANCELED)
    assert canceled.told(S.QUEUED, "", at=NOON) is canceled
    with pytest.raises(MessageMoved):
        canceled.claimed(NOON)


def test_what_is_told_of_a_message_in_doubt_settles_it() -> None:
    proven = a_message(status=S.IN_DOUBT).told(S.DELIVERED, "", at=NOON)
    assert (proven.status, proven.sent_at) == (S.DELIVERED, NOON)


def test_what_cannot_be_an_id_names_no_message() -> None:
    assert message_id_of(an_id(7).upper()) == an_id(7)
    with pytest.raises(MessageNotFound):
        message_id_of("../x")


def test_a_tally_sums_over_channels() -> None:
    tally = Tally(
        {(Channel.EMAIL, S.SENT): 2, (Channel.TEXT, S.BOUNCED): 1, (Channel.TEXT, S.QUEUED): 4}
    )
    assert (tally.all, tally.open, tally.went_out, tally.of(S.SENT)) == (7, 4, 3, 2)
