"""The promises of the store of recalls, and of who reads changes of people."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.enrollments import DynamoEnrollmentStore
from campaigns.adapters.dynamodb.people import DynamoPeople
from campaigns.adapters.dynamodb.people_changes import DynamoPeopleChanges
from campaigns.adapters.dynamodb.recalls import DynamoRecallStore
from campaigns.adapters.memory_recalls import MemoryRecallStore
from campaigns.domain.account import Account
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.customer import OPTED_OUT, Customer, Flag
from campaigns.domain.recall import (
    CLAIMED,
    GATHERED,
    AccountChange,
    PersonChange,
    Recall,
    RecallProgress,
)
from campaigns.domain.run import RunRef
from campaigns.ports import RecallStore
from local.streams import Listening, StreamPump, patterns_of
from local.template import Template
from tests.builders import NOON, a_customer, a_phone, an_account, an_id
from tests.contract.conftest import Deployed

UNTIL = NOON + timedelta(hours=9)


@pytest.fixture(params=["memory", "dynamodb"])
def recalls(request: pytest.FixtureRequest) -> RecallStore:
    if request.param == "memory":
        return MemoryRecallStore()
    deployed: Deployed = request.getfixturevalue("deployed")
    dynamodb = request.getfixturevalue("dynamodb")
    return DynamoRecallStore(dynamodb, deployed.settings.contacts_table)


@pytest.fixture
def ref(company_id: str) -> RunRef:
    return RunRef(company_id, an_id(), an_id())


def a_recall(**but: Any) -> Recall:
    whole = Recall(
        person_id=an_id(),
        channel=Channel.CALL,
        debt=an_id(),
        address="+15125550123",
        reason="dispute",
        at=NOON,
        until=UNTIL,
        file=1,
    )
    return replace(whole, **but)


def begun(ref: RunRef) -> RecallProgress:
    return RecallProgress(ref=ref, until=UNTIL).taking(UNTIL, at=NOON)


def mine(recalls: RecallStore, ref: RunRef, at: timedelta) -> list[RunRef]:
    return [one for one in recalls.due(NOON + at) if one == ref]


def test_every_field_comes_back(recalls: RecallStore, ref: RunRef) -> None:
    assert recalls.find(ref) is None
    one = a_recall()
    recalls.put_down(begun(ref), [one])
    kept = recalls.find(ref)
    assert (kept, kept and kept.version) == (begun(ref), 1)
    assert list(recalls.of_file(ref, 1)) == [one]
    assert list(recalls.of_file(ref, 2)) == []


def test_only_what_is_not_put_down_yet_is_missing_and_each_name_once(
    recalls: RecallStore, ref: RunRef
) -> None:
    there, new = a_recall(), a_recall()
    recalls.put_down(begun(ref), [there])
    again = replace(there, at=NOON + timedelta(1), file=7)
    assert list(recalls.missing(ref, [again, new, new])) == [new]
    assert list(recalls.missing(replace(ref, run_id=an_id()), [there])) == [there]
    assert list(recalls.missing(ref, [])) == []


def test_progress_and_recalls_are_put_down_together_or_not_at_all(
    recalls: RecallStore, ref: RunRef
) -> None:
    there, new = a_recall(), a_recall()
    recalls.put_down(begun(ref), [there])
    kept = recalls.find(ref)
    assert kept is not None
    with pytest.raises(ChangedMeanwhile):
        recalls.put_down(kept, [new, there])
    with pytest.raises(ChangedMeanwhile):
        recalls.put_down(begun(ref), [new])
    assert list(recalls.of_file(ref, 1)) == [there]
    assert recalls.find(ref) == kept
    recalls.put_down(kept, [a_recall() for _ in range(90)])
    assert len(list(recalls.of_file(ref, 1))) == 91


def test_nothing_is_put_down_under_a_number_that_was_closed_meanwhile(
    recalls: RecallStore, ref: RunRef
) -> None:
    recalls.put_down(begun(ref), [a_recall()])
    seen = recalls.find(ref)
    assert seen is not None
    recalls.move(seen.claimed(at=NOON))
    with pytest.raises(ChangedMeanwhile):
        recalls.put_down(seen.taking(UNTIL, at=NOON), [a_recall(file=seen.open)])
    assert len(list(recalls.of_file(ref, 1))) == 1


def test_of_many_who_claim_at_once_one_has_it(recalls: RecallStore, ref: RunRef) -> None:
    recalls.put_down(begun(ref), [a_recall()])
    seen = recalls.find(ref)
    assert seen is not None

    def claim(_: int) -> bool:
        try:
            recalls.move(seen.claimed(at=NOON))
        except ChangedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(8) as claimers:
        assert list(claimers.map(claim, range(8))).count(True) == 1


def test_a_run_is_due_when_it_says_so_and_until_it_is_told(
    recalls: RecallStore, ref: RunRef
) -> None:
    recalls.put_down(begun(ref), [a_recall()])
    almost = GATHERED - timedelta(milliseconds=1)
    assert (mine(recalls, ref, almost), mine(recalls, ref, GATHERED)) == ([], [ref])
    seen = recalls.find(ref)
    assert seen is not None
    claimed = recalls.move(seen.claimed(at=NOON))
    assert (mine(recalls, ref, GATHERED), mine(recalls, ref, CLAIMED)) == ([], [ref])
    recalls.move(claimed.told(at=NOON))
    assert mine(recalls, ref, timedelta(1)) == []


def test_what_is_kept_of_recalls_expires(deployed: Deployed, dynamodb: Any, ref: RunRef) -> None:
    table = deployed.settings.contacts_table
    one = a_recall()
    DynamoRecallStore(dynamodb, table).put_down(begun(ref), [one])
    for key in (keys.recall_progress(ref), keys.recall(ref, one.name)):
        item = dynamodb.get_item(TableName=table, Key=key)["Item"]
        assert int(item["expires"]["N"]) == int((UNTIL + timedelta(days=7)).timestamp())
        assert one.address not in str(key)


# what the table of people tells


@pytest.fixture
def told(deployed: Deployed, tmp_path: Path, company_id: str) -> Any:
    """What the stream hands over of the company since it was asked last, as the template says."""
    [function] = (one for one in Template().functions() if one.name == "RunsNoteRecalls")
    patterns = patterns_of(function.properties["Events"]["Forbidden"]["Properties"])
    table = deployed.settings.people_table
    found = deployed.client("dynamodb").describe_table(TableName=table)["Table"]
    listening = Listening(found["LatestStreamArn"], "note", patterns)

    def told() -> Sequence[PersonChange | AccountChange | None]:
        records: list[dict[str, Any]] = []
        streams = deployed.client("dynamodbstreams")
        pump = StreamPump(
            streams, [listening], lambda _, event: records.extend(event["Records"]), marks=tmp_path
        )
        pump.pump(listening)
        ours = [one for one in records if company_id in one["dynamodb"]["Keys"]["pk"]["S"]]
        return [DynamoPeopleChanges().read(one) for one in ours]

    return told


def test_a_customer_is_told_of_as_they_were_and_are_while_something_forbids_contact(
    deployed: Deployed, dynamodb: Any, company_id: str, told: Any
) -> None:
    people = DynamoPeople(dynamodb, deployed.settings.people_table)

    def put(**fields: Any) -> Customer:
        known = people.customers(company_id, [plain.id]).get(plain.id, plain)
        people.put_customers([replace(known, **fields)])
        return people.customers(company_id, [plain.id])[plain.id]

    plain = a_customer(company_id=company_id)
    first = put()
    assert told() == []
    second = put(flags=frozenset({Flag.DISPUTE}))
    [change] = told()
    assert (change.before, change.now) == (first, second)
    put(flags=frozenset())
    assert told() == []
    third = put(contacts=(a_phone(status=OPTED_OUT),))
    put(contacts=(a_phone(status="inactive"),))
    put(marketing_opt_out=True)
    assert told()[0].now == third
    assert told() == []


def test_an_account_is_told_of_once_it_is_settled_by_whatever_store(
    deployed: Deployed, dynamodb: Any, company_id: str, told: Any
) -> None:
    known = deployed.settings
    people = DynamoPeople(dynamodb, known.people_table)
    store = DynamoEnrollmentStore(
        dynamodb, known.enrollments_table, people_table=known.people_table
    )
    people.put_accounts([an_account(company_id=company_id)])
    assert told() == []
    [was] = people.accounts(company_id, [an_account(company_id=company_id).id]).values()
    assert store.settle(was.settled(NOON))
    [change] = told()
    assert (change.before, change.now) == (was, was.settled(NOON))
    assert Codec(Account).encode(change.now) is not None
