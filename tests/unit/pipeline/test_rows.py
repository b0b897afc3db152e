"""What becomes of a row: who it names, whether we know them, which line they get."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.customer import ContactPoint, Customer, Flag
from campaigns.domain.exporter import Criteria, PhoneFormat, Rows
from campaigns.domain.people_rows import account_id, customer_id
from campaigns.domain.public_id import show
from campaigns.domain.run import RunStatus
from campaigns.pipeline import resolve as resolve_stage
from campaigns.pipeline import screen as screen_stage
from tests.builders import (
    COMPANY,
    a_customer,
    a_phone,
    an_account,
    an_email,
    an_exporter,
    an_id,
    columns,
)
from tests.unit.pipeline.world import World


def reasons(world: World) -> dict[str, int]:
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    return dict(run.counts.reasons)


def exported(world: World) -> list[list[str]]:
    world.execute()
    return world.table("contacts_output.csv")[1:]


def with_people(rows: list[dict[str, Any]], *people: Customer, **but: Any) -> World:
    but.setdefault("exporter", an_exporter("person.externalId"))
    return World(rows, people=people or [a_customer("7"), a_customer("8")], sftp=None, **but)


# Which column names the person


@pytest.mark.parametrize(
    "row",
    [
        {"borrowerId": 7},
        {"BORROWERID": "7"},
        {" borrowerid ": " 7 "},
        {"id": 7},
        {"personId": 7.0},
        {"ID": "7", "personId": "8"},
        {"personId": "8", "Id": "7"},
        {"id": 7, "borrowerId": 7},
    ],
)
def test_the_person_is_named_by_borrower_id_else_id_else_person_id(row: dict[str, Any]) -> None:
    assert exported(with_people([row])) == [["7"]]


def test_the_borrower_id_wins_over_an_id_that_differs_and_the_log_says_so() -> None:
    world = with_people([{"id": 8, "borrowerId": 7}, {"id": 8.0, "borrowerId": "8"}])
    assert exported(world) == [["7"], ["8"]]
    assert "1 rows had both borrowerId and id, and they differed" in world.log()
    assert world.table("campaign_input.csv")[0] == ["row", "borrowerId", "loanId", "query.id"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no_person_id"),
        ("", "no_person_id"),
        ("  ", "no_person_id"),
        (7.5, "bad_person_id"),
        (1e17, "bad_person_id"),
        (2.0**53 + 2, "bad_person_id"),
    ],
)
def test_a_row_that_names_nobody_is_rejected(value: Any, reason: str) -> None:
    assert reasons(with_people([{"borrowerId": value}])) == {reason: 1}


def test_a_float_and_a_text_of_one_number_name_one_person() -> None:
    world = with_people([{"borrowerId": 7}, {"borrowerId": 7.0}, {"borrowerId": "7"}])
    assert reasons(world) == {"duplicate": 2}


def test_a_person_and_each_of_their_loans_is_a_row_of_its_own() -> None:
    rows = [{"borrowerId": 7, "loanId": loan} for loan in (1, 2, None, 1.0, "2", "")]
    assert reasons(with_people(rows)) == {"duplicate": 3}


def test_a_person_is_found_by_our_id_in_either_form() -> None:
    id = customer_id(COMPANY, "7")
    assert exported(with_people([{"borrowerId": id.upper()}])) == [["7"]]
    assert exported(with_people([{"borrowerId": show("BO", id)}])) == [["7"]]


def test_a_lenders_own_ids_may_be_uuids() -> None:
    own, loan = an_id(), an_id()
    world = with_people(
        [{"borrowerId": own, "loanId": loan}],
        a_customer(own),
        accounts=[an_account(loan, owner=own)],
        exporter=an_exporter("person.externalId", "loan.externalId"),
    )
    assert exported(world) == [[own, loan]]


def test_a_person_whom_nobody_knows_is_rejected() -> None:
    assert reasons(with_people([{"borrowerId": 9}])) == {"unknown_person": 1}


# Loans


def with_loans(rows: list[dict[str, Any]]) -> World:
    return with_people(
        rows,
        exporter=an_exporter("person.externalId", "loan.number"),
        accounts=[an_account("1", owner="7"), an_account("2", owner="8")],
    )


def test_a_loan_is_found_with_its_person() -> None:
    ours = account_id(COMPANY, "2")
    assert exported(with_loans([{"borrowerId": 7, "loanId": 1.0}])) == [["7", "L-1"]]
    assert exported(with_loans([{"borrowerId": 8, "loanid": ours}])) == [["8", "L-2"]]
    assert exported(with_loans([{"borrowerId": 7}])) == [["7", ""]]


def test_a_loan_of_another_person_is_rejected() -> None:
    assert reasons(with_loans([{"borrowerId": 7, "loanId": 2}])) == {"loan_of_another_person": 1}


def test_an_unknown_loan_is_rejected() -> None:
    assert reasons(with_loans([{"borrowerId": 7, "loanId": 3}])) == {"unknown_loan": 1}


def test_a_loan_is_not_asked_for_when_no_column_shows_it() -> None:
    assert exported(with_people([{"borrowerId": 7, "loanId": 3}])) == [["7"]]


# Reaching the person


def test_a_person_without_a_phone_is_rejected() -> None:
    silent = a_customer("7", an_email(), a_phone(status="invalid"))
    phones = Criteria(contact_type=frozenset({"phone"}))
    for criteria, expected in ((phones, {"no_phone": 1}), (Criteria(), {})):
        exporter = an_exporter("person.externalId", criteria=criteria)
        assert reasons(with_people([{"borrowerId": 7}], silent, exporter=exporter)) == expected


@pytest.mark.parametrize(
    ("status", "rule"), [("invalid", "invalid_address"), ("optedOut", "opted_out")]
)
def test_an_unusable_contact_is_suppressed_even_if_the_exporter_asks_for_it(
    status: str, rule: str
) -> None:
    exporter = an_exporter("contact.value", criteria=Criteria(status=frozenset({status})))
    world = with_people(
        [{"borrowerId": 7}], a_customer("7", a_phone(status=status)), exporter=exporter
    )
    assert exported(world) == []
    assert dict(world.run.counts.reasons) == {rule: 1}
    assert world.run.counts.suppressed == 1


def test_a_person_without_any_contact_is_rejected() -> None:
    silent = a_customer("7", a_phone(status="optedOut"))
    assert reasons(with_people([{"borrowerId": 7}], silent)) == {"no_contact": 1}


def test_a_person_who_must_not_be_contacted_is_suppressed() -> None:
    people = [a_customer("7", flags=frozenset({Flag.DO_NOT_CONTACT})), a_customer("8")]
    world = with_people([{"borrowerId": 7}, {"borrowerId": 8}], *people)
    assert exported(world) == [["8"]]
    assert dict(world.run.counts.reasons) == {"do_not_contact": 1}
    assert world.run.counts.suppressed == 1


WORK, HOME = a_phone("+15125550102", "work"), a_phone("+15125550101", "home")
MOBILE, MAIL = a_phone("+15125550103", "mobile"), an_email()


def laid_out(rows: Rows, **but: Any) -> list[list[str]]:
    world = with_people(
        [{"borrowerId": 7}],
        a_customer("7", MAIL, WORK, HOME, MOBILE),
        exporter=an_exporter(
            rows=rows,
            columns=columns("contact.label", "contact.phone1", "contact.phone2", "contact.email"),
            **but,
        ),
    )
    return exported(world)


def test_one_line_with_the_best_contact() -> None:
    assert laid_out(Rows.BEST) == [["mobile", "+15125550103", "", "ada@example.com"]]


def test_one_line_with_all_contacts_side_by_side() -> None:
    assert laid_out(Rows.WIDE) == [["mobile", "+15125550103", "+15125550101", "ada@example.com"]]
    assert laid_out(Rows.WIDE, max_phones=1) == [["mobile", "+15125550103", "", "ada@example.com"]]


def test_one_line_for_each_contact() -> None:
    assert laid_out(Rows.LONG, phone_format=PhoneFormat.NATIONAL10) == [
        ["mobile", "5125550103", "", "ada@example.com"],
        ["home", "5125550101", "", "ada@example.com"],
        ["work", "5125550102", "", "ada@example.com"],
        ["personal", "", "", "ada@example.com"],
    ]


# Nothing is lost, nothing comes twice

CONTACTS: Mapping[str, tuple[ContactPoint, ...]] = {
    "1": (MOBILE,),
    "2": (MOBILE, WORK, MAIL),
    "3": (a_phone(status="invalid"),),
    "4": (HOME,),
    "5": (MAIL,),
}
CROWD = [
    a_customer(id, *contacts, flags=frozenset({Flag.DISPUTE} if id == "4" else ()))
    for id, contacts in CONTACTS.items()
]
LOANS = [an_account("10", owner="1"), an_account("11", owner="2"), an_account("12", owner="4")]
ROW = st.fixed_dictionaries(
    {
        "borrowerId": st.sampled_from([1, 2, 3, 4, 5, 6, 1.0, 2.5, "1", " 2", "", None, "x"]),
        "loanId": st.sampled_from([None, 10, 11, "12", 13, "", 10.0]),
    },
    optional={"id": st.sampled_from([1, 2, None])},
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(ROW, max_size=40),
    layout=st.sampled_from(Rows),
    with_loan=st.booleans(),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 5)),
)
def test_every_row_is_exported_suppressed_or_rejected_once(
    rows: list[dict[str, Any]], layout: Rows, with_loan: bool, sizes: tuple[int, int, int]
) -> None:
    """Whatever the sizes of batches and chunks."""
    fields = ["run.id", "person.externalId", "query.id", *(["loan.number"] if with_loan else [])]
    world = World(
        rows,
        columns=["borrowerId", "loanId", "id"],
        exporter=an_exporter(*fields, rows=layout),
        people=CROWD,
        accounts=LOANS,
        sftp=None,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screen_stage, "_BATCH", sizes[0])
        patch.setattr(screen_stage, "_LEAST_CHUNK", sizes[1])
        patch.setattr(resolve_stage, "_BATCH", sizes[2])
        counts = world.execute().counts
    assert counts.rows_in == len(rows)
    counts.check()
    rejected = [int(row[0]) for row in world.table("rejects.csv")[1:]]
    decided = {int(row[0]): row[5] for row in world.table("decisions.csv")[1:]}
    assert sorted([*rejected, *decided]) == list(range(1, len(rows) + 1))
    assert len(rejected) == counts.rejected
    verdicts = list(decided.values())
    assert (verdicts.count("allow"), verdicts.count("suppress")) == (
        counts.exported,
        counts.suppressed,
    )
    assert len(world.table("contacts_output.csv")) == counts.lines + 1
    assert sum(counts.reasons.values()) == counts.rejected + counts.suppressed
    assert (counts.lines == counts.exported) or layout is Rows.LONG


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 2), (2000, 20_000, 500)])
def test_the_files_do_not_depend_on_how_the_work_is_cut(
    sizes: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"borrowerId": number % 7, "loanId": None, "note": f'{number}\r\n"ä"'}
        for number in range(30)
    ]

    def files() -> dict[str, bytes]:
        exporter = an_exporter("person.externalId", "query.note", rows=Rows.LONG)
        world = World(rows, exporter=exporter, people=CROWD, sftp=None)
        world.execute()
        names = ("campaign_input.csv", "contacts_output.csv", "rejects.csv", "decisions.csv")
        return {name: world.content(name) for name in names}

    whole = files()
    monkeypatch.setattr(screen_stage, "_BATCH", sizes[0])
    monkeypatch.setattr(screen_stage, "_LEAST_CHUNK", sizes[1])
    monkeypatch.setattr(resolve_stage, "_BATCH", sizes[2])
    assert files() == whole


def test_a_long_list_has_at_most_five_hundred_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_stage, "_LEAST_CHUNK", 1)
    monkeypatch.setattr(screen_stage, "_BATCH", 1)
    monkeypatch.setattr(screen_stage, "_MOST_CHUNKS", 5)
    world = with_people([{"borrowerId": number} for number in range(23)])
    world.execute()
    assert "export: putting 5 parts together" in world.log()
