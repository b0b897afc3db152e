"""What keys change is told in the transaction of the change; what nobody asked for is not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.adapters.dynamodb.audit import DynamoAudit, Trail
from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.adapters.dynamodb.imports import DynamoImportStore
from campaigns.adapters.dynamodb.people import DynamoPeople
from campaigns.adapters.dynamodb.runs import DynamoRunStore
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.adapters.dynamodb.webhook_deliveries import DynamoDeliveryStore
from campaigns.adapters.dynamodb.webhooks import DynamoWebhookStore
from campaigns.domain.audit import ACTOR, Actor, AuditEntry
from campaigns.domain.campaign import Campaign, CampaignNotFound, ChangedMeanwhile, ExternalIdTaken
from campaigns.domain.run import RunStatus
from tests.builders import (
    NOON,
    a_campaign,
    a_company,
    a_customer,
    a_delivery,
    a_key,
    a_run,
    a_webhook,
    an_account,
    an_id,
    an_import,
)
from tests.contract.conftest import Deployed

DAY = date(2026, 3, 2)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


@pytest.fixture
def trail(deployed: Deployed) -> Trail:
    return Trail(deployed.settings.audit_table, days=2557, now=Clock(), new_id=an_id)


@pytest.fixture
def audit(deployed: Deployed, dynamodb: Any) -> DynamoAudit:
    return DynamoAudit(dynamodb, deployed.settings.audit_table)


@pytest.fixture
def campaigns(deployed: Deployed, dynamodb: Any, trail: Trail) -> DynamoCollection[Campaign]:
    return DynamoCollection(
        dynamodb,
        deployed.settings.campaigns_table,
        kind="CAMPAIGN",
        of=Campaign,
        missing=CampaignNotFound,
        trail=trail,
    )


@pytest.fixture
def asked(company_id: str) -> Iterator[Actor]:
    actor = Actor(company_id, "key-1", "request-1", "PATCH /things/{id}")
    token = ACTOR.set(actor)
    yield actor
    ACTOR.reset(token)


def entries(audit: DynamoAudit, company_id: str, **but: Any) -> list[AuditEntry]:
    """Oldest first."""
    ask = {"object_id": None, "after": None, "limit": 100, **but}
    return list(audit.list(company_id, DAY, **ask))[::-1]


def stored(dynamodb: Any, table: str, pk: str, sk: str) -> str:
    item = dynamodb.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]
    return sha256(item["data"]["B"]).hexdigest()


def test_a_change_tells_who_what_when_and_the_digests_of_what_is_stored(
    deployed: Deployed,
    dynamodb: Any,
    campaigns: DynamoCollection[Campaign],
    audit: DynamoAudit,
    asked: Actor,
) -> None:
    def digest() -> str:
        return stored(
            dynamodb, deployed.settings.campaigns_table, f"{one.company_id}#CAMPAIGN", one.id
        )

    one = a_campaign(company_id=asked.company_id)
    campaigns.add(one)
    first = digest()
    campaigns.move(replace(one, name="other"))
    made, moved = entries(audit, asked.company_id)
    assert made == AuditEntry(
        id=made.id,
        company_id=asked.company_id,
        at=made.at,
        key_id="key-1",
        request_id="request-1",
        action="PATCH /things/{id}",
        kind="campaign",
        object_id=one.id,
        before=None,
        after=first,
    )
    assert (moved.before, moved.after) == (first, digest())


def test_what_was_refused_leaves_no_entry(
    campaigns: DynamoCollection[Campaign], audit: DynamoAudit, asked: Actor
) -> None:
    one = campaigns.add(a_campaign(company_id=asked.company_id, external_id="spring"))
    with pytest.raises(ExternalIdTaken):
        campaigns.add(a_campaign(company_id=asked.company_id, external_id="spring"))
    campaigns.move(replace(one, name="other"))
    with pytest.raises(ChangedMeanwhile):
        campaigns.move(replace(one, name="late"))
    assert len(entries(audit, asked.company_id)) == 2


def test_what_nobody_asked_for_leaves_no_entry(
    campaigns: DynamoCollection[Campaign], audit: DynamoAudit, company_id: str
) -> None:
    campaigns.add(a_campaign(company_id=company_id))
    assert entries(audit, company_id) == []


def test_webhooks_tell_also_when_they_are_taken_away(
    deployed: Deployed, dynamodb: Any, trail: Trail, audit: DynamoAudit, asked: Actor
) -> None:
    table, company = deployed.settings.webhooks_table, asked.company_id
    webhooks = DynamoWebhookStore(dynamodb, table, trail=trail)
    webhook = webhooks.add(a_webhook(company_id=company))
    webhooks.move(webhook.answered())
    deliveries = DynamoDeliveryStore(dynamodb, table, trail=trail)
    delivery = deliveries.add_or_get(a_delivery(webhook))
    deliveries.move(delivery.replayed(NOON))
    with pytest.raises(ChangedMeanwhile):
        deliveries.move(delivery.replayed(NOON))
    webhooks.remove(company, webhook.id)
    told = [(o.kind, o.before is not None, o.after is not None) for o in entries(audit, company)]
    assert told == [
        ("webhook", False, True),
        ("webhook", True, True),
        ("delivery", True, True),
        ("webhook", True, False),
    ]


def test_every_store_tells(
    deployed: Deployed, dynamodb: Any, trail: Trail, audit: DynamoAudit, asked: Actor
) -> None:
    known, company = deployed.settings, asked.company_id
    runs = DynamoRunStore(dynamodb, known.campaigns_table, trail=trail)
    run = runs.open(a_run(company_id=company))
    failed = runs.move(run.moved(RunStatus.FAILED, at=NOON))
    runs.reopen(failed.restarted("again", at=NOON))
    people = DynamoPeople(dynamodb, known.people_table, trail=trail)
    person = a_customer(company_id=company)
    people.put_customers([person])
    people.put_customers([replace(person, first_name="Other", version=1)])
    assert people.put_customers([person]) == {person.id}
    people.put_accounts([an_account(company_id=company)])
    DynamoImportStore(dynamodb, known.people_table, trail=trail).add(an_import(company_id=company))
    access = DynamoAccess(dynamodb, known.access_table, trail=trail)
    old, new = (a_key(f"sk_live_{an_id()}", company_id=company) for _ in range(2))
    access.add_key(old)
    access.rotate_key(old.rotated(new.id, at=NOON, overlap=timedelta(0)), new)
    access.put_company(a_company(id=company))
    access.move_company(replace(access.company(company), name="Other"))
    told = [(one.kind, one.before is not None) for one in entries(audit, company)]
    assert told == [
        ("run", False),
        ("run", True),
        ("run", True),
        ("customer", False),
        ("customer", True),
        ("account", False),
        ("import", False),
        ("key", False),
        ("key", True),
        ("key", False),
        ("company", True),
    ]


def test_entries_are_listed_newest_first_page_by_page_and_by_object(
    campaigns: DynamoCollection[Campaign], audit: DynamoAudit, asked: Actor
) -> None:
    made = [campaigns.add(a_campaign(company_id=asked.company_id)) for _ in range(3)]
    campaigns.move(replace(made[0], name="other"))
    newest = entries(audit, asked.company_id)[::-1]
    assert entries(audit, asked.company_id, limit=3) == newest[:3][::-1]
    assert entries(audit, asked.company_id, after=newest[2].id) == newest[3:]
    assert [one.object_id for one in entries(audit, asked.company_id, object_id=made[0].id)] == [
        made[0].id
    ] * 2
    assert (
        list(audit.list(asked.company_id, date(2026, 3, 1), object_id=None, after=None, limit=9))
        == []
    )


def test_an_entry_ends_when_its_days_are_over(
    deployed: Deployed,
    dynamodb: Any,
    campaigns: DynamoCollection[Campaign],
    audit: DynamoAudit,
    asked: Actor,
) -> None:
    campaigns.add(a_campaign(company_id=asked.company_id))
    [entry] = entries(audit, asked.company_id)
    key = {"pk": {"S": f"{asked.company_id}#AUDIT#{DAY}"}, "sk": {"S": entry.id}}
    item = dynamodb.get_item(TableName=deployed.settings.audit_table, Key=key)["Item"]
    assert int(item["expires"]["N"]) == int((entry.at + timedelta(days=2557)).timestamp())


def test_an_entry_is_never_written_over(
    dynamodb: Any, trail: Trail, audit: DynamoAudit, asked: Actor
) -> None:
    [write] = trail.writes(asked.company_id, "campaign", "c", None, b"first")
    transact(dynamodb, [write])
    with pytest.raises(ConditionsFailed):
        transact(dynamodb, [write])
    [entry] = entries(audit, asked.company_id)
    assert entry.after == sha256(b"first").hexdigest()
