"""The promises of the timeline: only added to, the same thing once, newest first."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.timeline import DynamoTimeline
from campaigns.adapters.memory_contacts import MemoryTimeline
from campaigns.domain.channel import Channel
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.ports import Timeline
from tests.builders import NOON, an_entry, an_id
from tests.contract.conftest import Deployed

HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "dynamodb"])
def timeline(request: pytest.FixtureRequest) -> Timeline:
    if request.param == "memory":
        return MemoryTimeline()
    deployed: Deployed = request.getfixturevalue("deployed")
    dynamodb = request.getfixturevalue("dynamodb")
    table = deployed.settings.contacts_table
    return DynamoTimeline(dynamodb, table, days=400, now=lambda: NOON)


def listed(timeline: Timeline, one: TimelineEntry, **ask: Any) -> list[TimelineEntry]:
    asked = {"after": None, "limit": 100, **ask}
    return list(timeline.list(one.company_id, one.person_id, **asked))


def test_every_field_of_an_entry_comes_back(timeline: Timeline, company_id: str) -> None:
    full = an_entry(
        an_id(),
        company_id=company_id,
        kind=EntryKind.PROMISE,
        channel=Channel.TEXT,
        address="+15125550123",
        account_id=an_id(),
        campaign_id=an_id(),
        run_id=an_id(),
        outcome="promise",
        details={"amount": "120.00", "promisedOn": "2026-03-09"},
    )
    timeline.add([full])
    assert listed(timeline, full) == [full]
    assert timeline.told([full]) == {full.id: full}


def test_the_newest_comes_first_whatever_was_told_first(
    timeline: Timeline, company_id: str
) -> None:
    person = an_id()
    many = [
        an_entry(person, company_id=company_id, at=NOON - HOUR * (number % 7))
        for number in range(20)
    ]
    timeline.add(many)
    newest = sorted(many, key=lambda one: (one.at, one.id), reverse=True)
    assert listed(timeline, many[0]) == newest
    page = listed(timeline, many[0], limit=8)
    assert page == newest[:8]
    assert listed(timeline, many[0], after=page[-1].place) == newest[8:]
    assert listed(timeline, many[0], after=newest[-1].place) == []


def test_told_again_it_stays_as_it_was(timeline: Timeline, company_id: str) -> None:
    first = an_entry(an_id(), company_id=company_id)
    timeline.add([first])
    timeline.add([first, replace(first, outcome="busy"), replace(first, at=NOON + HOUR)])
    assert listed(timeline, first) == [first]
    assert timeline.told([replace(first, at=NOON + HOUR)]) == {first.id: first}


def test_nothing_is_known_of_what_was_not_told(timeline: Timeline, company_id: str) -> None:
    one = an_entry(an_id(), company_id=company_id)
    assert timeline.told([one]) == {}
    assert timeline.told([]) == {}
    assert listed(timeline, one) == []


def test_people_and_companies_have_their_own(timeline: Timeline, company_id: str) -> None:
    ours = an_entry(an_id(), company_id=company_id)
    timeline.add([ours])
    for other in (replace(ours, person_id=an_id()), replace(ours, company_id=an_id())):
        assert listed(timeline, other) == []
        assert timeline.told([other]) == {}


def test_of_many_who_tell_the_same_at_once_one_is_heard(
    timeline: Timeline, company_id: str
) -> None:
    one = an_entry(an_id(), company_id=company_id)
    tellings = [replace(one, outcome=f"outcome {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as tellers:
        list(tellers.map(lambda telling: timeline.add([telling]), tellings))
    [kept] = listed(timeline, one)
    assert kept in tellings
    timeline.add(tellings)
    assert listed(timeline, one) == [kept]


def test_an_entry_is_kept_for_so_many_days_from_when_it_was_told(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    table = deployed.settings.contacts_table
    late = an_entry(an_id(), company_id=company_id, at=NOON - timedelta(days=30))
    DynamoTimeline(dynamodb, table, days=400, now=lambda: NOON).add([late])
    key = keys.timeline_entry(company_id, late.person_id, late.id)
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    assert int(item["expires"]["N"]) == int((NOON + timedelta(days=400)).timestamp())
