"""What takes people off lists is what the guard forbids, and the numbers of files never mix."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Listing
from campaigns.domain.customer import INACTIVE, INVALID, OPTED_OUT, Consent, Customer, Flag
from campaigns.domain.guard import Verdict
from campaigns.domain.notices import NoticeClass
from campaigns.domain.recall import (
    CLAIMED,
    GATHERED,
    PersonChange,
    RecallProgress,
    recalls_of,
)
from campaigns.domain.run import RunRef
from tests.builders import COMPANY, NOON, a_customer, a_phone, a_ruling, an_id, an_occasion

PHONE = "+15125550123"
UNTIL = NOON + timedelta(hours=8)


def a_listing(**but: Any) -> Listing:
    whole = Listing(
        run_id=an_id(1),
        campaign_id=an_id(2),
        channel=Channel.CALL,
        addresses=(PHONE,),
        until=UNTIL,
    )
    return replace(whole, **but)


def a_list(*listings: Listing) -> ContactHistory:
    return ContactHistory(company_id=COMPANY, person_id=a_customer().id, listings=listings)


consents = st.sampled_from(
    [
        (),
        (Consent(channel=Channel.CALL, given=True),),
        (Consent(channel=Channel.CALL, given=False),),
        (Consent(channel=Channel.TEXT, given=False),),
    ]
)
people = st.builds(
    lambda flags, status, consents, marketing, moved: a_customer(
        "100001",
        a_phone("+15125550199" if moved else PHONE, status=status, consents=consents),
        flags=frozenset(flags),
        marketing_opt_out=marketing,
    ),
    st.sets(st.sampled_from(Flag), max_size=2),
    st.sampled_from(["active", INVALID, OPTED_OUT, INACTIVE, "verified"]),
    consents,
    st.booleans(),
    st.booleans(),
)


@given(before=people, now=people)
def test_people_are_recalled_for_what_the_guard_forbids_now_and_did_not_before(
    before: Customer, now: Customer
) -> None:
    found = list(recalls_of(PersonChange(before, now, NOON), a_list(a_listing()), NOON))
    was, then = ruled(before), ruled(now)
    wanted = [] if then is None or was is not None else [then]
    assert [recall.reason for _, recall in found] == wanted
    assert all(ref == RunRef(COMPANY, an_id(2), an_id(1)) for ref, _ in found)


def ruled(person: Customer) -> str | None:
    """As the guard decides about a marketing call, which every rule is for."""
    [contact] = person.contacts
    if contact.value != PHONE:
        contact = a_phone()
    occasion = an_occasion(None, purpose=NoticeClass.MARKETING)
    decision = a_ruling(person, contact, occasion=occasion).decision
    return decision.rule_id if decision.verdict is Verdict.SUPPRESS else None


def test_a_list_that_has_ended_recalls_nobody() -> None:
    dead = replace(a_customer(), flags=frozenset({Flag.DECEASED}))
    change = PersonChange(a_customer(), dead, NOON)
    assert len(list(recalls_of(change, a_list(a_listing()), NOON))) == 1
    assert list(recalls_of(change, a_list(a_listing(until=NOON)), NOON)) == []


def test_each_address_of_each_list_is_recalled() -> None:
    dead = replace(a_customer(), flags=frozenset({Flag.DECEASED}))
    two = a_listing(addresses=(PHONE, "+15125550199"))
    other = a_listing(run_id=an_id(3), channel=Channel.TEXT)
    found = list(recalls_of(PersonChange(None, dead, NOON), a_list(two, other), NOON))
    assert [(ref.run_id, one.address) for ref, one in found] == [
        (an_id(1), PHONE),
        (an_id(1), "+15125550199"),
        (an_id(3), PHONE),
    ]
    assert len({one.name for _, one in found[:2]}) == 2
    assert not any(PHONE in one.name for _, one in found)


moves = st.lists(st.sampled_from(["take", "claim", "tell", "fail", "put_off", "end"]), max_size=30)


@given(moves=moves)
def test_nothing_is_put_down_under_a_closed_number_and_nothing_due_is_forgotten(
    moves: list[str],
) -> None:
    one = RecallProgress(ref=RunRef(COMPANY, an_id(2), an_id(1)), until=UNTIL)
    waiting: set[int] = set()
    """Numbers that something was put down under, and that nobody was told of."""
    for move in moves:
        if move == "take":
            one = one.taking(UNTIL, at=NOON)
            assert one.open > one.closed
            waiting.add(one.open)
        elif one.due_at is None:
            continue
        elif move == "claim":
            one = one.claimed(at=NOON)
            assert one.due_at == NOON + CLAIMED
        elif move == "put_off":
            one = one.put_off(GATHERED, at=NOON)
        elif move == "end":
            waiting.clear()
            one = one.ended()
        elif one.closed > one.done:
            if move == "fail":
                one = one.failed(at=NOON)
            else:
                waiting.discard(one.closed)
                one = one.told(at=NOON)
        assert one.done <= one.closed <= one.done + 1
        assert (one.due_at is not None) == bool(waiting)
        assert all(one.done < number <= one.open for number in waiting)
        assert one.due_at is None or one.due_at <= UNTIL


def test_what_fails_is_tried_later_and_later_and_once_more_when_it_is_too_late() -> None:
    one = RecallProgress(ref=RunRef(COMPANY, an_id(2), an_id(1)), until=UNTIL)
    waits: list[timedelta] = []
    at = NOON
    while at < UNTIL:
        one = one.taking(UNTIL, at=at).claimed(at=at).failed(at=at)
        assert one.due_at is not None
        waits.append(one.due_at - at)
        at = one.due_at
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes[:5] == [2, 4, 8, 15, 15]
    assert one.due_at == UNTIL
