from dataclasses import replace

import pytest

from campaigns.adapters.memory_financing import MemoryClientStore, MemoryPlanStore
from campaigns.domain.financing_client import ClientRevoked, UnknownClient
from campaigns.usecases import list_offers as module
from campaigns.usecases.list_offers import list_offers
from tests.builders import COMPANY, NOON, OTHER_COMPANY, a_client, a_plan, an_id, some_terms

SHOP = a_client(id=an_id())


@pytest.fixture
def clients() -> MemoryClientStore:
    store = MemoryClientStore()
    store.add(SHOP)
    return store


@pytest.fixture
def plans() -> MemoryPlanStore:
    return MemoryPlanStore()


def test_only_plans_for_the_amount_are_offered(
    clients: MemoryClientStore, plans: MemoryPlanStore
) -> None:
    small = plans.add(a_plan(max_amount=2000))
    large = plans.add(a_plan(some_terms(duration=6), min_amount=2000))

    def offered(amount: int | None) -> list[tuple[int, int]]:
        offers = list_offers(COMPANY, SHOP.id, None, amount, clients=clients, plans=plans)
        return [(offer.plan.number, offer.amount) for offer in offers]

    assert offered(1999) == [(small.number, 1999)]
    assert offered(2000) == [(large.number, 2000), (small.number, 2000)]
    assert offered(2001) == [(large.number, 2001)]
    assert offered(10) == []
    assert offered(None) == [(large.number, 2000), (small.number, 1000)]


def test_plans_that_have_ended_or_are_anothers_are_not_offered(
    clients: MemoryClientStore, plans: MemoryPlanStore
) -> None:
    plans.add(a_plan(ended_at=NOON))
    plans.add(a_plan(company_id=OTHER_COMPANY))
    assert list_offers(COMPANY, SHOP.id, None, None, clients=clients, plans=plans) == []


def test_every_plan_is_offered_however_many_there_are(
    clients: MemoryClientStore, plans: MemoryPlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MANY", 3)
    added = {plans.add(a_plan(id=an_id())).number for _ in range(7)}
    offers = list_offers(COMPANY, SHOP.id, SHOP.id, None, clients=clients, plans=plans)
    assert {offer.plan.number for offer in offers} == added
    assert len(offers) == 7


def test_a_client_that_is_not_the_callers_is_unknown(
    clients: MemoryClientStore, plans: MemoryPlanStore
) -> None:
    theirs = clients.add(a_client(company_id=OTHER_COMPANY))
    beside = clients.add(a_client())
    gone = clients.add(replace(a_client(), revoked_at=NOON))
    asked = [(id, None) for id in (theirs.id, an_id(), "x", "", gone.id)]
    for client_id, token_client in [*asked, (beside.id, SHOP.id), (gone.id, SHOP.id)]:
        with pytest.raises(UnknownClient):
            list_offers(COMPANY, client_id, token_client, None, clients=clients, plans=plans)


def test_a_token_ends_with_its_client(clients: MemoryClientStore, plans: MemoryPlanStore) -> None:
    clients.move(SHOP.revoked(NOON))
    with pytest.raises(ClientRevoked):
        list_offers(COMPANY, SHOP.id, SHOP.id, None, clients=clients, plans=plans)
