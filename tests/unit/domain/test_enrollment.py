from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.domain.account import AccountKind
from campaigns.domain.collection_campaign import CollectionStatus, CollectionType
from campaigns.domain.enrollment import (
    ACTIVE,
    IS_SETTLED,
    NO_DUE_DATE,
    OUTCOMES,
    PAST_DUE,
    STATEMENT_ELSEWHERE,
    Change,
    EnrollmentMoved,
    EnrollmentRefused,
    EnrollmentStatus,
    NotAnOutcome,
    check_may_enter,
    check_reportable,
    completion,
    end_with_campaign,
    enroll,
)
from tests.builders import NOON, a_collection, a_step, an_account, an_enrollment, an_id

S = EnrollmentStatus
TODAY = NOON.date()


def test_a_new_execution_stands_before_the_first_step() -> None:
    first = a_step(wait_days=2)
    campaign = a_collection(steps=(first, a_step()), expires_after_days=10)
    made = enroll(an_account(number="I-7"), campaign, id=an_id(), today=TODAY, at=NOON)
    assert (made.status, made.step_id, made.account_number) == (S.PENDING, first.id, "I-7")
    assert made.due_on == TODAY + timedelta(days=2)
    assert made.expires_on == TODAY + timedelta(days=10)


def test_one_that_grows_too_old_while_it_waits_is_looked_at_when_it_does() -> None:
    campaign = a_collection(steps=(a_step(wait_days=20),), expires_after_days=5)
    made = enroll(an_account(), campaign, id=an_id(), today=TODAY, at=NOON)
    assert made.due_on == TODAY + timedelta(days=5)
    assert made.is_too_old(TODAY + timedelta(days=5))
    assert not made.is_too_old(TODAY + timedelta(days=4))


@pytest.mark.parametrize(
    ("but", "type", "error"),
    [
        ({"settled_at": NOON}, CollectionType.FIRST_PARTY, IS_SETTLED),
        ({"kind": AccountKind.STATEMENT}, CollectionType.EARLY_STAGE, STATEMENT_ELSEWHERE),
        ({"kind": AccountKind.STATEMENT}, CollectionType.STATEMENT_ACKNOWLEDGEMENT, None),
        ({}, CollectionType.PAYMENT_REMINDER, NO_DUE_DATE),
        ({"next_due_on": TODAY}, CollectionType.PAYMENT_REMINDER, None),
        ({"next_due_on": TODAY - timedelta(days=1)}, CollectionType.PAYMENT_REMINDER, PAST_DUE),
        ({"next_due_on": TODAY - timedelta(days=1)}, CollectionType.EARLY_STAGE, None),
    ],
)
def test_who_may_enter_what(but: dict[str, Any], type: CollectionType, error: str | None) -> None:
    account = an_account(**but)
    if error is None:
        check_may_enter(account, type, TODAY)
        return
    with pytest.raises(EnrollmentRefused) as refused:
        check_may_enter(account, type, TODAY)
    assert str(refused.value) == error


def test_from_every_active_state_every_end_is_reached() -> None:
    for was in ACTIVE:
        for end in set(S) - ACTIVE:
            ended = an_enrollment(status=was).ended(end, "test", at=NOON)
            assert (ended.status, ended.due_on, ended.step_id) == (end, None, None)
            assert [past.status for past in ended.history] == [was]


def test_a_late_outcome_reaches_all_that_ended_but_what_was_cancelled() -> None:
    for was in set(S) - ACTIVE:
        ended = an_enrollment(status=was, due_on=None)
        allowed = OUTCOMES - {was} if was is not S.CANCELLED else frozenset()
        for end in set(S) - {was}:
            if end in allowed:
                assert ended.ended(end, "test", at=NOON).status is end
            else:
                with pytest.raises(EnrollmentMoved):
                    ended.ended(end, "test", at=NOON)


def test_what_has_ended_takes_no_step() -> None:
    over = an_enrollment().ended(S.FAILED, "test", at=NOON)
    with pytest.raises(EnrollmentMoved):
        over.taken(an_id(), at=NOON)
    with pytest.raises(EnrollmentMoved):
        over.stepped(a_step(), called=True, today=TODAY, at=NOON)
    with pytest.raises(EnrollmentMoved):
        over.given_back(TODAY, at=NOON)


def test_only_outcomes_can_be_reported() -> None:
    for status in OUTCOMES:
        check_reportable(status)
    for status in set(S) - OUTCOMES:
        with pytest.raises(NotAnOutcome):
            check_reportable(status)


def test_completing_goes_on_once_and_only_where_it_is_taken() -> None:
    was, account, after = an_enrollment(), an_account(), a_collection()
    known: dict[str, Any] = {"id": an_id(), "why": "test", "today": TODAY, "at": NOON}
    done = completion(was, account, after, **known)
    assert done.account == account.awaiting_collection()
    assert done.follows is not None
    assert (done.follows.campaign_id, done.now.chained_to) == (after.id, after.id)
    again = completion(done.now.ended(S.FAILED, "test", at=NOON), account, after, **known)
    assert again.follows is None
    for other in (None, replace(after, status=CollectionStatus.DRAFT)):
        assert completion(was, account, other, **known).follows is None
    reminder = replace(after, type=CollectionType.PAYMENT_REMINDER)
    assert completion(was, account, reminder, **known).follows is None
    settled = completion(was, account.settled(NOON), after, **known)
    assert (settled.account, settled.follows) == (None, None)


@pytest.mark.parametrize(
    ("status", "end"),
    [(CollectionStatus.CANCELLED, S.CANCELLED), (CollectionStatus.COMPLETED, S.EXPIRED)],
)
def test_an_execution_ends_with_its_campaign(
    status: CollectionStatus, end: EnrollmentStatus
) -> None:
    ended = end_with_campaign(an_enrollment(), a_collection(status=status), at=NOON)
    assert ended.now.status is end


def test_a_change_says_what_it_changes_in_the_counters() -> None:
    was = an_enrollment()
    assert Change(now=was).counted() == {was.campaign_id: {"total": 1, "pending": 1}}
    taken = was.taken(an_id(), at=NOON)
    assert Change(was=was, now=taken).counted() == {was.campaign_id: {"pending": -1, "running": 1}}
    same = Change(was=was, now=was.called(), called_on=TODAY)
    assert same.counted() == {was.campaign_id: {"calls": 1}}
    follows = an_enrollment(campaign_id=an_id())
    on = Change(was=was, now=was.ended(S.COMPLETED, "test", at=NOON), follows=follows)
    assert on.counted() == {
        was.campaign_id: {"pending": -1, "completed": 1},
        follows.campaign_id: {"total": 1, "pending": 1},
    }
