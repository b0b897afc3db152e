"""Rows of results: what they may say, and what follows from them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import KEPT, ContactHistory, Outcome, Reservation
from campaigns.domain.customer import INVALID, OPTED_OUT, Customer, Flag
from campaigns.domain.people_rows import account_id, customer_id
from campaigns.domain.public_id import BORROWER, CAMPAIGN, RUN, show
from campaigns.domain.results import Result, result_of
from campaigns.domain.row_values import RowRefused
from campaigns.domain.timeline import EntryKind
from tests.builders import COMPANY, NOON, a_customer, a_phone, an_email, an_id

DAY = timedelta(days=1)
PHONE, OTHER = "+15125550123", "+15125550124"
RUN_ID, CAMPAIGN_ID = an_id(1), an_id(2)


def row(**but: Any) -> dict[str, Any]:
    """A call that nobody took, but for these fields; None leaves one out."""
    whole = {
        "customerExternalId": "100001",
        "channel": "call",
        "at": "2026-03-02T11:00:00Z",
        "outcome": "no_answer",
        **but,
    }
    return {name: value for name, value in whole.items() if value is not None}


def result(**but: Any) -> Result:
    return result_of(COMPANY, row(**but), now=NOON)


def a_history(*reservations: Reservation) -> ContactHistory:
    return ContactHistory(
        company_id=COMPANY,
        person_id=customer_id(COMPANY, "100001"),
        reservations=reservations,
    )


def reserved(run_id: str = RUN_ID, channel: Channel = Channel.CALL, debt: str = "") -> Reservation:
    return Reservation(run_id=run_id, channel=channel, debt=debt, start=NOON, until=NOON + DAY)


# ── what a row says ──────────────────────────────────────────────────────────


def test_every_field_is_read() -> None:
    whole = result(
        id="call-1",
        accountExternalId="900001",
        address="(512) 555-0123",
        outcome="promise",
        runId=show(RUN, RUN_ID),
        promiseAmount="120.00",
        promiseDate="2026-03-09",
        campaignId=show(CAMPAIGN, CAMPAIGN_ID),
        executionOutcome="completed",
    )
    assert (whole.person_id, whole.account_id) == (
        customer_id(COMPANY, "100001"),
        account_id(COMPANY, "900001"),
    )
    assert (whole.address, whole.run_id, whole.campaign_id) == (PHONE, RUN_ID, CAMPAIGN_ID)
    assert (whole.promised, whole.execution) == (Decimal("120.00"), "completed")
    assert whole.at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert whole.entry.kind is EntryKind.PROMISE
    assert whole.entry.details == {
        "amount": "120.00",
        "promisedOn": "2026-03-09",
        "executionOutcome": "completed",
    }


def test_a_customer_is_named_by_any_id() -> None:
    id = customer_id(COMPANY, "100001")
    for name in (id, show(BORROWER, id), show(BORROWER, id).lower(), id.upper()):
        assert result(customerExternalId=None, customerId=name).person_id == id


@pytest.mark.parametrize(
    ("field", "but"),
    [
        ("customerId", {"customerExternalId": None}),
        ("customerId", {"customerId": an_id()}),
        ("customerId", {"customerExternalId": None, "customerId": "100001"}),
        ("customerExternalId", {"customerExternalId": "x" * 101}),
        ("accountId", {"accountId": "900001"}),
        ("accountId", {"accountId": an_id(), "accountExternalId": "900001"}),
        ("channel", {"channel": None}),
        ("channel", {"channel": "fax"}),
        ("at", {"at": "0001-01-01T00:00:00+14:00"}),
        ("at", {"at": "1899-12-31T23:59:59Z"}),
        ("address", {"address": "555"}),
        ("address", {"address": "ada@example.com"}),
        ("address", {"channel": "email", "address": PHONE}),
        ("at", {"at": None}),
        ("at", {"at": "2026-03-02T11:00:00"}),
        ("at", {"at": "2026-03-02"}),
        ("at", {"at": "2026-02-30T11:00:00Z"}),
        ("at", {"at": "yesterday"}),
        ("at", {"at": "2026-03-02T12:10:01Z"}),
        ("at", {"at": "9999-12-31T23:59:59-12:00"}),
        ("at", {"at": {"year": 2026}}),
        ("outcome", {"outcome": None}),
        ("outcome", {"outcome": "sold"}),
        ("runId", {"runId": "RN-1"}),
        ("runId", {"outcome": "not_attempted"}),
        ("address", {"outcome": "wrong_number"}),
        ("promiseAmount", {"promiseAmount": "1.00"}),
        ("promiseAmount", {"outcome": "promise", "promiseAmount": "0"}),
        ("promiseAmount", {"outcome": "promise", "promiseAmount": "much"}),
        ("promiseDate", {"promiseDate": "2026-03-09"}),
        ("promiseDate", {"outcome": "promise", "promiseDate": "soon"}),
        ("text", {"text": 7}),
        ("text", {"text": "x" * 2001}),
        ("campaignId", {"executionOutcome": "completed"}),
        ("executionOutcome", {"campaignId": CAMPAIGN_ID}),
        ("executionOutcome", {"campaignId": CAMPAIGN_ID, "executionOutcome": "waiting"}),
        ("id", {"id": "x" * 101}),
        ("note", {"note": "she was kind"}),
    ],
)
def test_what_it_may_not_say_is_refused_by_name(field: str, but: Any) -> None:
    with pytest.raises(RowRefused) as refused:
        result(**but)
    assert refused.value.field == field


def test_a_clock_may_be_a_little_ahead() -> None:
    assert result(at="2026-03-02T12:09:59Z").at > NOON


# ── the same, told twice ─────────────────────────────────────────────────────


def test_the_same_row_is_the_same_entry_however_it_is_spelled() -> None:
    spelled = result(at="2026-03-02T06:00:00-05:00", address="512-555-0123")
    assert spelled.entry.id == result(address=PHONE).entry.id


def test_another_row_is_another_entry() -> None:
    rows = [
        result(),
        result(at="2026-03-02T11:00:01Z"),
        result(outcome="busy"),
        result(channel="voice"),
        result(address=PHONE),
        result(accountExternalId="900001"),
        result(runId=RUN_ID),
        result(customerExternalId="100002"),
        result(text="stop calling me"),
        result(outcome="promise"),
        result(outcome="promise", promiseAmount="1"),
        result(id="1"),
        result(id="2"),
    ]
    assert len({one.entry.id for one in rows}) == len(rows)


def test_a_row_with_an_id_is_known_by_it() -> None:
    assert result(id="1").entry.id == result(id="1", outcome="busy").entry.id


def test_what_was_said_is_not_kept() -> None:
    assert "kind" not in repr(result(text="you are very kind"))


# ── the history ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told", "counts_as"),
    [
        ("attempted", Outcome.ATTEMPTED),
        ("no_answer", Outcome.ATTEMPTED),
        ("busy", Outcome.ATTEMPTED),
        ("voicemail", Outcome.VOICEMAIL),
        ("conversation", Outcome.CONVERSATION),
        ("promise", Outcome.PROMISE),
        ("wrong_number", Outcome.WRONG_NUMBER),
        ("opt_out", Outcome.OPT_OUT),
    ],
)
def test_an_attempt_takes_the_place_of_what_was_reserved(told: str, counts_as: Outcome) -> None:
    others = (reserved(an_id()), reserved(channel=Channel.TEXT))
    one = result(outcome=told, runId=RUN_ID, address=PHONE)
    history = one.told_to(a_history(reserved(), *others), now=NOON)
    assert history.reservations == others
    [attempt] = history.attempts
    assert (attempt.outcome, attempt.id, attempt.run_id) == (counts_as, one.entry.id, RUN_ID)
    assert one.told_to(history, now=NOON) == history


def test_a_contact_that_was_not_made_gives_back_what_was_reserved() -> None:
    one = result(outcome="not_attempted", runId=RUN_ID)
    assert one.told_to(a_history(reserved(debt=an_id())), now=NOON).is_empty
    assert one.entry.kind is EntryKind.NOT_ATTEMPTED


def test_only_the_debt_that_is_named_is_released() -> None:
    ours = account_id(COMPANY, "900001")
    other = reserved(debt=an_id())
    one = result(outcome="not_attempted", runId=RUN_ID, accountExternalId="900001")
    assert one.told_to(a_history(reserved(debt=ours), other), now=NOON).reservations == (other,)


def test_what_is_long_past_counts_for_nothing() -> None:
    edge = NOON - KEPT
    assert result(at=edge.isoformat()).told_to(a_history(), now=NOON).is_empty
    later = (edge + timedelta(seconds=1)).isoformat()
    assert not result(at=later).told_to(a_history(), now=NOON).is_empty


# ── the person ───────────────────────────────────────────────────────────────


def statuses(person: Customer) -> dict[str, str]:
    return {one.value: one.status for one in person.contacts}


PERSON = a_customer("100001", a_phone(PHONE), a_phone(OTHER, "home"), an_email("ada@example.com"))


def test_a_conversation_changes_nobody() -> None:
    assert result(outcome="conversation", text="I will pay").told_of(PERSON) is PERSON


def test_a_wrong_number_is_not_used_again() -> None:
    told = result(outcome="wrong_number", address=PHONE).told_of(PERSON)
    assert statuses(told)[PHONE] == INVALID
    assert not told.contacts[0].is_usable
    assert statuses(told)[OTHER] == "active"


def test_an_opt_out_is_of_the_address() -> None:
    told = result(outcome="opt_out", address=PHONE).told_of(PERSON)
    assert statuses(told) == {PHONE: OPTED_OUT, OTHER: "active", "ada@example.com": "active"}
    assert told.flags == frozenset()


def test_an_opt_out_without_an_address_is_of_the_channel() -> None:
    told = result(outcome="opt_out").told_of(PERSON)
    assert statuses(told) == {PHONE: OPTED_OUT, OTHER: OPTED_OUT, "ada@example.com": "active"}


def test_a_channel_is_refused_for_addresses_of_later_and_for_letters_too() -> None:
    assert result(outcome="opt_out").told_of(PERSON).refused == {Channel.CALL, Channel.VOICE}
    letters = result(channel="mail", outcome="opt_out").told_of(PERSON)
    assert letters == replace(PERSON, refused=frozenset({Channel.MAIL}))
    worded = result(text="no more letters").told_of(PERSON)
    assert worded == letters
    assert result(outcome="opt_out", address=PHONE).told_of(PERSON).refused == frozenset()


def test_words_say_how_far_an_opt_out_goes() -> None:
    calls = result(outcome="conversation", address=PHONE, text="Stop calling me!").told_of(PERSON)
    assert statuses(calls) == {PHONE: OPTED_OUT, OTHER: OPTED_OUT, "ada@example.com": "active"}
    mails = result(address=PHONE, text="no more emails").told_of(PERSON)
    assert statuses(mails) == {PHONE: "active", OTHER: "active", "ada@example.com": OPTED_OUT}
    person = result(address=PHONE, text="leave me alone").told_of(PERSON)
    assert person.flags == {Flag.DO_NOT_CONTACT}


def test_words_that_say_the_opposite_change_nobody() -> None:
    assert result(channel="text", text="please don't stop texting me").told_of(PERSON) is PERSON


def test_an_address_that_was_not_known_is_remembered() -> None:
    new = "+15125550199"
    told = result(outcome="opt_out", address=new).told_of(PERSON)
    assert statuses(told)[new] == OPTED_OUT
    assert result(outcome="opt_out", address=new).told_of(told) == told


def test_an_email_address_is_the_same_in_any_letter_case() -> None:
    told = result(channel="email", outcome="opt_out", address="Ada@Example.com").told_of(PERSON)
    assert statuses(told)["ada@example.com"] == OPTED_OUT


def test_a_wrong_number_lifts_no_opt_out() -> None:
    rows = (
        result(outcome="wrong_number", address=PHONE),
        result(outcome="opt_out", address=PHONE),
    )
    for first, second in (rows, rows[::-1]):
        assert statuses(second.told_of(first.told_of(PERSON)))[PHONE] == OPTED_OUT
