"""The promises of the index of campaigns that run by schedule."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.adapters.dynamodb.collection_campaigns import DynamoCollectionCampaigns
from campaigns.adapters.dynamodb.scheduled import DynamoScheduledCampaigns, stands_in_index
from campaigns.adapters.memory import MemoryCollection
from campaigns.adapters.memory_collections import MemoryCollectionCampaigns
from campaigns.adapters.memory_schedules import MemoryScheduledCampaigns
from campaigns.domain.campaign import (
    Campaign,
    CampaignKind,
    CampaignNotFound,
    CampaignStatus,
    ScheduledCampaign,
)
from campaigns.domain.collection_campaign import CollectionStatus
from campaigns.ports import CampaignStore, CollectionCampaignStore, ScheduledCampaigns
from tests.builders import NOON, a_campaign, a_collection, an_id
from tests.contract.conftest import Deployed


@dataclass(frozen=True)
class Stores:
    campaigns: CampaignStore
    collections: CollectionCampaignStore
    scheduled: ScheduledCampaigns


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        kept: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        collections = MemoryCollectionCampaigns()
        return Stores(kept, collections, MemoryScheduledCampaigns(kept, collections))
    deployed: Deployed = request.getfixturevalue("deployed")
    client, table = request.getfixturevalue("dynamodb"), deployed.settings.campaigns_table
    campaigns = DynamoCollection(
        client,
        table,
        kind="CAMPAIGN",
        of=Campaign,
        missing=CampaignNotFound,
        index=stands_in_index,
    )
    return Stores(
        campaigns,
        DynamoCollectionCampaigns(client, table),
        DynamoScheduledCampaigns(client, table),
    )


Make = Callable[..., Campaign]


@pytest.fixture
def kept(stores: Stores, company_id: str) -> Make:
    def make(**but: Any) -> Campaign:
        usual = {"company_id": company_id, "schedule": "P P * * 1-5", "scheduled_since": NOON}
        return stores.campaigns.add(a_campaign(**usual | but))

    return make


def found(stores: Stores, company_id: str) -> list[ScheduledCampaign]:
    return sorted(stores.scheduled.of_company(company_id), key=lambda one: one.campaign_id)


def test_a_scheduled_campaign_is_found_with_what_tells_when(stores: Stores, kept: Make) -> None:
    campaign = kept()
    assert found(stores, campaign.company_id) == [
        ScheduledCampaign(
            company_id=campaign.company_id,
            campaign_id=campaign.id,
            schedule="P P * * 1-5",
            since=NOON,
        )
    ]


def test_a_collection_campaign_is_found_while_it_is_awake(stores: Stores, company_id: str) -> None:
    active = a_collection(company_id=company_id, scheduled_since=NOON)
    stores.collections.add(active)
    assert found(stores, company_id) == [
        ScheduledCampaign(
            company_id=company_id,
            campaign_id=active.id,
            kind=CampaignKind.COLLECTION,
            schedule="P P * * *",
            since=NOON,
        )
    ]
    stores.collections.move(active.moved(CollectionStatus.PAUSED, at=NOON, today=NOON.date()))
    assert found(stores, company_id) == []


def test_a_clock_is_answered_up_to_a_time_that_never_goes_back(
    stores: Stores, company_id: str
) -> None:
    campaign, other = an_id(), an_id()
    assert stores.scheduled.answered(company_id, campaign) is None
    for minutes in (2, 1):
        stores.scheduled.answer(company_id, campaign, NOON + timedelta(minutes=minutes))
    assert stores.scheduled.answered(company_id, campaign) == NOON + timedelta(minutes=2)
    assert stores.scheduled.answered(company_id, other) is None
    assert stores.scheduled.answered(an_id(), campaign) is None


@pytest.mark.parametrize(
    "but",
    [
        {"schedule": None},
        {"status": CampaignStatus.PAUSED},
        {"status": CampaignStatus.DRAFT},
        {"status": CampaignStatus.ARCHIVED},
        {"deleted_at": NOON},
    ],
    ids=str,
)
def test_what_does_not_run_by_schedule_is_not_found(stores: Stores, kept: Make, but: Any) -> None:
    campaign = kept()
    assert found(stores, campaign.company_id)
    changed = stores.campaigns.move(replace(campaign, **but))
    assert found(stores, campaign.company_id) == []
    again: dict[str, Any] = {
        "schedule": "P P 1 * *",
        "status": CampaignStatus.ACTIVE,
        "deleted_at": None,
        "scheduled_since": NOON + timedelta(days=1),
    }
    stores.campaigns.move(replace(changed, **again))
    [one] = found(stores, campaign.company_id)
    assert (one.schedule, one.since) == ("P P 1 * *", NOON + timedelta(days=1))


def test_every_campaign_stands_in_one_shard(stores: Stores, kept: Make, company_id: str) -> None:
    ids = {kept().id for _ in range(30)} | {kept(company_id=an_id()).id for _ in range(3)}
    shards = [
        [one.campaign_id for one in stores.scheduled.in_shard(shard)]
        for shard in range(stores.scheduled.shards)
    ]
    seen = [id for shard in shards for id in shard if id in ids]
    assert sorted(seen) == sorted(ids)
    assert sum(bool(set(shard) & ids) for shard in shards) > 1
    assert len(found(stores, company_id)) == 30


def test_a_long_list_is_read_to_its_end(stores: Stores, kept: Make, company_id: str) -> None:
    if isinstance(stores.scheduled, DynamoScheduledCampaigns):
        query = stores.scheduled._client.query
        stores.scheduled._client = type(
            "Pages", (), {"query": lambda _, **q: query(**q, Limit=2)}
        )()
    ids = {kept().id for _ in range(25)}
    assert {one.campaign_id for one in found(stores, company_id)} == ids


def test_a_mark_goes_forward_only(stores: Stores) -> None:
    shard = 1
    start = stores.scheduled.looked_until(shard) or NOON
    stores.scheduled.look_from(shard, start + timedelta(minutes=2))
    stores.scheduled.look_from(shard, start + timedelta(minutes=1))
    assert stores.scheduled.looked_until(shard) == start + timedelta(minutes=2)
    stores.scheduled.look_from(shard, start + timedelta(minutes=3))
    assert stores.scheduled.looked_until(shard) == start + timedelta(minutes=3)


def test_a_shard_that_was_never_looked_at_has_no_mark(stores: Stores) -> None:
    assert stores.scheduled.looked_until(0) is None
