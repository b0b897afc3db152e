"""The promises of people: found by id, many at once, written whole."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from campaigns.adapters.dynamodb.people import DynamoPeople, PeopleBusy
from campaigns.adapters.memory import MemoryPeople
from campaigns.domain.customer import Flag
from campaigns.ports import People
from tests.builders import a_customer, a_phone, an_account, an_email, an_id
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


def test_putting_again_replaces(people: People, company_id: str) -> None:
    people.put_customers([a_customer(company_id=company_id, city="Austin")])
    moved = a_customer(company_id=company_id, street="1 Main St")
    people.put_customers([moved])
    assert people.customers(company_id, [moved.id]) == {moved.id: moved}


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
    """A client that leaves part of every batch unprocessed, as DynamoDB does under load."""

    def __init__(self, client: Any, *, takes: int) -> None:
        self._client = client
        self._takes = takes
        self.asked = 0

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        [(table, asked)] = RequestItems.items()
        now, later = asked["Keys"][: self._takes], asked["Keys"][self._takes :]
        found: dict[str, Any] = {"Responses": {table: []}}
        if now:
            found = self._client.batch_get_item(RequestItems={table: {"Keys": now}})
        left = {table: {"Keys": later}} if later else {}
        return {**found, "UnprocessedKeys": left}

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        [(table, asked)] = RequestItems.items()
        if now := asked[: self._takes]:
            self._client.batch_write_item(RequestItems={table: now})
        later = asked[self._takes :]
        return {"UnprocessedItems": {table: later} if later else {}}


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.adapters.dynamodb.people.time.sleep", lambda _: None)


@pytest.mark.usefixtures("no_pauses")
def test_what_the_table_leaves_unprocessed_is_tried_again(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    people = DynamoPeople(Reluctant(dynamodb, takes=20), deployed.settings.people_table)  # type: ignore[arg-type]
    many = {one.id: one for one in (a_customer(f"c{n}", company_id=company_id) for n in range(130))}
    people.put_customers(list(many.values()))
    assert people.customers(company_id, many) == many


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
