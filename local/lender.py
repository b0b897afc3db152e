"""A made-up lender: borrowers, loans and payments in one SQLite file.

The same seed and date give the same lender, byte for byte in every table. The
people are realistic where the service is sensitive: zones and area codes fit
the state, phone numbers are valid but lie in the 555 exchange that is kept
for fiction, and a few percent of everything is broken, missing or opted out.

    python -m local.lender lender.db --today 2025-03-03 --people folder
"""

import argparse
import csv
import os
import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from local.lender_places import (
    BROKEN_EMAILS,
    BROKEN_PHONES,
    FIRST_NAMES,
    LAST_NAMES,
    ODD_NAMES,
    PLACES,
    STREETS,
    Place,
)

FIRST_BORROWER = 100_001
FIRST_LOAN = 900_001
SEED = 7

CUSTOMER_COLUMNS = (
    "externalId,firstName,lastName,language,state,postalCode,timeZone,street,city,dateOfBirth,"
    "doNotContact,cease,attorney,bankruptcy,deceased,phoneMobile,phoneHome,phoneWork,email"
)
ACCOUNT_COLUMNS = (
    "externalId,customerExternalId,number,status,principalBalance,amountPastDue,daysPastDue,"
    "nextDueDate,openedOn"
)

_SCHEMA = """
CREATE TABLE lender (today TEXT NOT NULL, seed INTEGER NOT NULL);
CREATE TABLE borrowers (
    id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, language TEXT, street TEXT,
    city TEXT, state TEXT, postal_code TEXT, time_zone TEXT, date_of_birth TEXT, email TEXT,
    do_not_contact INTEGER, cease INTEGER, attorney INTEGER, bankruptcy INTEGER, deceased INTEGER
);
CREATE TABLE phones (
    borrower_id INTEGER REFERENCES borrowers, label TEXT, number TEXT,
    PRIMARY KEY (borrower_id, label)
) WITHOUT ROWID;
CREATE TABLE loans (
    id INTEGER PRIMARY KEY, borrower_id INTEGER REFERENCES borrowers, number TEXT, status TEXT,
    opened_on TEXT, principal_cents INTEGER, installment_cents INTEGER, past_due_cents INTEGER,
    days_past_due INTEGER, oldest_due_on TEXT, next_due_on TEXT
);
CREATE TABLE payments (
    id INTEGER PRIMARY KEY, loan_id INTEGER REFERENCES loans, paid_on TEXT, amount_cents INTEGER,
    status TEXT
);
CREATE INDEX loans_of_borrower ON loans (borrower_id);
CREATE INDEX loans_by_days ON loans (days_past_due);
CREATE INDEX payments_of_loan ON payments (loan_id);
"""

# How many of a hundred open loans are how late, in days.
_LATENESS = [(56, 0, 0), (16, 1, 15), (10, 16, 30), (8, 31, 60), (5, 61, 90), (5, 91, 180)]
_FLAGS = ("cease", "attorney", "bankruptcy", "deceased")


def build(path: Path | str, *, today: date, borrowers: int = 5000, seed: int = SEED) -> None:
    """Write the lender's database, replacing one that is there."""
    target = Path(path)
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    lender = _Lender(Random(seed), today)
    for number in range(borrowers):
        lender.add_borrower(FIRST_BORROWER + number)
    with closing(sqlite3.connect(partial)) as database:
        database.executescript(_SCHEMA)
        with database:
            database.execute("INSERT INTO lender VALUES (?, ?)", (today.isoformat(), seed))
            for table, rows in lender.tables.items():
                marks = ",".join("?" * len(rows[0])) if rows else ""
                database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    os.replace(partial, target)


