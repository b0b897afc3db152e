"""A customer or an account out of one row, as an import brings it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.customer import Consent, ContactPoint, ContactType, Customer, Flag
from campaigns.domain.people_rows import (
    ACCOUNT_COLUMNS,
    CUSTOMER_COLUMNS,
    account_of,
    customer_id,
    customer_of,
)
from campaigns.domain.row_values import RowRefused
from tests.builders import COMPANY, NOON, a_customer, a_phone, an_account, an_email

WHICH, HOW = ("Mobile", "Home", "Work"), ("Call", "Voice", "Text", "Whatsapp")
FULL = {
    "externalId": "100001",
    "firstName": "Ada",
    "lastName": "Osei",
    "language": "en",
    "state": "TX",
    "postalCode": "73301",
    "timeZone": "America/Chicago",
    "street": "12 Elm St",
    "city": "Austin",
    "dateOfBirth": "1980-02-29",
    "phoneMobile": "(512) 555-0123",
    "phoneHome": "",
    "phoneWork": "nonsense",
    "email": "ada@example.com",
    "doNotContact": "false",
    "cease": "yes",
    "attorney": "0",
    "bankruptcy": "",
    "deceased": "N",
    "dispute": "T",
}

SAID = {
    *(f"phone{which}{how}Consent" for which in WHICH for how in HOW),
    *("emailConsent", "consentSource", "consentAt", "marketingOptOut"),
}
"""What is told of what they said about being contacted."""


def customer(was: Customer | None = None, **row: Any) -> Customer:
    return customer_of(COMPANY, {"externalId": "100001", **row}, was, now=NOON)


def test_a_whole_row_makes_a_whole_customer() -> None:
    assert set(FULL) | SAID == CUSTOMER_COLUMNS
    assert customer_of(COMPANY, FULL, None, now=NOON) == Customer(
        id=customer_id(COMPANY, "100001"),
        company_id=COMPANY,
        external_id="100001",
        first_name="Ada",
        last_name="Osei",
        language="en",
        time_zone="America/Chicago",
        street="12 Elm St",
        city="Austin",
        state="TX",
        postal_code="73301",
        date_of_birth=date(1980, 2, 29),
        flags=frozenset({Flag.CEASE, Flag.DISPUTE}),
        contacts=(
            ContactPoint(type=ContactType.EMAIL, value="ada@example.com", label="personal"),
            ContactPoint(type=ContactType.PHONE, value="+15125550123", label="mobile"),
            ContactPoint(type=ContactType.PHONE, value="nonsense", label="work", status="invalid"),
        ),
    )


def test_what_a_row_does_not_name_stays_and_what_it_leaves_empty_goes() -> None:
    was = customer_of(COMPANY, FULL, None, now=NOON)
    same = customer(was, lastName="", phoneMobile="")
    assert (same.first_name, same.last_name) == ("Ada", "")
    assert [one.label for one in same.contacts] == ["personal", "work"]
    assert same.flags == {Flag.CEASE, Flag.DISPUTE}


@pytest.mark.parametrize("blank", ["", "  ", None])
@pytest.mark.parametrize("flag", Flag)
def test_a_blank_says_nothing_about_a_flag(flag: Flag, blank: str | None) -> None:
    was = a_customer("100001", flags=frozenset({flag}))
    row: dict[str, Any] = {flag.value: blank}
    assert customer(was, **row).flags == {flag}
    assert customer(**row).flags == frozenset()


@pytest.mark.parametrize("no", [False, "false", "No", 0, "0"])
@pytest.mark.parametrize("flag", Flag)
def test_an_explicit_no_takes_a_flag_back(flag: Flag, no: object) -> None:
    was = a_customer("100001", flags=frozenset(Flag))
    assert customer(was, **{flag.value: no}).flags == set(Flag) - {flag}


def test_the_same_address_keeps_its_opt_out() -> None:
    opted_out = a_phone("+15125550123", status="optedOut")
    was = a_customer("100001", opted_out)
    assert customer(was, phoneMobile="512-555-0123").contacts == (opted_out,)
    moved = customer(was, phoneMobile="512-555-0124")
    assert moved.contacts == (
        a_phone("+15125550123", "barred", status="optedOut"),
        a_phone("+15125550124"),
    )


def test_an_address_that_is_barred_stays_so_wherever_it_turns_up() -> None:
    for status in ("optedOut", "invalid"):
        was = a_customer("100001", a_phone("+15125550123", status=status))
        for merge in (True, False):
            gone = customer_of(
                COMPANY, {"externalId": "100001", "phoneMobile": ""}, was, merge=merge, now=NOON
            )
            assert not gone.has_phone
            back = customer_of(
                COMPANY,
                {"externalId": "100001", "phoneHome": "5125550123"},
                gone,
                merge=merge,
                now=NOON,
            )
            assert back.contacts == (a_phone("+15125550123", "home", status=status),)


def test_a_number_that_is_none_goes_when_it_is_mended() -> None:
    was = customer(phoneMobile="555")
    assert customer(was, phoneMobile="5125550123").contacts == (a_phone("+15125550123"),)


def test_the_order_of_columns_does_not_matter() -> None:
    backwards = dict(reversed(FULL.items()))
    assert customer_of(COMPANY, backwards, None, now=NOON) == customer_of(
        COMPANY, FULL, None, now=NOON
    )


def test_a_mail_address_without_its_parts_is_kept_but_not_used() -> None:
    for text in ("ada", "@example.com", "ada@example", "a da@example.com"):
        [kept] = customer(email=text).contacts
        assert (kept.value, kept.is_usable) == (text, False)
    assert customer(email=" ada@example.com ").contacts == (an_email(),)


def test_numbers_and_truths_of_json_are_taken_as_they_are() -> None:
    made = customer(postalCode=73301, cease=True, dispute=None)
    assert made.postal_code == "73301"
    assert made.flags == {Flag.CEASE}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"externalId": ""}, "externalId"),
        ({"externalId": None}, "externalId"),
        ({"externalId": "x" * 101}, "externalId"),
        ({"externalId": ["7"]}, "externalId"),
        ({"firstName": "x" * 501}, "firstName"),
        ({"firstName": {"a": 1}}, "firstName"),
        ({"firstName": True}, "firstName"),
        ({"dateOfBirth": "29.02.1980"}, "dateOfBirth"),
        ({"dateOfBirth": "1981-02-29"}, "dateOfBirth"),
        ({"dateOfBirth": "19800229"}, "dateOfBirth"),
        ({"dateOfBirth": 19800229}, "dateOfBirth"),
        ({"dateOfBirth": "1980-W09-5"}, "dateOfBirth"),
        ({"timeZone": "Texas"}, "timeZone"),
        ({"cease": "perhaps"}, "cease"),
        ({"cease": []}, "cease"),
        ({"phoneMobile": ["512"]}, "phoneMobile"),
    ],
)
def test_a_row_that_cannot_be_taken_names_its_field(row: dict[str, Any], field: str) -> None:
    with pytest.raises(RowRefused) as refused:
        customer(**row)
    assert refused.value.field == field


DEBT = {
    "externalId": "900001",
    "customerExternalId": "100001",
    "number": "L-900001",
    "type": "invoice",
    "status": "active",
    "principalBalance": "10250.10",
    "amountPastDue": "412.50",
    "daysPastDue": "17",
    "nextDueDate": "2026-03-01",
    "openedOn": "2024-06-01",
}


def test_a_whole_row_makes_a_whole_account() -> None:
    assert set(DEBT) == ACCOUNT_COLUMNS
    assert account_of(COMPANY, DEBT, None) == an_account(
        principal_balance=Decimal("10250.10"),
        next_due_on=date(2026, 3, 1),
        opened_on=date(2024, 6, 1),
    )


def test_an_account_keeps_its_owner_and_figures_unless_the_row_names_them() -> None:
    was = account_of(COMPANY, DEBT, None)
    same = account_of(COMPANY, {"externalId": "900001", "daysPastDue": "18"}, was)
    assert (same.customer_id, same.days_past_due) == (was.customer_id, 18)
    assert same.amount_past_due == Decimal("412.50")
    sold = account_of(COMPANY, {"externalId": "900001", "customerExternalId": "2"}, was)
    assert sold.customer_id == customer_id(COMPANY, "2")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"customerExternalId": ""}, "customerExternalId"),
        ({"type": "loan"}, "type"),
        ({"amountPastDue": "12,50"}, "amountPastDue"),
        ({"amountPastDue": "NaN"}, "amountPastDue"),
        ({"amountPastDue": "Infinity"}, "amountPastDue"),
        ({"amountPastDue": "1e999999"}, "amountPastDue"),
        ({"amountPastDue": "-1e9999999999"}, "amountPastDue"),
        ({"amountPastDue": "1e-999999"}, "amountPastDue"),
        ({"amountPastDue": "1e-9999999999"}, "amountPastDue"),
        ({"amountPastDue": "1000000000000000"}, "amountPastDue"),
        ({"principalBalance": "0.00001"}, "principalBalance"),
        ({"daysPastDue": "17.5"}, "daysPastDue"),
        ({"daysPastDue": 10**30}, "daysPastDue"),
        ({"daysPastDue": str(-(10**9) - 1)}, "daysPastDue"),
        ({"nextDueDate": "soon"}, "nextDueDate"),
    ],
)
def test_an_account_that_cannot_be_taken_names_its_field(row: dict[str, Any], field: str) -> None:
    with pytest.raises(RowRefused) as refused:
        account_of(COMPANY, {**DEBT, **row}, None)
    assert refused.value.field == field


@pytest.mark.parametrize("make", [partial(customer_of, now=NOON), account_of])
def test_the_same_row_again_makes_the_same_record(make: Callable[..., Any]) -> None:
    row = DEBT if make is account_of else FULL
    once = make(COMPANY, row, None)
    assert make(COMPANY, row, once) == make(COMPANY, row, None) == once


def test_replacing_a_person_forgets_what_the_row_does_not_name_but_never_what_forbids() -> None:
    opted_out = a_phone("+15125550123", status="optedOut")
    was = a_customer("100001", an_email(), opted_out, flags=frozenset({Flag.CEASE}))
    replaced = customer_of(COMPANY, {"externalId": was.external_id}, was, merge=False, now=NOON)
    assert (replaced.first_name, replaced.flags) == ("", frozenset({Flag.CEASE}))
    assert replaced.contacts == (opted_out,)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1e3", "1000.0000"),
        ("0e999999", "0.0000"),
        ("412.500000", "412.5000"),
        ("-999999999999999.9999", "-999999999999999.9999"),
        ("412.5", "412.5"),
    ],
)
def test_an_amount_is_kept_without_an_exponent(text: str, kept: str) -> None:
    assert str(account_of(COMPANY, {**DEBT, "amountPastDue": text}, None).amount_past_due) == kept


@pytest.mark.parametrize("merge", [True, False])
def test_a_record_made_of_another_carries_the_version_that_was_read(merge: bool) -> None:
    person = a_customer("100001", version=7)
    assert customer_of(COMPANY, {"externalId": "100001"}, person, merge, now=NOON).version == 7
    debt = an_account(version=7)
    assert account_of(COMPANY, DEBT, debt, merge).version == 7


@pytest.mark.parametrize("merge", [True, False])
def test_a_file_does_not_forget_that_an_account_is_settled(merge: bool) -> None:
    settled = account_of(COMPANY, DEBT, None).settled(NOON)
    assert account_of(COMPANY, DEBT, settled, merge).settled_at == NOON


def test_an_account_may_be_a_statement() -> None:
    assert account_of(COMPANY, {**DEBT, "type": "Statement"}, None).kind == "statement"
    assert account_of(COMPANY, {**DEBT, "type": ""}, None).kind == "invoice"


# What they said about being contacted


def consent(person: Customer, wire: str = "text") -> Consent | None:
    [mobile] = [one for one in person.contacts if one.label == "mobile"]
    return mobile.consent(Channel(wire))


def at(day: int) -> datetime:
    return datetime(2026, 2, day, tzinfo=UTC)


def texted(was: Customer | None, said: str, on: int | None = None, **row: Any) -> Customer:
    more = {} if on is None else {"consentAt": f"2026-02-{on:02}"}
    return customer(was, phoneMobileTextConsent=said, **more, **row)


CALLED = customer(phoneMobile="+15125550123")


def test_a_consent_is_kept_with_its_source_and_time() -> None:
    person = texted(CALLED, "yes", 2, consentSource="web form")
    assert consent(person) == Consent(channel=Channel.TEXT, given=True, source="web form", at=at(2))
    assert consent(person, "voice") is None
    assert texted(person, "yes") == person
    assert customer(person, firstName="Eve", phoneMobileTextConsent="").contacts == person.contacts


def test_a_consent_belongs_to_the_number_it_was_given_for() -> None:
    person = texted(CALLED, "yes")
    same = customer(person, phoneMobile="(512) 555-0123")
    assert consent(same) == consent(person)
    assert consent(customer(person, phoneMobile="+15125550199")) is None


def test_a_withdrawn_consent_comes_back_only_with_a_later_word() -> None:
    given = texted(CALLED, "yes", 2)
    withdrawn = texted(given, "no", 5)
    assert consent(withdrawn) == Consent(
        channel=Channel.TEXT, given=False, at=at(5), was_given_at=at(2)
    )
    assert texted(withdrawn, "yes") == texted(withdrawn, "yes", 4) == withdrawn
    again = consent(texted(withdrawn, "yes", 6))
    assert again is not None
    assert again.given
    assert texted(texted(CALLED, "yes", 5), "no", 4) == texted(CALLED, "yes", 5)
    undated = consent(texted(given, "no"))
    assert undated is not None
    assert not undated.given


def test_a_later_no_is_remembered_against_a_yes_in_between() -> None:
    refused = texted(texted(CALLED, "no", 2), "no", 6)
    assert texted(refused, "yes", 4) == refused


def test_a_no_outlives_a_file_that_forgets() -> None:
    refused = texted(CALLED, "no", 2)
    forgotten = customer_of(COMPANY, {"externalId": "100001"}, refused, merge=False, now=NOON)
    assert forgotten.contacts == refused.contacts
    agreed = texted(CALLED, "yes", 2)
    assert not customer_of(
        COMPANY, {"externalId": "100001"}, agreed, merge=False, now=NOON
    ).contacts


def test_a_consent_to_an_address_that_is_not_there_is_refused() -> None:
    with pytest.raises(RowRefused) as refused:
        customer(CALLED, phoneWorkTextConsent="yes")
    assert refused.value.field == "phoneWorkTextConsent"
    with pytest.raises(RowRefused) as refused:
        customer(CALLED, phoneMobileTextConsent="yes", consentAt="yesterday")
    assert refused.value.field == "consentAt"


def test_an_opt_out_of_marketing_is_taken_back_by_an_explicit_no() -> None:
    person = customer(CALLED, marketingOptOut="yes")
    assert person.marketing_opt_out
    assert customer(person, marketingOptOut="").marketing_opt_out
    assert not customer(person, marketingOptOut="no").marketing_opt_out


# ── what nobody may forget ───────────────────────────────────────────────────


@pytest.mark.parametrize("merge", [True, False])
def test_every_address_that_is_barred_survives_any_change(merge: bool) -> None:
    numbers = [f"+1512555012{digit}" for digit in range(4, 7)]
    was = a_customer("100001", *(a_phone(one, "barred", status="optedOut") for one in numbers))
    kept = customer_of(COMPANY, {"externalId": "100001", "lastName": "z"}, was, merge, now=NOON)
    assert kept.contacts == was.contacts
    again = customer_of(
        COMPANY, {"externalId": "100001", "phoneHome": numbers[1]}, kept, merge, now=NOON
    )
    assert {one.value: one.status for one in again.contacts} == dict.fromkeys(numbers, "optedOut")


def test_an_email_in_other_letters_is_the_same_address() -> None:
    was = a_customer("100001", an_email("ada@example.com", status="optedOut"))
    again = customer(was, email="Ada@Example.com")
    assert again.contacts == (an_email("Ada@Example.com", status="optedOut"),)
    barred = a_customer("100001", replace(was.contacts[0], label="barred"))
    assert customer(barred, email="Ada@Example.com").contacts == again.contacts
    refused = customer(None, email="ada@example.com", emailConsent=False)
    consent = customer(refused, email="ADA@example.com").contacts[0].consent(Channel.EMAIL)
    assert consent is not None
    assert not consent.given


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("through", [{"phoneMobile": None}, {"phoneMobile": "5125550124"}])
def test_a_refused_consent_follows_its_number(through: dict[str, Any], merge: bool) -> None:
    number, who = "+15125550123", {"externalId": "100001"}
    was = customer(None, phoneMobile=number, phoneMobileCallConsent=False)
    at_once = customer_of(COMPANY, {**who, **through, "phoneHome": number}, was, merge, now=NOON)
    gone = customer_of(COMPANY, {**who, **through}, was, merge, now=NOON)
    assert all(one.value != number or not one.is_usable for one in gone.contacts)
    later = customer_of(COMPANY, {**who, "phoneHome": number}, gone, merge, now=NOON)
    for made in (at_once, later):
        (home,) = [one for one in made.contacts if one.value == number]
        assert (home.label, home.is_usable, home.is_refused) == ("home", True, True)


def test_a_channel_that_is_refused_outlives_any_change() -> None:
    was = a_customer("100001", refused=frozenset({Channel.MAIL}))
    for merge in (True, False):
        made = customer_of(
            COMPANY, {"externalId": "100001", "phoneHome": "5125550124"}, was, merge, now=NOON
        )
        assert made.refused == {Channel.MAIL}


# ── when it was said ─────────────────────────────────────────────────────────


def test_a_consent_of_the_future_is_refused() -> None:
    with pytest.raises(RowRefused) as refused:
        customer(
            None, phoneMobile="5125550123", phoneMobileTextConsent=True, consentAt="2099-01-01"
        )
    assert (refused.value.field, str(refused.value)) == ("consentAt", "has not come yet")


def test_a_clock_that_is_ahead_does_not_keep_a_consent_from_being_withdrawn() -> None:
    ahead = "2026-03-02T12:05:00Z"
    given = customer(None, phoneMobile="5125550123", phoneMobileTextConsent=True, consentAt=ahead)
    assert given.contacts[0].consents[0].at == NOON
    later = customer(given, phoneMobileTextConsent=False, consentAt="2026-03-02T12:00:00Z")
    assert later.contacts[0].is_refused


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "0001-01-01", "1899-12-31"])
def test_a_time_too_long_ago_is_refused(at: str) -> None:
    with pytest.raises(RowRefused) as refused:
        customer(None, phoneMobile="5125550123", phoneMobileTextConsent=True, consentAt=at)
    assert refused.value.field == "consentAt"
