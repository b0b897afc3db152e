"""The made-up lender: the same every time, realistic where it matters, and broken a little."""

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from local import lender
from local.lender_places import PLACES
from local.redash_queries import NAMED

TODAY = date(2025, 3, 3)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lender") / "lender.db"
    lender.build(path, today=TODAY)
    return path


@pytest.fixture
def database(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def rows(database: sqlite3.Connection, sql: str) -> list[Any]:
    return database.execute(sql).fetchall()


def test_the_same_seed_and_date_make_the_same_lender(path: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again.db", tmp_path / "other.db"
    lender.build(again, today=TODAY)
    lender.build(other, today=TODAY, seed=8)
    dumps = []
    for file in (path, again, other):
        with closing(sqlite3.connect(file)) as connection:
            dumps.append(list(connection.iterdump()))
    assert dumps[0] == dumps[1]
    assert dumps[0] != dumps[2]


def test_building_again_replaces_the_lender(tmp_path: Path) -> None:
    path = tmp_path / "lender.db"
    lender.build(path, today=TODAY, borrowers=30)
    lender.build(path, today=TODAY, borrowers=10)
    with closing(sqlite3.connect(path)) as connection:
        assert rows(connection, "SELECT count(*) FROM borrowers") == [(10,)]


def test_every_borrower_has_one_loan_or_two(database: sqlite3.Connection) -> None:
    counts = rows(database, "SELECT count(*) FROM loans GROUP BY borrower_id")
    assert len(counts) == 5000
    assert {count for (count,) in counts} == {1, 2}


def test_dates_and_amounts_of_a_loan_fit_each_other(database: sqlite3.Connection) -> None:
    loans = rows(
        database,
        "SELECT status, opened_on, principal_cents, past_due_cents, days_past_due, oldest_due_on,"
        " next_due_on FROM loans",
    )
    for status, opened_on, principal, past_due, days, oldest_due_on, next_due_on in loans:
        assert (days > 0) == (past_due > 0) == (oldest_due_on is not None)
        assert past_due <= principal
        assert date.fromisoformat(opened_on) < TODAY
        if oldest_due_on:
            assert (TODAY - date.fromisoformat(oldest_due_on)).days == days
        assert (next_due_on is None) == (status == "settled")
        assert next_due_on is None or date.fromisoformat(next_due_on) > TODAY


def test_zones_and_area_codes_exist_and_their_numbers_are_valid() -> None:
    for place in PLACES:
        ZoneInfo(place.time_zone)
        for area in place.area_codes:
            for line in (100, 199, 999):
                number = phonenumbers.parse(f"+1{area}555{line:04d}")
                assert phonenumbers.is_valid_number(number), (area, line)


def test_a_few_percent_are_missing_broken_or_opted_out(database: sqlite3.Connection) -> None:
    def percent(sql: str) -> float:
        return float(rows(database, sql)[0][0]) / 50

    borrowers = "SELECT count(*) FROM borrowers WHERE "
    assert 2 < percent(f"{borrowers} id NOT IN (SELECT borrower_id FROM phones)") < 4
    assert 2 < percent(f"{borrowers} do_not_contact") < 4
    assert 0.5 < percent(f"{borrowers} cease + attorney + bankruptcy + deceased > 0") < 1.5
    assert 0.1 < percent(f"{borrowers} trim(first_name) = ''") < 1
    assert percent(f"{borrowers} first_name GLOB '*' || char(10) || '*'") > 0
    broken = [
        number
        for (number,) in rows(database, "SELECT number FROM phones")
        if not phonenumbers.is_possible_number_string(number, "US")
        or not phonenumbers.is_valid_number(phonenumbers.parse(number, "US"))
    ]
    assert 1 < len(broken) / 50 < 3


def test_the_demo_query_returns_a_few_loans_twice(database: sqlite3.Connection) -> None:
    cursor = database.execute(NAMED["overdue"][1])
    columns = [name for name, *_ in cursor.description]
    found = [dict(zip(columns, row, strict=True)) for row in cursor]
    assert {"borrowerId", "loanId", "daysOverdue", "overdueAmount", "nextDueDate"} <= set(columns)
    assert 1000 < len(found) < 3000
    assert all(1 <= row["daysOverdue"] <= 60 for row in found)
    twice = [
        pair for pair, n in Counter((r["borrowerId"], r["loanId"]) for r in found).items() if n > 1
    ]
    assert 5 < len(twice) < 100


def test_the_import_files_hold_every_person_and_loan(path: Path, tmp_path: Path) -> None:
    customers, accounts = tmp_path / "customers.csv", tmp_path / "accounts.csv"
    lender.export_people(path, customers, accounts)
    with customers.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    with accounts.open(encoding="utf-8", newline="") as file:
        loans = list(csv.DictReader(file))
    assert ",".join(people[0]) == (
        "externalId,firstName,lastName,language,state,postalCode,timeZone,street,city,dateOfBirth,"
        "doNotContact,cease,attorney,bankruptcy,deceased,phoneMobile,phoneHome,phoneWork,email"
    )
    assert ",".join(loans[0]) == (
        "externalId,customerExternalId,number,status,principalBalance,amountPastDue,daysPastDue,"
        "nextDueDate,openedOn"
    )
    assert len(people) == 5000
    assert people[0]["externalId"] == "100001"
    assert loans[0]["externalId"] == "900001"
    assert {loan["customerExternalId"] for loan in loans} == {one["externalId"] for one in people}
    assert {one["doNotContact"] for one in people} == {"true", "false"}
    assert any(one["postalCode"].startswith("0") for one in people)
    assert any("\n" in one["firstName"] for one in people)
