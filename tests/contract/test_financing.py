"""The promises of the stores of plans and of the clients that ask for them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.adapters.dynamodb.financing import DynamoClientStore, DynamoPlanStore
from campaigns.adapters.memory import MemoryAccess
from campaigns.adapters.memory_financing import MemoryClientStore, MemoryPlanStore
from campaigns.domain.api_key import ApiKey, KeyNotFound, digest_of
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.financing_client import ClientNotFound
from campaigns.domain.page import Slice
from campaigns.domain.plan import LARGEST_NUMBER, NumbersUsedUp, PlanNotFound
from campaigns.ports import Access, ClientStore, PlanStore
from tests.builders import NOON, a_client, a_key, a_plan, an_id, some_terms
from tests.contract.conftest import Deployed

MANY = 24


@pytest.fixture(params=["memory", "dynamodb"])
def plans(request: pytest.FixtureRequest) -> PlanStore:
    if request.param == "memory":
        return MemoryPlanStore()
    deployed: Deployed = request.getfixturevalue("deployed")
    return DynamoPlanStore(request.getfixturevalue("dynamodb"), deployed.settings.plans_table)


@pytest.fixture(params=["memory", "dynamodb"])
def clients(request: pytest.FixtureRequest) -> ClientStore:
    if request.param == "memory":
        return MemoryClientStore()
    deployed: Deployed = request.getfixturevalue("deployed")
    return DynamoClientStore(request.getfixturevalue("dynamodb"), deployed.settings.access_table)


def test_a_plan_comes_back_with_every_field(plans: PlanStore, company_id: str) -> None:
    terms = some_terms(
        currency="KWD",
        payment_free_months=2,
        interest_free_months=3,
        administration_fee="29.005",
        setup_fee="295.1",
        nominal_interest="0.0001",
    )
    full = a_plan(
        terms,
        company_id=company_id,
        name="Büy now ✓",
        representative_amount=5000,
        is_hybrid=True,
    )
    assert plans.add(full) == full
    assert plans.get(company_id, full.id) == full
    assert str(plans.get(company_id, full.id).terms.setup_fee) == "295.1"


def test_a_plan_of_another_company_is_not_found(plans: PlanStore, company_id: str) -> None:
    plan = plans.add(a_plan(company_id=company_id))
    assert plans.find(an_id(), plan.id) is None
    with pytest.raises(PlanNotFound):
        plans.get(an_id(), plan.id)


def test_a_plan_that_has_ended_is_listed_only_when_asked_for(
    plans: PlanStore, company_id: str
) -> None:
    kept, ended = (plans.add(a_plan(company_id=company_id)) for _ in range(2))
    ended = plans.move(ended.ended(NOON))
    assert plans.list(company_id, Slice()).items == (kept,)
    assert plans.list(company_id, Slice(include_deleted=True)).items == (ended, kept)
    assert plans.find(company_id, ended.id) == ended


def test_of_two_changes_at_once_one_is_told(plans: PlanStore, company_id: str) -> None:
    read = plans.add(a_plan(company_id=company_id))
    moved = plans.move(replace(read, name="first"))
    with pytest.raises(ChangedMeanwhile):
        plans.move(replace(read, name="second"))
    assert plans.get(company_id, read.id) == moved


def test_numbers_count_up_in_each_company(plans: PlanStore, company_id: str) -> None:
    assert [plans.next_number(company_id) for _ in range(3)] == [1, 2, 3]
    assert plans.next_number(an_id()) == 1


def test_a_number_is_never_given_twice(plans: PlanStore, company_id: str) -> None:
    together = Barrier(MANY)

    def take(_: int) -> int:
        together.wait()
        return plans.next_number(company_id)

    with ThreadPoolExecutor(MANY) as pool:
        assert sorted(pool.map(take, range(MANY))) == list(range(1, MANY + 1))


def test_numbers_end_where_32_bits_do(deployed: Deployed, dynamodb: Any, company_id: str) -> None:
    table = deployed.settings.plans_table
    item = {**keys.numbers(company_id, "PLAN"), "taken": {"N": str(LARGEST_NUMBER - 1)}}
    dynamodb.put_item(TableName=table, Item=item)
    plans = DynamoPlanStore(dynamodb, table)
    assert plans.next_number(company_id) == LARGEST_NUMBER
    with pytest.raises(NumbersUsedUp):
        plans.next_number(company_id)


def test_a_client_comes_back_and_leads_to_its_company(
    clients: ClientStore, company_id: str
) -> None:
    client = a_client(company_id=company_id)
    client = client.rotated(digest_of("fs_new"), at=NOON, overlap=timedelta(hours=1))
    assert clients.add(client) == client
    assert clients.get(company_id, client.id) == client
    assert clients.company_of(client.id) == company_id
    assert clients.company_of(an_id()) is None


def test_a_client_that_was_revoked_still_leads_to_its_company(
    clients: ClientStore, company_id: str
) -> None:
    client = clients.add(a_client(company_id=company_id))
    revoked = clients.move(client.revoked(NOON))
    assert clients.company_of(client.id) == company_id
    assert clients.find(company_id, client.id) == revoked
    assert clients.list(company_id, Slice()).items == ()
    with pytest.raises(ClientNotFound):
        clients.get(company_id, client.id)


@pytest.fixture(params=["memory", "dynamodb"])
def access(request: pytest.FixtureRequest) -> Access:
    if request.param == "memory":
        return MemoryAccess()
    deployed: Deployed = request.getfixturevalue("deployed")
    return DynamoAccess(request.getfixturevalue("dynamodb"), deployed.settings.access_table)


def a_token(company_id: str, secret: str) -> ApiKey:
    ends = NOON + timedelta(hours=1, microseconds=1)
    return a_key(secret, company_id=company_id, client_id=an_id(), expires_at=ends)


def test_a_token_is_found_by_its_digest_and_not_listed(access: Access, company_id: str) -> None:
    secret = f"ft_{an_id()}"
    token = a_token(company_id, secret)
    access.add_token(token)
    assert access.find_key(digest_of(secret)) == token
    assert list(access.list_keys(company_id, after=None, limit=10)) == []
    with pytest.raises(KeyNotFound):
        access.get_key(company_id, token.id)


def test_only_a_token_is_forgotten_by_the_table(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    table = deployed.settings.access_table
    access = DynamoAccess(dynamodb, table)
    token, key = f"ft_{an_id()}", f"sk_live_{an_id()}"
    access.add_token(a_token(company_id, token))
    access.add_key(a_key(key, company_id=company_id, expires_at=NOON + timedelta(hours=1)))

    def kept(secret: str) -> Any:
        return dynamodb.get_item(TableName=table, Key=keys.api_key(digest_of(secret)))["Item"]

    assert int(kept(token)["expires"]["N"]) == int(NOON.timestamp()) + 3601
    assert "expires" not in kept(key)
