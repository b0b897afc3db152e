"""The guard's decisions, rule by rule, and against a slow second opinion."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.channel import Channel, ContactType
from campaigns.domain.contact_history import Attempt, ContactHistory, Outcome, Reservation
from campaigns.domain.customer import Consent, ContactPoint, Customer, Flag
from campaigns.domain.guard import (
    NothingToReserve,
    NotTheGuard,
    Ruling,
    Verdict,
    zones_of,
)
from campaigns.domain.guard_rules import (
    CITATIONS,
    RULE_SETS,
    Cap,
    ContactPolicy,
    Profile,
    rules_on,
)
from campaigns.domain.notices import NoticeClass
from tests.builders import (
    MONDAY,
    NOON,
    a_customer,
    a_history,
    a_phone,
    a_ruling,
    an_attempt,
    an_email,
    an_id,
    an_occasion,
)

TEXAN = a_customer(state="TX", postal_code="73301")
OTHER_RUN = an_id(77)
OPEN = datetime(2026, 3, 2, 20, tzinfo=UTC)
"""In the afternoon, in all of the contiguous states."""
DAY = timedelta(days=1)


def said(*about: Any, **more: Any) -> tuple[str, str]:
    decision = a_ruling(*about, **more).decision
    return decision.verdict.value, decision.reason


def call(days_ago: int, **but: Any) -> Attempt:
    return an_attempt(at=OPEN - days_ago * DAY, **but)


def taken(run: str = OTHER_RUN, **but: Any) -> Reservation:
    whole = Reservation(
        run_id=run, channel=Channel.CALL, start=OPEN, until=OPEN + timedelta(hours=5)
    )
    return replace(whole, **but)


# Who, and at which address


def test_a_person_whom_nothing_forbids_is_allowed_and_the_decision_says_until_when() -> None:
    decision = a_ruling(TEXAN).decision
    assert (decision.verdict, decision.rule_id) == (Verdict.ALLOW, "none")
    assert decision.until == datetime(2026, 3, 3, 3, tzinfo=UTC)
    assert decision.facts == {
        "timeZone": "America/Chicago",
        "from": "2026-03-02T14:00:00.000Z",
        "until": "2026-03-03T03:00:00.000Z",
        "attemptsLeft": "7",
    }


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_suppresses_and_the_decision_names_its_rule(flag: Flag) -> None:
    decision = a_ruling(a_customer(flags=frozenset({flag}))).decision
    assert decision.verdict is Verdict.SUPPRESS
    assert decision.rule_id in CITATIONS
    assert decision.rule_version == "2026-01/third-party"
    assert decision.facts == {flag.value: "true"}


def test_what_is_known_of_a_person_decides_before_what_is_known_of_an_address() -> None:
    everything = a_customer(flags=frozenset(Flag))
    for status in ("active", "invalid", "optedOut"):
        assert said(everything, a_phone(status=status)) == ("suppress", "do_not_contact")


@pytest.mark.parametrize(
    ("status", "rule"), [("invalid", "invalid_address"), ("optedOut", "opted_out")]
)
def test_an_address_that_must_not_be_used_is_suppressed(status: str, rule: str) -> None:
    decision = a_ruling(TEXAN, a_phone(status=status)).decision
    assert (decision.verdict, decision.rule_id) == (Verdict.SUPPRESS, rule)
    assert decision.facts == {"status": status}


def consented(given: bool, channel: Channel = Channel.TEXT, **but: Any) -> ContactPoint:
    return a_phone(consents=(Consent(channel=channel, given=given, **but),))


def test_a_text_needs_a_consent_and_a_call_does_not() -> None:
    text = Channel.TEXT
    assert said(TEXAN, a_phone(), channel=text) == ("hold", "unknown_consent")
    assert said(TEXAN, consented(True), channel=text) == ("allow", "none")
    assert said(TEXAN, consented(False), channel=text) == ("suppress", "opted_out")
    assert said(TEXAN, consented(False)) == ("allow", "none")
    assert said(TEXAN, consented(False, Channel.CALL)) == ("suppress", "opted_out")


def test_consent_to_one_number_or_channel_is_none_to_another() -> None:
    assert said(TEXAN, consented(True), channel=Channel.VOICE) == ("hold", "unknown_consent")
    both = a_customer("1", consented(True), a_phone("+15125550124", "home"), state="TX")
    assert said(both, both.contacts[1], channel=Channel.TEXT) == ("hold", "unknown_consent")


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.TEXT, Channel.WHATSAPP])
def test_a_profile_says_which_channels_need_a_consent(profile: Profile, channel: Channel) -> None:
    occasion = an_occasion(policy=ContactPolicy(profile=profile))
    needs = channel is Channel.VOICE or profile is not Profile.SERVICING
    expected = ("hold", "unknown_consent") if needs else ("allow", "none")
    assert said(TEXAN, a_phone(), occasion=occasion, channel=channel) == expected


def test_a_channel_that_is_refused_is_so_at_every_address_and_no_other_is() -> None:
    person = a_customer(state="TX", refused=frozenset({Channel.TEXT, Channel.MAIL}))
    new = a_phone("+15125550199")
    assert said(person, new, channel=Channel.TEXT) == ("suppress", "opted_out")
    assert said(person, new, channel=Channel.CALL) == ("allow", "none")


def test_who_wants_no_marketing_still_hears_about_a_debt() -> None:
    person = a_customer(state="TX", marketing_opt_out=True)
    assert said(person) == ("allow", "none")
    marketing = an_occasion(purpose=NoticeClass.MARKETING)
    assert said(person, occasion=marketing) == ("suppress", "marketing_opt_out")


# Hours


@pytest.mark.parametrize("contact", [a_phone("+18005550123"), an_email()])
def test_where_nobody_knows_where_somebody_is_nobody_knows_the_hours(contact: ContactPoint) -> None:
    nowhere = a_customer("1", contact, time_zone="", state="")
    decision = a_ruling(nowhere).decision
    assert (decision.verdict, decision.rule_id) == (Verdict.HOLD, "hours")
    assert decision.facts["unknown"] == "timeZone"
    assert decision.reason == "unknown_time_zone"
    servicing = an_occasion(purpose=NoticeClass.SERVICING)
    assert said(nowhere, occasion=servicing) == ("allow", "none")


def test_places_with_no_common_hour_tell_nothing() -> None:
    torn = a_customer("1", a_phone("+819012345678"), time_zone="Pacific/Honolulu")
    assert said(torn) == ("hold", "unknown_time_zone")


def test_a_list_that_comes_too_late_for_a_person_is_put_off_until_the_next_morning() -> None:
    late = an_occasion(at=datetime(2026, 3, 3, 3, tzinfo=UTC))
    decision = a_ruling(TEXAN, occasion=late).decision
    assert (decision.verdict, decision.rule_id) == (Verdict.DEFER, "hours")
    assert decision.until == datetime(2026, 3, 3, 14, tzinfo=UTC)
    last_minute = an_occasion(at=datetime(2026, 3, 3, 2, 59, tzinfo=UTC))
    assert said(TEXAN, occasion=last_minute) == ("allow", "none")


@pytest.mark.parametrize(
    ("hour", "verdict"), [(13, "defer"), (14, "allow"), (23, "allow"), (26, "allow"), (27, "defer")]
)
def test_a_message_leaves_within_the_hours_of_its_receiver(hour: int, verdict: str) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)
    decision = a_ruling(TEXAN, occasion=an_occasion(None, at=at)).decision
    assert decision.verdict == verdict
    if verdict == "defer":
        morning = 2 if hour == 13 else 3
        assert decision.until == datetime(2026, 3, morning, 14, tzinfo=UTC)


ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Phoenix",
    "Pacific/Honolulu",
    "America/St_Johns",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Pacific/Auckland",
]
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(st.sampled_from(ZONES), st.sampled_from(ZONES), MOMENTS)
def test_a_send_is_allowed_exactly_when_it_is_day_everywhere(
    stored: str, other: str, at: datetime
) -> None:
    phones = {"America/New_York": "+12125550123", "Europe/Berlin": "+49301234567"}
    phone = a_phone(phones.get(other, "+18005550123"))
    person = a_customer("1", phone, time_zone=stored, state="")
    decision = a_ruling(person, occasion=an_occasion(None, at=at)).decision

    def is_day(at: datetime) -> bool:
        local = [at.astimezone(ZoneInfo(zone)).time() for zone in zones_of(person)]
        return all(time(8) <= one < time(21) for one in local)

    assert (decision.verdict is Verdict.ALLOW) == is_day(at)
    if decision.verdict is Verdict.DEFER:
        assert decision.until is not None
        assert is_day(decision.until)
        before = decision.until - timedelta(minutes=1)
        assert before < at or not is_day(before)


# How often


def test_an_eighth_call_within_seven_days_is_put_off_until_the_first_is_past() -> None:
    calls = [call(days) for days in (6, 5, 4, 3, 2, 1, 1)]
    decision = a_ruling(TEXAN, history=a_history(*calls)).decision
    assert (decision.verdict, decision.rule_id) == (Verdict.DEFER, "call_frequency")
    assert decision.until == datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert decision.facts["used"] == "7"
    assert said(TEXAN, history=a_history(*calls[1:])) == ("allow", "none")
    assert a_ruling(TEXAN, history=a_history(*calls[1:])).decision.attempts_left == 1


def test_calls_count_for_their_debt_and_without_one_for_all() -> None:
    calls = [call(1, debt="A") for _ in range(7)]
    assert said(TEXAN, history=a_history(*calls), debt="B") == ("allow", "none")
    assert said(TEXAN, history=a_history(*calls), debt="A") == ("defer", "call_frequency")
    assert said(TEXAN, history=a_history(*calls), debt="") == ("defer", "call_frequency")
    of_none = [call(1) for _ in range(7)]
    assert said(TEXAN, history=a_history(*of_none), debt="B") == ("defer", "call_frequency")


def test_only_calls_count_among_calls() -> None:
    history = a_history(*(call(1, channel=Channel.EMAIL) for _ in range(9)))
    assert said(TEXAN, history=history) == ("allow", "none")
    history = a_history(*(call(1, channel=Channel.VOICE) for _ in range(7)))
    assert said(TEXAN, history=history) == ("defer", "call_frequency")
    person = a_customer("1", an_email(), state="TX")
    assert said(person, history=history) == ("allow", "none")


def test_the_day_of_a_conversation_is_the_first_of_seven() -> None:
    for days, verdict in ((0, "defer"), (1, "defer"), (6, "defer"), (7, "allow")):
        talk = call(days, outcome=Outcome.CONVERSATION)
        decision = a_ruling(TEXAN, history=a_history(talk)).decision
        assert decision.verdict == verdict, days
        if verdict == "defer":
            assert decision.rule_id == "conversation_pause"
            assert decision.until is not None
            morning = decision.until.astimezone(ZoneInfo("America/Chicago"))
            assert (morning.date(), morning.time()) == (date(2026, 3, 9) - days * DAY, time(8))


def test_whoever_hears_no_caller_is_texted_in_the_pause() -> None:
    history = a_history(call(1, outcome=Outcome.PROMISE))
    assert said(TEXAN, history=history) == ("defer", "conversation_pause")
    assert said(TEXAN, consented(True), history=history, channel=Channel.TEXT) == ("allow", "none")


def test_a_person_in_massachusetts_is_called_or_texted_twice_a_week() -> None:
    person = a_customer("1", consented(True), state="MA", time_zone="America/New_York")
    history = a_history(call(1), call(2, channel=Channel.TEXT))
    decision = a_ruling(person, history=history).decision
    assert (decision.verdict, decision.rule_id) == (Verdict.DEFER, "state_cap")
    assert decision.facts["state"] == "MA"
    assert said(person, history=history, channel=Channel.TEXT) == ("defer", "state_cap")
    assert said(person, history=a_history(call(1))) == ("allow", "none")
    assert a_ruling(person, history=a_history(call(1))).decision.attempts_left == 1


def test_a_state_that_is_not_known_matters_only_when_its_limit_would() -> None:
    eastern = a_customer("1", a_phone("+18005550123"), state="", time_zone="America/New_York")
    assert said(eastern, history=a_history(call(1))) == ("allow", "none")
    often = a_history(call(1), call(2))
    decision = a_ruling(eastern, history=often).decision
    assert (decision.verdict, decision.reason) == (Verdict.HOLD, "unknown_state")
    by_zip = replace(eastern, postal_code="02108-1234")
    assert said(by_zip, history=often) == ("defer", "state_cap")
    assert said(replace(eastern, postal_code="10001"), history=often) == ("allow", "none")
    central = replace(eastern, time_zone="America/Chicago")
    assert said(central, history=often) == ("allow", "none")


def test_one_run_a_day_contacts_a_person_in_one_way_about_one_debt() -> None:
    history = a_history(reservations=(taken(debt="A"),))
    decision = a_ruling(TEXAN, history=history, debt="A").decision
    assert (decision.verdict, decision.rule_id) == (Verdict.DEFER, "contacted_today")
    assert decision.until == datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert said(TEXAN, history=history, debt="B") == ("allow", "none")
    emailed = a_customer("1", an_email(), state="TX")
    assert said(emailed, history=history, debt="A") == ("allow", "none")
    made = a_history(call(0, run_id=OTHER_RUN))
    assert said(TEXAN, history=made) == ("defer", "contacted_today")
    assert said(TEXAN, history=a_history(call(1, run_id=OTHER_RUN))) == ("allow", "none")
    by_hand = a_history(call(0))
    assert said(TEXAN, history=by_hand) == ("allow", "none")


def test_a_reservation_counts_like_a_call_until_it_expires() -> None:
    calls = [call(days) for days in (6, 5, 4, 3, 2, 1)]
    twice = an_occasion(policy=ContactPolicy(exports_a_day=5))
    history = a_history(*calls, reservations=(taken(),))
    assert said(TEXAN, history=history, occasion=twice) == ("defer", "call_frequency")
    over = a_history(*calls, reservations=(taken(until=NOON),))
    assert said(TEXAN, history=over, occasion=twice) == ("allow", "none")


def test_what_its_own_run_has_reserved_changes_no_decision() -> None:
    occasion = an_occasion()
    calls = [call(days) for days in (6, 5, 4, 3, 2, 1)]
    first = a_ruling(TEXAN, history=a_history(*calls), occasion=occasion)
    held = first.reservation(occasion, "c")
    again = a_ruling(TEXAN, history=a_history(*calls, reservations=(held,)), occasion=occasion)
    assert again.decision == first.decision


def test_what_its_own_run_has_reserved_in_another_way_counts() -> None:
    occasion = an_occasion(policy=ContactPolicy(consent_channels=frozenset()))
    person = a_customer("1", state="MA", time_zone="America/New_York")
    texted = taken(an_id(0), channel=Channel.TEXT)
    for calls, verdict in (([], "allow"), ([call(1)], "defer")):
        history = a_history(*calls, reservations=(texted,))
        assert said(person, history=history, occasion=occasion)[0] == verdict


def test_without_a_zone_nobody_can_count_days() -> None:
    nowhere = a_customer("1", a_phone("+18005550123"), time_zone="", state="")
    servicing = an_occasion(purpose=NoticeClass.SERVICING)
    assert said(nowhere, occasion=servicing, history=a_history(call(1))) == (
        "hold",
        "unknown_time_zone",
    )


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (ContactPolicy(), "defer"),
        (ContactPolicy(profile=Profile.FIRST_PARTY), "defer"),
        (ContactPolicy(profile=Profile.FIRST_PARTY, call_frequency=False), "allow"),
        (ContactPolicy(profile=Profile.SERVICING), "allow"),
        (ContactPolicy(profile=Profile.SERVICING, call_frequency=True), "defer"),
        (ContactPolicy(calls_in_7_days=9), "allow"),
        (ContactPolicy(calls_in_7_days=8), "allow"),
        (ContactPolicy(calls_in_7_days=3), "defer"),
    ],
)
def test_the_limit_on_calls_is_the_company_s(policy: ContactPolicy, verdict: str) -> None:
    history = a_history(*(call(1) for _ in range(7)))
    occasion = an_occasion(policy=policy)
    assert said(TEXAN, history=history, occasion=occasion)[0] == verdict


def test_a_state_s_limit_is_the_company_s_to_change() -> None:
    policy = ContactPolicy(state_caps=(("TX", Cap(most=1)), ("MA", Cap())))
    occasion = an_occasion(policy=policy)
    assert said(TEXAN, history=a_history(call(1)), occasion=occasion) == ("defer", "state_cap")
    bostonian = a_customer(state="MA", time_zone="America/New_York")
    history = a_history(call(1), call(1), call(1))
    assert said(bostonian, history=history, occasion=occasion)[0] == "allow"
    never = an_occasion(policy=ContactPolicy(state_caps=(("TX", Cap(most=0)),)))
    assert said(TEXAN, occasion=never) == ("suppress", "state_cap")


def test_the_hours_are_the_company_s_to_narrow() -> None:
    short = an_occasion(policy=ContactPolicy(first_hour=time(10), last_hour=time(18)))
    decision = a_ruling(TEXAN, occasion=short).decision
    assert decision.until == datetime(2026, 3, 3, tzinfo=UTC)


# A second opinion, slower: days are counted one by one, in each zone

OFFSETS = ["Pacific/Honolulu", "America/Chicago", "Europe/London", "Asia/Kolkata"]
OFFSETS += ["Pacific/Auckland", "Pacific/Tongatapu", "America/New_York"]
AROUND = st.sampled_from([date(2026, 3, 8), date(2026, 11, 1), date(2026, 3, 29), date(2026, 6, 9)])


@st.composite
def past(draw: st.DrawFn) -> tuple[str, date, list[Attempt]]:
    zone, day = draw(st.sampled_from(OFFSETS)), draw(AROUND)
    local = ZoneInfo(zone)
    outcomes = st.sampled_from([Outcome.ATTEMPTED, Outcome.ATTEMPTED, Outcome.CONVERSATION])
    attempts = [
        an_attempt(
            at=datetime.combine(day - days * DAY, at, local).astimezone(UTC),
            outcome=draw(outcomes) if draw(st.booleans()) else Outcome.ATTEMPTED,
            channel=draw(st.sampled_from([Channel.CALL, Channel.CALL, Channel.TEXT])),
        )
        for days, at in draw(
            st.lists(st.tuples(st.integers(0, 9), st.times(time(0, 1), time(23, 59))), max_size=12)
        )
    ]
    return zone, day, attempts


def second_opinion(zone: str, day: date, attempts: Sequence[Attempt]) -> str:
    """As the rule reads: every week that the call would be in, every day of a pause."""
    calls = [one for one in attempts if one.channel.is_call]
    dates = [one.at.astimezone(ZoneInfo(zone)).date() for one in calls]
    for talked, one in zip(dates, calls, strict=True):
        if one.outcome is Outcome.CONVERSATION and day in [talked + k * DAY for k in range(7)]:
            return "conversation_pause"
    for start in (day - k * DAY for k in range(7)):
        week = [start + k * DAY for k in range(7)]
        if sum(one in week for one in dates) + 1 > 7:
            return "call_frequency"
    return "none"


@given(past())
def test_calls_are_counted_as_the_rule_reads_whatever_the_clocks_do(
    known: tuple[str, date, list[Attempt]],
) -> None:
    zone, day, attempts = known
    person = a_customer("1", a_phone("+18005550123"), time_zone=zone, state="")
    noon = datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)
    history = a_history(*sorted(attempts, key=lambda one: one.at))
    caps = ContactPolicy(state_caps=(("MA", Cap()), ("WA", Cap())))
    for occasion in (
        an_occasion(None, at=noon, policy=caps),
        an_occasion(day, at=noon - timedelta(hours=12), zone=zone, policy=caps),
    ):
        decision = a_ruling(person, history=history, occasion=occasion).decision
        assert decision.rule_id == second_opinion(zone, day, attempts)
        if decision.verdict is Verdict.DEFER:
            assert decision.until is not None
            at = decision.until
            then = at.astimezone(ZoneInfo(zone)).date()
            later = an_occasion(None, at=at, policy=caps)
            assert a_ruling(person, history=history, occasion=later).decision.rule_id in (
                "none",
                "call_frequency",
            )
            assert second_opinion(zone, then - DAY, attempts) != "none"


# Any fact that is not there

PEOPLE = st.builds(
    lambda zone, state, postal, number: a_customer(
        "1", a_phone(number), time_zone=zone, state=state, postal_code=postal
    ),
    st.sampled_from(["", "America/New_York", "Europe/Berlin"]),
    st.sampled_from(["", "MA", "TX", "Bavaria"]),
    st.sampled_from(["", "02108", "80331", "x"]),
    st.sampled_from(["+18005550123", "+16175550123", "+49301234567"]),
)


@given(PEOPLE, st.sampled_from(Channel), st.booleans())
def test_what_is_allowed_rests_on_known_facts(
    person: Customer, channel: Channel, consents: bool
) -> None:
    contact = person.contacts[0]
    if consents:
        contact = replace(contact, consents=(Consent(channel=channel, given=True),))
    decision = a_ruling(person, contact, channel=channel).decision
    needs_consent = channel in (Channel.TEXT, Channel.VOICE, Channel.WHATSAPP)
    if needs_consent and not consents:
        assert decision.facts["unknown"] == "consent"
    elif not zones_of(person):
        assert decision.facts["unknown"] == "timeZone"
    assert (decision.verdict is Verdict.HOLD) == ("unknown" in decision.facts)


# Legal notices


def legal(subject: str, **but: Any) -> Any:
    return an_occasion(subject=subject, purpose=NoticeClass.LEGAL, **but)


def test_a_legal_notice_is_stopped_by_what_it_lists_and_by_no_limit() -> None:
    person = a_customer("1", an_email(), state="MA", flags=frozenset({Flag.DO_NOT_CONTACT}))
    occasion, due = legal("autopayAmountChanged"), date(2026, 4, 1)
    history = a_history(reservations=(taken(channel=Channel.EMAIL),))
    assert said(person, occasion=occasion, due=due, history=history) == ("allow", "none")
    nobody = replace(person, flags=frozenset({Flag.DECEASED, Flag.DISPUTE}))
    assert said(nobody, occasion=occasion, due=due) == ("suppress", "deceased")


def test_a_legal_notice_comes_in_time_or_not_at_all() -> None:
    person, occasion = a_customer("1", an_email(), state="TX"), legal("autopayAmountChanged")
    assert said(person, occasion=occasion) == ("hold", "unknown_payment_due_date")
    assert said(person, occasion=occasion, due=date(2026, 3, 12)) == ("allow", "none")
    late = said(person, occasion=occasion, due=date(2026, 3, 11))
    assert late == ("suppress", "legal_notice_timing")


def test_the_days_before_a_send_are_those_of_the_company() -> None:
    person, due = a_customer("1", an_email(), state="TX"), date(2026, 3, 12)
    evening = datetime(2026, 3, 3, 1, tzinfo=UTC)
    for today, verdict in ((MONDAY, "allow"), (MONDAY + DAY, "suppress")):
        occasion = an_occasion(
            None,
            at=evening,
            today=today,
            subject="autopayAmountChanged",
            purpose=NoticeClass.LEGAL,
        )
        assert said(person, occasion=occasion, due=due)[0] == verdict


@pytest.mark.parametrize(
    ("state", "days", "expected"),
    [
        ("MO", 20, ("allow", "none")),
        ("MO", 19, ("suppress", "legal_notice_timing")),
        ("WI", 15, ("allow", "none")),
        ("TX", 99, ("hold", "unknown_days_of_state")),
        ("", 99, ("hold", "unknown_days_of_state")),
    ],
)
def test_a_right_to_cure_is_as_long_as_the_state_says(
    state: str, days: int, expected: tuple[str, str]
) -> None:
    person = a_customer("1", an_email(), state=state, time_zone="America/Chicago")
    occasion = legal("loanRightToCurePersonalUnsecured")
    assert said(person, occasion=occasion, due=MONDAY + days * DAY) == expected


def test_a_call_is_no_legal_notice() -> None:
    cease = a_customer(flags=frozenset({Flag.CEASE}), state="TX")
    occasion = legal("autopayAmountChanged")
    assert said(cease, occasion=occasion, due=date(2026, 4, 1)) == ("suppress", "cease")


# By which rules


def test_a_new_set_of_rules_decides_from_its_day_on_and_not_before() -> None:
    tomorrow = MONDAY + DAY
    strict = {one: replace(its, calls=Cap(most=1)) for one, its in RULE_SETS[-1].profiles.items()}
    coming = replace(RULE_SETS[-1], version="2026-03", effective_on=tomorrow, profiles=strict)
    history, sets = a_history(call(1)), (*RULE_SETS, coming)
    for day, verdict, version in (
        (MONDAY, "allow", "2026-01/third-party"),
        (tomorrow, "defer", "2026-03/third-party"),
    ):
        occasion = an_occasion(day, rules=rules_on(day, ContactPolicy(), sets))
        decision = a_ruling(TEXAN, history=history, occasion=occasion).decision
        assert (decision.verdict, decision.rule_version) == (verdict, version)


def test_every_rule_says_where_it_comes_from() -> None:
    assert all(text for text in CITATIONS.values())


# Only the guard


def test_nobody_else_can_make_a_ruling() -> None:
    ruling = a_ruling(TEXAN)
    with pytest.raises(TypeError):
        Ruling(  # type: ignore[call-arg]
            person=TEXAN,
            contact=TEXAN.contacts[0],
            channel=Channel.CALL,
            debt="",
            decision=ruling.decision,
        )
    with pytest.raises(NotTheGuard):
        Ruling(
            person=TEXAN,
            contact=TEXAN.contacts[0],
            channel=Channel.CALL,
            debt="",
            decision=ruling.decision,
            seal=object(),
        )
    with pytest.raises(ValueError, match="seal"):
        replace(ruling, contact=a_phone("+15125550199"))  # type: ignore[call-arg]
    forbidden = a_ruling(a_customer(flags=frozenset({Flag.CEASE})))
    with pytest.raises(NothingToReserve):
        forbidden.reservation(an_occasion(), "c")


def test_a_reservation_is_for_the_hours_of_the_list() -> None:
    occasion = an_occasion()
    held = a_ruling(TEXAN, occasion=occasion, debt="A").reservation(occasion, "c")
    assert held == Reservation(
        run_id=an_id(0),
        channel=Channel.CALL,
        debt="A",
        campaign_id="c",
        start=datetime(2026, 3, 2, 14, tzinfo=UTC),
        until=datetime(2026, 3, 3, 3, tzinfo=UTC),
    )
    letter = ContactPoint(type=ContactType.ADDRESS, value="12 Elm St")
    written = a_ruling(TEXAN, letter, occasion=occasion).reservation(occasion, "c")
    assert written.channel is Channel.MAIL
    sent = an_occasion(None, at=OPEN)
    reserved = a_ruling(TEXAN, occasion=sent).reservation(sent, "c")
    assert (reserved.start, reserved.until) == (OPEN, OPEN + timedelta(hours=1))


def test_the_histories_of_others_change_nothing() -> None:
    assert ContactHistory(company_id="c", person_id="p") == ContactHistory(
        company_id="c", person_id="p", version=3
    )
