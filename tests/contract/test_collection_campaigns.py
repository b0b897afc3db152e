"""The promises of collection campaigns: all of a company's, and one version of all their chains."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from campaigns.adapters.dynamodb.collection_campaigns import DynamoCollectionCampaigns
from campaigns.adapters.memory_collections import MemoryCollectionCampaigns
from campaigns.domain.campaign import CampaignNotFound, ChangedMeanwhile, ExternalIdTaken
from campaigns.domain.channel import Channel
from campaigns.domain.collection_campaign import Condition
from campaigns.ports import CollectionCampaignStore
from tests.builders import NOON, a_collection, a_step, an_id, some_sftp
from tests.contract.conftest import Deployed


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> CollectionCampaignStore:
    if request.param == "memory":
        return MemoryCollectionCampaigns()
    deployed: Deployed = request.getfixturevalue("deployed")
    table = deployed.settings.campaigns_table
    return DynamoCollectionCampaigns(request.getfixturevalue("dynamodb"), table)


def test_every_field_comes_back(store: CollectionCampaignStore, company_id: str) -> None:
    condition = Condition(min_balance=Decimal("0.10"), max_days_past_due=30)
    steps = (
        a_step(wait_days=3, condition=condition, sftp=some_sftp()),
        a_step(exporter_id=None, channel=Channel.TEXT, template_id="hello"),
    )
    whole = a_collection(
        company_id=company_id,
        external_id="early",
        steps=steps,
        next_campaign_id=an_id(),
        max_calls=3,
        expires_after_days=30,
        starts_on=date(2026, 4, 1),
        started_at=NOON,
    )
    store.add(whole)
    assert store.get(company_id, whole.id) == whole
    assert store.find_external(company_id, "early") == whole


def test_all_of_a_company_are_found_newest_first(
    store: CollectionCampaignStore, company_id: str
) -> None:
    ids = [store.add(a_collection(company_id=company_id)).id for _ in range(103)]
    store.add(a_collection(company_id=an_id()))
    assert [one.id for one in store.every(company_id)] == ids[::-1]


def test_another_company_has_none_of_them(store: CollectionCampaignStore, company_id: str) -> None:
    one = store.add(a_collection(company_id=company_id))
    with pytest.raises(CampaignNotFound):
        store.get(an_id(), one.id)
    assert list(store.every(an_id())) == []


def test_a_chain_is_changed_only_as_it_was_read(
    store: CollectionCampaignStore, company_id: str
) -> None:
    one, other = (store.add(a_collection(company_id=company_id)) for _ in range(2))
    version = store.chain_version(company_id)
    kept = store.rechain(replace(one, next_campaign_id=other.id), version)
    assert store.get(company_id, one.id) == kept
    assert (kept.version, kept.next_campaign_id) == (1, other.id)
    with pytest.raises(ChangedMeanwhile):
        store.rechain(replace(other, next_campaign_id=one.id), version)
    assert store.get(company_id, other.id) == other
    again = store.chain_version(company_id)
    with pytest.raises(ChangedMeanwhile):
        store.rechain(one, again)
    assert store.chain_version(company_id) == again
    assert store.chain_version(an_id()) == 0


def test_a_chain_and_an_external_id_may_change_together(
    store: CollectionCampaignStore, company_id: str
) -> None:
    store.add(a_collection(company_id=company_id, external_id="taken"))
    one = store.add(a_collection(company_id=company_id))
    with pytest.raises(ExternalIdTaken):
        store.rechain(replace(one, external_id="taken"), store.chain_version(company_id))
    moved = store.rechain(replace(one, external_id="free"), store.chain_version(company_id))
    assert store.find_external(company_id, "free") == moved
