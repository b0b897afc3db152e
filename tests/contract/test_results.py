"""Results of one person told by many at once: nothing is lost, nothing counts twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.adapters.dynamodb.collection_campaigns import DynamoCollectionCampaigns
from campaigns.adapters.dynamodb.contacts import DynamoContactLedger
from campaigns.adapters.dynamodb.enrollments import DynamoEnrollmentStore
from campaigns.adapters.dynamodb.people import DynamoPeople
from campaigns.adapters.dynamodb.timeline import DynamoTimeline
from campaigns.adapters.memory import MemoryAccess, MemoryPeople
from campaigns.adapters.memory_collections import MemoryCollectionCampaigns, MemoryEnrollmentStore
from campaigns.adapters.memory_contacts import MemoryContactLedger, MemoryTimeline
from campaigns.domain.results import Became
from campaigns.usecases.take_results import ResultStores, take_results
from tests.builders import NOON, a_customer, a_phone, an_id
from tests.contract.conftest import Deployed

PHONES = ["+15125550123", "+15125550124", "+15125550125", "+15125550126"]


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> ResultStores:
    if request.param == "memory":
        people = MemoryPeople()
        return ResultStores(
            people=people,
            ledger=MemoryContactLedger(),
            timeline=MemoryTimeline(),
            campaigns=MemoryCollectionCampaigns(),
            enrollments=MemoryEnrollmentStore(people),
            access=MemoryAccess(),
        )
    deployed: Deployed = request.getfixturevalue("deployed")
    client, tables = request.getfixturevalue("dynamodb"), deployed.settings
    return ResultStores(
        people=DynamoPeople(client, tables.people_table),
        ledger=DynamoContactLedger(client, tables.contacts_table),
        timeline=DynamoTimeline(client, tables.contacts_table, days=1, now=lambda: NOON),
        campaigns=DynamoCollectionCampaigns(client, tables.campaigns_table),
        enrollments=DynamoEnrollmentStore(
            client, tables.enrollments_table, people_table=tables.people_table
        ),
        access=DynamoAccess(client, tables.access_table),
    )


def test_results_of_one_person_told_at_once_are_all_kept_once(
    stores: ResultStores, company_id: str
) -> None:
    labels = ("mobile", "home", "work", "other")
    contacts = [a_phone(one, label) for one, label in zip(PHONES, labels, strict=True)]
    person = a_customer("1", *contacts, company_id=company_id)
    stores.people.put_customers([person])
    rows: list[dict[str, Any]] = [
        {
            "customerExternalId": "1",
            "channel": "call",
            "at": (NOON - timedelta(minutes=number)).isoformat(),
            "outcome": "opt_out" if number < 4 else "no_answer",
            "address": PHONES[number % 4],
        }
        for number in range(12)
    ]

    def tell(first: int) -> list[Became]:
        """Everybody tells of some, and all of the first three."""
        mine = [*rows[:3], *rows[first::4]]
        known: dict[str, Any] = {"new_id": an_id, "now": lambda: NOON}
        return [one.became for one in take_results(company_id, mine, stores, **known)]

    with ThreadPoolExecutor(4) as tellers:
        became = [one for told in tellers.map(tell, range(4)) for one in told]
    assert Became.REJECTED not in became
    history = stores.ledger.histories(company_id, [person.id])[person.id]
    entries = stores.timeline.list(company_id, person.id, after=None, limit=100)
    assert len(entries) == 12
    assert sorted(one.id for one in history.attempts) == sorted(one.id for one in entries)
    [kept] = stores.people.customers(company_id, [person.id]).values()
    assert {one.status for one in kept.contacts} == {"optedOut"}