class _Lender:
    """Makes one borrower after the other; every choice comes from the one random source."""

    def __init__(self, random: Random, today: date) -> None:
        self._random = random
        self._today = today
        self._numbers_used: defaultdict[str, int] = defaultdict(int)
        self._places = [place for place in PLACES for _ in place.area_codes]
        self.tables: dict[str, list[tuple[Any, ...]]] = {
            "borrowers": [],
            "phones": [],
            "loans": [],
            "payments": [],
        }

    def add_borrower(self, borrower_id: int) -> None:
        random, place = self._random, self._random.choice(self._places)
        first, last = self._name()
        flag = random.choice(_FLAGS) if random.random() < 0.01 else None
        spanish = 0.9 if place.state == "PR" else 0.13
        self.tables["borrowers"].append(
            (
                borrower_id,
                first,
                last,
                "es" if random.random() < spanish else "en",
                f"{random.randint(1, 9999)} {random.choice(STREETS)} St",
                place.city,
                place.state,
                place.postal_code,
                "" if random.random() < 0.04 else place.time_zone,
                (date(1945, 1, 1) + timedelta(days=random.randrange(60 * 365))).isoformat(),
                self._email(borrower_id),
                int(random.random() < 0.03),
                *(int(name == flag) for name in _FLAGS),
            )
        )
        self._add_phones(borrower_id, place)
        for _ in range(2 if random.random() < 0.25 else 1):
            self._add_loan(borrower_id)

    def _name(self) -> tuple[str, str]:
        dice = self._random.random()
        if dice < 0.015:
            return self._random.choice(ODD_NAMES)
        first, last = self._random.choice(FIRST_NAMES), self._random.choice(LAST_NAMES)
        return ("", last) if dice < 0.02 else (first, last)

    def _email(self, borrower_id: int) -> str:
        dice = self._random.random()
        if dice < 0.1:
            return ""
        if dice < 0.105:
            return self._random.choice(BROKEN_EMAILS)
        return f"borrower{borrower_id}@example.com"

    def _add_phones(self, borrower_id: int, place: Place) -> None:
        random = self._random
        dice = random.random()
        if dice < 0.03:
            return
        labels = ["mobile"] if random.random() < 0.92 else ["home"]
        labels += [label for label in ("home", "work") if random.random() < 0.2]
        for i, label in enumerate(dict.fromkeys(labels)):
            broken = i == 0 and dice < 0.05
            number = random.choice(BROKEN_PHONES) if broken else self._phone(place)
            self.tables["phones"].append((borrower_id, label, number))

    def _phone(self, place: Place) -> str:
        """A valid number, from 555-0100 to 555-0199 while the area code has any of those left."""
        random = self._random
        home = random.choice(self._places) if random.random() < 0.06 else place
        area = random.choice(home.area_codes)
        line = f"{100 + self._numbers_used[area] % 900:04d}"
        self._numbers_used[area] += 1
        styles = ["+1{0}555{1}"] * 14 + ["({0}) 555-{1}"] * 3 + ["{0}-555-{1}"] * 2 + ["1{0}555{1}"]
        return random.choice(styles).format(area, line)

    def _add_loan(self, borrower_id: int) -> None:
        random = self._random
        loan_id = FIRST_LOAN + len(self.tables["loans"])
        settled = random.random() < 0.05
        _, least, most = random.choices(_LATENESS, [share for share, _, _ in _LATENESS])[0]
        days = 0 if settled else random.randint(least, most)
        installment = random.randint(5_000, 95_000)
        late = installment * (1 + days // 30) + random.randint(0, 3_000) if days else 0
        oldest_due = self._today - timedelta(days=days)
        next_due = self._today + timedelta(days=random.randint(1, 28))
        opened = oldest_due - timedelta(days=random.randint(60, 2000))
        self.tables["loans"].append(
            (
                loan_id,
                borrower_id,
                f"LN-{loan_id}",
                "settled" if settled else "active",
                opened.isoformat(),
                0 if settled else late + random.randint(50_000, 4_000_000),
                installment,
                late,
                days,
                oldest_due.isoformat() if days else None,
                None if settled else next_due.isoformat(),
            )
        )
        self._add_payments(loan_id, installment, oldest_due, days)

    def _add_payments(self, loan_id: int, installment: int, oldest_due: date, days: int) -> None:
        """Two that went well, and for some late loans one or two attempts that failed."""
        dice = self._random.random()
        failed = 0 if not days or dice > 0.3 else 2 if dice < 0.02 else 1
        made = [(oldest_due - timedelta(days=30 * n), "settled") for n in (2, 1)]
        made += [(oldest_due + timedelta(days=min(n, days)), "failed") for n in range(failed)]
        for paid_on, status in made:
            payment_id = len(self.tables["payments"]) + 1
            self.tables["payments"].append(
                (payment_id, loan_id, paid_on.isoformat(), installment, status)
            )


def export_people(
    database: Path | str, customers_csv: Path | str, accounts_csv: Path | str
) -> None:
    """Write the files with which the service imports the lender's people and their loans."""
    phone = "(SELECT number FROM phones WHERE borrower_id = b.id AND label = '{}')"
    flag = "CASE {} WHEN 1 THEN 'true' ELSE 'false' END"
    flags = ", ".join(flag.format(name) for name in ("do_not_contact", *_FLAGS))
    phones = ", ".join(phone.format(label) for label in ("mobile", "home", "work"))
    money = "printf('%d.%02d', {0} / 100, {0} % 100)"
    with closing(sqlite3.connect(database)) as source:
        _write(
            customers_csv,
            CUSTOMER_COLUMNS,
            source.execute(
                "SELECT id, first_name, last_name, language, state, postal_code, time_zone, street,"
                f" city, date_of_birth, {flags}, {phones}, email FROM borrowers b ORDER BY id"
            ),
        )
        _write(
            accounts_csv,
            ACCOUNT_COLUMNS,
            source.execute(
                f"SELECT id, borrower_id, number, status, {money.format('principal_cents')},"
                f" {money.format('past_due_cents')}, days_past_due, next_due_on, opened_on"
                " FROM loans ORDER BY id"
            ),
        )


def _write(path: Path | str, columns: str, rows: sqlite3.Cursor) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split(","))
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make up a lender.")
    parser.add_argument("database", type=Path)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    parser.add_argument("--borrowers", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--people", type=Path, help="folder for customers.csv and accounts.csv")
    wanted = parser.parse_args()
    build(wanted.database, today=wanted.today, borrowers=wanted.borrowers, seed=wanted.seed)
    if wanted.people:
        wanted.people.mkdir(parents=True, exist_ok=True)
        folder = wanted.people
        export_people(wanted.database, folder / "customers.csv", folder / "accounts.csv")


if __name__ == "__main__":
    main()
