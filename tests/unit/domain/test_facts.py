"""What a column shows: every path of the catalogue, masks, constants, phones as asked for."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.account import Account
from campaigns.domain.customer import ContactPoint, Customer
from campaigns.domain.exporter import Column, FileFormat, PhoneFormat, SortKey, UnknownField
from campaigns.domain.facts import CATALOGUE, Facts, check_path, getters, needs_accounts
from tests.builders import a_customer, a_phone, a_ruling, an_account, an_email, an_exporter, columns

MOBILE = a_phone("+15125550123", "mobile")
HOME = a_phone("+442079460000", "home")
EMAIL = an_email("ada@example.com")
PERSON = a_customer(
    "100001", MOBILE, HOME, EMAIL, date_of_birth=date(1980, 2, 29), state="TX", language="en"
)
LOAN = an_account(principal_balance=Decimal("10250.00"), next_due_on=date(2026, 3, 1))


def some_facts(
    person: Customer = PERSON,
    account: Account | None = LOAN,
    contacts: Sequence[ContactPoint] = (MOBILE, HOME, EMAIL),
    row: dict[str, str] | None = None,
) -> Facts:
    return Facts(
        person,
        account,
        [a_ruling(person, one) for one in contacts],
        {"offer": "A"} if row is None else row,
        {"id": "CM-1", "name": "Early", "externalId": "early"},
        {
            "id": "RN-1",
            "startedAt": "2026-03-02T12:00:00.000Z",
            "expiresAt": "2026-03-03T05:00:00.000Z",
            "decidedAt": "2026-03-02T12:00:00.000Z",
        },
    )


def shown(facts: Facts, column: str | Column, **but: Any) -> str:
    made = columns(column) if isinstance(column, str) else (column,)
    [get] = getters(an_exporter(columns=made, **but))
    return get(facts)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("person.id", PERSON.id),
        ("person.externalId", "100001"),
        ("person.fullName", "Ada Osei"),
        ("person.state", "TX"),
        ("person.street", ""),
        ("person.dateOfBirth", "1980-02-29"),
        ("contact.value", "+15125550123"),
        ("contact.type", "phone"),
        ("contact.label", "mobile"),
        ("contact.phone", "+15125550123"),
        ("contact.phone1", "+15125550123"),
        ("contact.phone2", "+442079460000"),
        ("contact.phone3", ""),
        ("contact.phoneHome", "+442079460000"),
        ("contact.phoneWork", ""),
        ("contact.email", "ada@example.com"),
        ("loan.externalId", "900001"),
        ("loan.principalBalance", "10250.00"),
        ("loan.amountPastDue", "412.50"),
        ("loan.daysPastDue", "17"),
        ("loan.nextDueDate", "2026-03-01"),
        ("loan.openedOn", ""),
        ("query.offer", "A"),
        ("query.absent", ""),
        ("campaign.externalId", "early"),
        ("run.startedAt", "2026-03-02T12:00:00.000Z"),
        ("run.expiresAt", "2026-03-03T05:00:00.000Z"),
        ("contact.phoneCode", "1"),
        ("contact.phoneNational", "5125550123"),
        ("loan.pastDueNote", "DPD 17; due 412.50"),
        # London and Texas: from 08:00 in Denver, where a part of Texas is, to 21:00 in London.
        ("guard.timeZone", "America/Chicago"),
        ("guard.callableFrom", "2026-03-02T15:00:00.000Z"),
        ("guard.callableUntil", "2026-03-02T21:00:00.000Z"),
        ("guard.attemptsLeft7d", "7"),
        ("guard.reason", ""),
        ("guard.decidedAt", "2026-03-02T12:00:00.000Z"),
    ],
)
def test_a_path_shows_its_fact(path: str, text: str) -> None:
    assert shown(some_facts(), path) == text


@pytest.mark.parametrize("path", [known.path for known in CATALOGUE])
def test_every_path_shows_text_however_little_is_known(path: str) -> None:
    nobody = Customer(id="i", company_id="c", external_id="e")
    assert isinstance(shown(some_facts(nobody, None, ()), path), str)
    assert isinstance(shown(some_facts(), path), str)


def test_zero_is_shown_and_nothing_is_not() -> None:
    assert shown(some_facts(account=an_account(days_past_due=0)), "loan.daysPastDue") == "0"
    assert shown(some_facts(account=None), "loan.daysPastDue") == ""


def test_the_mail_address_may_come_from_outside_the_files_own_contacts() -> None:
    assert shown(some_facts(contacts=[MOBILE]), "contact.email") == "ada@example.com"
    silent = a_customer("1", MOBILE, an_email(status="optedOut"))
    assert shown(some_facts(silent, contacts=[MOBILE]), "contact.email") == ""


def test_a_constant_is_the_same_in_every_row() -> None:
    assert shown(some_facts(), Column(output_name="list", const="998")) == "998"
    assert shown(some_facts(), Column(output_name="blank", const="")) == ""


@pytest.mark.parametrize(
    ("value", "masked"),
    [("", ""), ("1", "*"), ("1234", "****"), ("12345", "*2345"), ("123456789", "*****6789")],
)
def test_a_mask_shows_the_last_four_characters_of_what_is_longer(value: str, masked: str) -> None:
    column = Column(output_name="ssn", field="query.ssn", mask=True)
    assert shown(some_facts(row={"ssn": value}), column) == masked


@given(st.text())
def test_a_mask_keeps_the_length_and_gives_away_four_characters_at_most(value: str) -> None:
    column = Column(output_name="ssn", field="query.ssn", mask=True)
    masked = shown(some_facts(row={"ssn": value}), column)
    assert len(masked) == len(value)
    assert set(masked[:-4]) <= {"*"}


@pytest.mark.parametrize(
    ("form", "mobile", "home"),
    [
        (PhoneFormat.E164, "+15125550123", "+442079460000"),
        (PhoneFormat.DIGITS, "15125550123", "442079460000"),
        (PhoneFormat.NATIONAL10, "5125550123", ""),
    ],
)
def test_phones_are_spelled_as_the_dialer_wants_them(
    form: PhoneFormat, mobile: str, home: str
) -> None:
    facts = some_facts()
    assert shown(facts, "contact.phone", phone_format=form) == mobile
    assert shown(facts, "contact.value", phone_format=form) == mobile
    assert shown(facts, "contact.phoneHome", phone_format=form) == home


def test_an_address_that_is_no_phone_is_not_spelled_like_one() -> None:
    facts = some_facts(contacts=[EMAIL])
    assert shown(facts, "contact.value", phone_format=PhoneFormat.DIGITS) == "ada@example.com"


def test_an_empty_fact_shows_the_files_word_for_nothing() -> None:
    form = FileFormat(null_text="NULL")
    assert shown(some_facts(), "person.street", format=form) == "NULL"
    assert shown(some_facts(), "person.state", format=form) == "TX"
    assert shown(some_facts(), Column(output_name="c", const=""), format=form) == ""


@pytest.mark.parametrize("path", ["", "person", "person.ssn", "query.", "loan.", "contact.phone11"])
def test_an_unknown_path_is_refused_with_the_place_it_stands_at(path: str) -> None:
    with pytest.raises(UnknownField) as refused:
        check_path(path, field="columnSettings.3.field")
    assert refused.value.field == "columnSettings.3.field"


@pytest.mark.parametrize(
    ("days", "amount", "note"),
    [(17, None, "DPD 17"), (None, "9.00", "due 9.00"), (0, "0", "DPD 0; due 0"), (None, None, "")],
)
def test_a_note_for_agents_tells_what_is_known(
    days: int | None, amount: str | None, note: str
) -> None:
    loan = an_account(days_past_due=days, amount_past_due=Decimal(amount) if amount else None)
    assert shown(some_facts(account=loan), "loan.pastDueNote") == note
    assert shown(some_facts(account=None), "loan.pastDueNote") == ""


def test_the_reason_is_the_rule_that_forbids() -> None:
    forbidden = a_phone(status="optedOut")
    assert shown(some_facts(), "guard.reason") == ""
    assert shown(some_facts(contacts=[forbidden, MOBILE]), "guard.reason") == "opted_out"


def test_the_hours_are_blank_when_nobody_knows_where_somebody_is() -> None:
    toll_free = a_phone("+18005550123")
    nowhere = a_customer("1", toll_free, EMAIL, time_zone="", state="")
    somewhere = a_customer("1", toll_free, MOBILE, time_zone="", state="")
    for path in ("guard.timeZone", "guard.callableFrom", "guard.callableUntil"):
        assert shown(some_facts(nowhere, contacts=[toll_free]), path) == ""
        assert shown(some_facts(nowhere, contacts=[EMAIL]), path) == ""
        assert shown(some_facts(somewhere, contacts=[toll_free]), path) != ""


def test_the_national_number_is_of_the_default_country() -> None:
    spelled = {"phone_format": PhoneFormat.NATIONAL10, "phone_country": "GB"}
    assert shown(some_facts(), "contact.phone", **spelled) == ""
    assert shown(some_facts(), "contact.phoneHome", **spelled) == "2079460000"


def test_paths_are_listed_once_each_with_type_and_example() -> None:
    assert len({known.path for known in CATALOGUE}) == len(CATALOGUE)
    assert all(known.type and known.example for known in CATALOGUE)
    assert all(known.description.endswith(".") for known in CATALOGUE)
    for known in CATALOGUE:
        check_path(known.path, field="x")


def test_accounts_are_needed_only_where_a_column_shows_a_loan() -> None:
    assert needs_accounts(an_exporter("person.id", "loan.number").paths)
    constant = Column(output_name="loan.x", const="1")
    assert not needs_accounts(an_exporter(columns=(*columns("person.id"), constant)).paths)
    by_loan = (SortKey(by="loan.number"),)
    assert needs_accounts(an_exporter("person.id", order=by_loan).paths)


@pytest.mark.parametrize(
    ("amount", "text"), [("1E+3", "1000"), ("0E-7", "0.0000000"), ("412.50", "412.50")]
)
def test_money_is_never_shown_with_an_exponent(amount: str, text: str) -> None:
    facts = some_facts()
    facts.account = an_account(amount_past_due=Decimal(amount))
    assert shown(facts, "loan.amountPastDue") == text
