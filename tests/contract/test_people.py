"""The promises of people: found by id, many at once, written whole, never over a change."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.adapters.dynamodb.people import DynamoPeople, PeopleBusy
from campaigns.adapters.memory import MemoryImportStore, MemoryPeople, MemoryUploads
from campaigns.domain.customer import Flag
from campaigns.domain.people_rows import customer_id
from campaigns.ports import People
from campaigns.usecases.import_people import import_people
from campaigns.usecases.upsert_person import upsert_customer
from tests.builders import NOON, a_customer, a_phone, an_account, an_email, an_id, an_import
from tests.contract.conftest import Deployed


@pytest.fixture(params=["memory", "dynamodb"])
def people(request: pytest.FixtureRequest) -> People:
    if request.param == "memory":
        return MemoryPeople()
    deployed: Deployed = request.getfixturevalue("deployed")
    return DynamoPeople(request.getfixturevalue("dynamodb"), deployed.settings.people_table)


def test_every_field_of_a_customer_comes_back(people: People, company_id: str) -> None:
    full = a_customer(
        "100001",
        a_phone(status="optedOut", affiliation="spouse"),
        an_email(),
        company_id=company_id,
        first_name="Zoë",
        flags=frozenset({Flag.CEASE, Flag.DISPUTE}),
        date_of_birth=date(1980, 2, 29),
        street="12 Elm St",
    )
    people.put_customers([full])
    assert people.customers(company_id, [full.id]) == {full.id: full}


def test_every_field_of_an_account_comes_back(people: People, company_id: str) -> None:
    full = an_account(
        company_id=company_id,
        principal_balance=Decimal("10250.10"),
        next_due_on=date(2026, 3, 1),
        opened_on=date(2024, 6, 1),
        status="charged off",
    )
    people.put_accounts([full])
    assert people.accounts(company_id, [full.id]) == {full.id: full}


def test_only_those_that_exist_are_answered(people: People, company_id: str) -> None:
    known = a_customer(company_id=company_id)
    people.put_customers([known])
    assert people.customers(company_id, [an_id(), known.id]) == {known.id: known}
    assert people.customers(company_id, [an_id()]) == {}
    assert people.customers(company_id, []) == {}
    assert people.accounts(company_id, [known.id]) == {}


def test_an_id_asked_for_twice_is_answered_once(people: People, company_id: str) -> None:
    known = a_customer(company_id=company_id)
    people.put_customers([known])
    assert people.customers(company_id, [known.id, known.id]) == {known.id: known}


def test_another_company_does_not_see_them(people: People, company_id: str) -> None:
    known = a_customer(company_id=company_id)
    people.put_customers([known])
    assert people.customers(an_id(), [known.id]) == {}


def test_what_was_read_and_changed_replaces_what_is_kept(people: People, company_id: str) -> None:
    new = a_customer(company_id=company_id, city="Austin")
    assert people.put_customers([new]) == frozenset()
    [read] = people.customers(company_id, [new.id]).values()
    moved = replace(read, city="", street="1 Main St")
    assert people.put_customers([moved]) == frozenset()
    [kept] = people.customers(company_id, [new.id]).values()
    assert kept == moved
    assert (new.version, read.version, kept.version) == (0, 1, 2)


def test_what_changed_since_it_was_read_is_not_written_but_the_others_are(
    people: People, company_id: str
) -> None:
    both = [a_customer(id, company_id=company_id) for id in ("1", "2")]
    people.put_customers(both)
    read = people.customers(company_id, [one.id for one in both])
    first, second = (read[one.id] for one in both)
    flagged = replace(first, flags=frozenset({Flag.DO_NOT_CONTACT}))
    people.put_customers([flagged])
    late = [replace(one, first_name="Late") for one in (first, second)]
    assert people.put_customers(late) == {first.id}
    assert people.put_customers(both) == {first.id, second.id}
    assert people.customers(company_id, read) == {first.id: flagged, second.id: late[1]}


def test_an_account_that_changed_since_it_was_read_is_not_written(
    people: People, company_id: str
) -> None:
    debt = an_account(company_id=company_id)
    assert people.put_accounts([debt]) == frozenset()
    assert people.put_accounts([replace(debt, number="late")]) == {debt.id}
    [read] = people.accounts(company_id, [debt.id]).values()
    assert people.put_accounts([replace(read, number="in time")]) == frozenset()
    assert people.accounts(company_id, [debt.id])[debt.id].number == "in time"


def test_no_flag_is_lost_while_files_are_imported(people: People, company_id: str) -> None:
    """One hand sets flags one by one while another renames everybody, again and again."""
    names = [f"c{n}" for n in range(40)]
    imports, uploads = MemoryImportStore(), MemoryUploads()
    done = Event()

    def rename() -> int:
        rounds = 0
        while not done.is_set():
            rounds += 1
            job = imports.add(an_import(id=an_id(), company_id=company_id))
            rows = "".join(f"{name},round {rounds}\n" for name in names)
            uploads.kept[job.upload_key] = f"externalId,firstName\n{rows}".encode()
            import_people(
                imports.get(company_id, job.id),
                imports=imports,
                uploads=uploads,
                people=people,
                now=lambda: NOON,
            )
        return rounds

    with ThreadPoolExecutor(1) as importer:
        rounds = importer.submit(rename)
        try:
            for name in names:
                upsert_customer(
                    company_id, name, {"doNotContact": True}, people=people, now=lambda: NOON
                )
        finally:
            done.set()
        assert rounds.result() > 0
    kept = people.customers(company_id, [customer_id(company_id, name) for name in names])
    assert [one.external_id for one in kept.values() if not one.flags] == []
    assert len(kept) == len(names)


def test_more_than_one_request_can_carry_go_in_and_come_out(
    people: People, company_id: str
) -> None:
    many = {one.id: one for one in (a_customer(f"c{n}", company_id=company_id) for n in range(251))}
    debts = {one.id: one for one in (an_account(f"a{n}", company_id=company_id) for n in range(26))}
    people.put_customers(list(many.values()))
    people.put_accounts(list(debts.values()))
    assert people.customers(company_id, many) == many
    assert people.accounts(company_id, iter(debts)) == debts
    people.put_customers([])


class Reluctant:
    """A client that takes part of every batch and refuses writes, as DynamoDB does under load."""

    def __init__(self, client: Any, *, takes: int) -> None:
        self._client = client
        self._takes = takes
        self.asked = 0
        self.consistent: set[bool] = set()

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        [(table, asked)] = RequestItems.items()
        self.consistent.add(asked["ConsistentRead"])
        now, later = asked["Keys"][: self._takes], asked["Keys"][self._takes :]
        found: dict[str, Any] = {"Responses": {table: []}}
        if now:
            found = self._client.batch_get_item(RequestItems={table: {"Keys": now}})
        left = {table: {"Keys": later}} if later else {}
        return {**found, "UnprocessedKeys": left}

    def put_item(self, **put: Any) -> Any:
        """Every other write is taken, none by a client that takes nothing."""
        self.asked += 1
        if not self._takes or self.asked % 2:
            error = {"Code": "ThrottlingException", "Message": "slow down"}
            raise ClientError({"Error": error}, "PutItem")  # type: ignore[typeddict-item]
        return self._client.put_item(**put)

    def batch_execute_statement(self, Statements: list[Any]) -> Any:
        """The same, and of what is taken every other statement."""
        self.asked += 1
        if not self._takes or self.asked % 2:
            error = {"Code": "ThrottlingException", "Message": "slow down"}
            raise ClientError({"Error": error}, "BatchExecuteStatement")  # type: ignore[typeddict-item]
        now = Statements[::2]
        done = iter(self._client.batch_execute_statement(Statements=now)["Responses"])
        late = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        return {
            "Responses": [late if place % 2 else next(done) for place in range(len(Statements))]
        }


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.adapters.dynamodb.batches.time.sleep", lambda _: None)


@pytest.mark.usefixtures("no_pauses")
def test_what_the_table_leaves_unprocessed_is_tried_again(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    client = Reluctant(dynamodb, takes=20)
    people = DynamoPeople(client, deployed.settings.people_table)  # type: ignore[arg-type]
    many = {one.id: one for one in (a_customer(f"c{n}", company_id=company_id) for n in range(130))}
    assert people.put_customers(list(many.values())) == frozenset()
    assert people.customers(company_id, many) == many
    assert client.consistent == {True}


@pytest.mark.usefixtures("no_pauses")
def test_a_table_that_processes_nothing_is_given_up_on(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    client = Reluctant(dynamodb, takes=0)
    people = DynamoPeople(client, deployed.settings.people_table)  # type: ignore[arg-type]
    with pytest.raises(PeopleBusy):
        people.customers(company_id, [an_id()])
    assert client.asked == 10
    with pytest.raises(PeopleBusy):
        people.put_customers([a_customer(company_id=company_id)])
