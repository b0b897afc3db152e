"""The file of every preset, byte for byte, as a run with hostile people makes it.

The expected files lie beside this one. One that has to change is written anew by deleting it and
running the test, which then fails once; it is read before it is committed.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from campaigns.domain.customer import Customer, Flag
from campaigns.domain.exporter import Exporter
from campaigns.domain.presets import PRESETS
from campaigns.domain.run import RunStatus
from campaigns.usecases.exporter_changes import changed
from tests.builders import COMPANY, NOON, a_customer, a_phone, an_account, an_email, an_id
from tests.unit.pipeline.world import World

GOLDEN = Path(__file__).parent / "golden"

MOBILE, HOME = a_phone("+15125550123", "mobile"), a_phone("+12125550124", "home")
WORK, GERMAN = a_phone("+18085550125", "work"), a_phone("+49301234567", "mobile")
OPTED_OUT, INVALID = a_phone("+15125550199", "mobile", status="optedOut"), "555-CALL"


def person(id: str, *contacts: object, **but: object) -> Customer:
    return a_customer(id, *contacts, **{"time_zone": "", **but})  # type: ignore[arg-type]


PEOPLE = [
    person(
        "plain",
        MOBILE,
        HOME,
        WORK,
        an_email(),
        language="en",
        time_zone="America/Chicago",
        street="12 Elm St",
        city="Austin",
        state="TX",
        postal_code="07301",
        date_of_birth=date(1980, 2, 29),
    ),
    person("quotes", HOME, first_name='Ada "Ace"', last_name="O'Sei, Jr.", street=";|\t"),
    person("lines", MOBILE, first_name="two\nlines", last_name="car\rriage"),
    person("letters", MOBILE, first_name="Zoë 😀", last_name="Müller-Łódź", city="東京"),
    person("formula", MOBILE, first_name="=1+1", last_name="@SUM(A1)"),
    person("long", MOBILE, last_name="x" * 513),
    person("widest", MOBILE, last_name="x" * 512),
    person("abroad", GERMAN, state="", last_name=""),
    person("nothing", HOME, first_name="", last_name=""),
    person("mail", an_email()),
    person("flagged", MOBILE, HOME, flags=frozenset({Flag.CEASE})),
    person("opted", OPTED_OUT, WORK),
    person("broken", a_phone(INVALID, "mobile", status="invalid")),
]
LOAN = an_account(
    "L-1",
    owner="plain",
    number="A-0001",
    principal_balance=Decimal("10250.00"),
    next_due_on=date(2026, 3, 1),
)
ROWS = [
    {"borrowerId": one.external_id, "loanId": "L-1" if one.external_id == "plain" else None}
    for one in PEOPLE
]


def world_of(preset: str) -> World:
    blank = Exporter(id=an_id(1), company_id=COMPANY, name="", created_at=NOON, updated_at=NOON)
    return World(
        ROWS,
        exporter=changed(blank, {"name": preset, "preset": preset}, is_new=True),
        people=PEOPLE,
        accounts=[LOAN],
        number=7,
        name='Early, "soft"',
        sftp=None,
    )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("file", ["contacts_output.csv", "rejects.csv"])
def test_the_file_of_a_preset_is_what_its_receiver_documents(preset: str, file: str) -> None:
    world = world_of(preset)
    run = world.execute()
    assert run.status is RunStatus.COMPLETED, run.error_message
    made = world.content(file)
    golden = GOLDEN / f"{preset}.{file}"
    if not golden.exists():
        golden.write_bytes(made)
        pytest.fail(f"{golden.name} was not there and has been written: look at it")
    assert made == golden.read_bytes()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_row_is_accounted_for(preset: str) -> None:
    counts = world_of(preset).execute().counts
    counts.check()
    assert counts.rows_in == len(ROWS)
    assert counts.without_phone == 2


def test_there_is_no_golden_file_too_many() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {
        f"{preset}.{file}" for preset in PRESETS for file in ("contacts_output.csv", "rejects.csv")
    }
