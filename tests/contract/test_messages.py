"""The promises of what messages need: their store, the line of senders, the queue, the outbox."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.messages import DynamoMessageStore, DynamoOutbox
from campaigns.adapters.dynamodb.notices import DynamoNotices
from campaigns.adapters.dynamodb.pace import DynamoPace
from campaigns.adapters.memory_sending import (
    MemoryMessageQueue,
    MemoryMessageStore,
    MemoryNotices,
    MemoryOutbox,
    MemoryPace,
)
from campaigns.adapters.message_queue import SqsMessageQueue
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    Card,
    Message,
    MessageRef,
    MessageStatus,
    Parcel,
    Recipient,
    Wording,
)
from campaigns.domain.pace import HORIZON, Rate
from campaigns.ports import MessageStore, Notices, Outbox, Pace
from tests.builders import NOON, a_message, a_wording, an_id
from tests.contract.conftest import Deployed

DAYS = 400


def table(request: pytest.FixtureRequest) -> tuple[Any, str]:
    deployed: Deployed = request.getfixturevalue("deployed")
    return request.getfixturevalue("dynamodb"), deployed.settings.messages_table


@pytest.fixture(params=["memory", "dynamodb"])
def messages(request: pytest.FixtureRequest) -> MessageStore:
    if request.param == "memory":
        return MemoryMessageStore()
    return DynamoMessageStore(*table(request), days=DAYS)


@pytest.fixture(params=["memory", "dynamodb"])
def pace(request: pytest.FixtureRequest) -> Pace:
    return MemoryPace() if request.param == "memory" else DynamoPace(*table(request))


@pytest.fixture(params=["memory", "dynamodb"])
def outbox(request: pytest.FixtureRequest) -> Outbox:
    return MemoryOutbox() if request.param == "memory" else DynamoOutbox(*table(request), days=DAYS)


def sent(messages: MessageStore, message: Message, provider_id: str = "p-1") -> Message:
    claimed = messages.move(message, message.claimed(NOON))
    return messages.move(claimed, claimed.sent(provider_id, at=NOON))


# ── messages ─────────────────────────────────────────────────────────────────


def test_a_message_comes_back_as_it_went_in(messages: MessageStore, company_id: str) -> None:
    message = a_message(company_id=company_id, debt=an_id(), subject="freeForm")
    said = Wording(
        template_name="due",
        header=("Ada",),
        body=("1", "2"),
        cards=(Card(image_url="https://x.example/1.png", body=("3",)), Card()),
    )
    assert messages.add([(message, said)]) == [message]
    assert messages.find(message.ref) == message
    assert messages.many(company_id, [message.id, an_id()]) == {message.id: message}
    assert messages.wordings(company_id, [message.id, an_id()]) == {message.id: said}


def test_a_message_is_there_for_its_company_only(messages: MessageStore, company_id: str) -> None:
    [message] = messages.add([(a_message(company_id=company_id), a_wording())])
    other = an_id()
    assert messages.find(MessageRef(other, message.id)) is None
    assert messages.many(other, [message.id]) == {}
    assert messages.wordings(other, [message.id]) == {}


def test_adding_again_keeps_what_became_of_the_first(
    messages: MessageStore, company_id: str
) -> None:
    run = an_id()
    all_of_them = [a_message(company_id=company_id, run_id=run) for _ in range(60)]
    early, late = all_of_them[:25], all_of_them[25:]
    messages.add([(one, a_wording()) for one in early])
    moved = sent(messages, early[3])
    kept = messages.add([(one, a_wording(text="Another text.")) for one in all_of_them])
    assert [one.id for one in kept] == [one.id for one in all_of_them]
    assert kept[3] == moved
    said = messages.wordings(company_id, [early[0].id, late[0].id])
    assert said[early[0].id] == a_wording()
    assert said[late[0].id] == a_wording(text="Another text.")
    assert messages.tally(company_id, run).counts == {
        (Channel.EMAIL, MessageStatus.QUEUED): 59,
        (Channel.EMAIL, MessageStatus.SENT): 1,
    }


def test_a_message_moves_from_the_version_it_was_read_at(
    messages: MessageStore, company_id: str
) -> None:
    [message] = messages.add([(a_message(company_id=company_id), a_wording())])
    claimed = messages.move(message, message.claimed(NOON))
    assert claimed == replace(message.claimed(NOON), version=1)
    with pytest.raises(ChangedMeanwhile):
        messages.move(message, message.settled(MessageStatus.CANCELED, "late", at=NOON))
    assert messages.find(message.ref) == claimed
    tally = messages.tally(company_id, message.run_id)
    assert tally.counts == {(Channel.EMAIL, MessageStatus.CLAIMED): 1}
    assert (tally.open, tally.went_out, tally.all) == (1, 0, 1)


def test_a_message_that_there_is_not_does_not_move(messages: MessageStore, company_id: str) -> None:
    nobody = a_message(company_id=company_id)
    with pytest.raises(ChangedMeanwhile):
        messages.move(nobody, nobody.claimed(NOON))
    assert messages.tally(company_id, nobody.run_id).counts == {}


def test_of_many_who_claim_at_once_one_does(messages: MessageStore, company_id: str) -> None:
    [message] = messages.add([(a_message(company_id=company_id), a_wording())])
    together = Barrier(8)

    def claim(_: int) -> bool:
        together.wait()
        try:
            messages.move(message, message.claimed(NOON))
        except ChangedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) == 1
    assert messages.tally(company_id, message.run_id).open == 1


def test_runs_and_channels_are_counted_apart(messages: MessageStore, company_id: str) -> None:
    run = an_id()
    mine = a_message(company_id=company_id, run_id=run, channel=Channel.TEXT)
    messages.add([(mine, a_wording()), (a_message(company_id=company_id, run_id=run), a_wording())])
    messages.add([(a_message(company_id=company_id), a_wording())])
    assert messages.tally(company_id, run).counts == {
        (Channel.EMAIL, MessageStatus.QUEUED): 1,
        (Channel.TEXT, MessageStatus.QUEUED): 1,
    }
    assert messages.tally(an_id(), run).counts == {}


def test_whoever_was_reached_at_an_address_is_known(
    messages: MessageStore, company_id: str
) -> None:
    address = f"{an_id()}@example.com"
    first, second = (
        a_message(company_id=company, address=address, person_id=an_id())
        for company in (company_id, an_id())
    )
    again = a_message(company_id=company_id, address=address, person_id=first.person_id)
    messages.add([(a_message(company_id=company_id, address=address), a_wording())])
    for one in (first, second, again):
        messages.add([(one, a_wording())])
        sent(messages, one)
    assert sorted(messages.reached(Channel.EMAIL, address), key=str) == sorted(
        [
            Recipient(company_id, first.person_id, again.id),
            Recipient(second.company_id, second.person_id, second.id),
        ],
        key=str,
    )
    assert messages.reached(Channel.TEXT, address) == []


def test_a_message_is_forgotten_after_its_days(
    request: pytest.FixtureRequest, company_id: str
) -> None:
    client, name = table(request)
    [message] = DynamoMessageStore(client, name, days=DAYS).add(
        [(a_message(company_id=company_id), a_wording())]
    )
    for key in (keys.message(company_id, message.id), keys.wording(company_id, message.id)):
        item = client.get_item(TableName=name, Key=key)["Item"]
        assert item["expires"]["N"] == str(int((NOON + timedelta(days=DAYS)).timestamp()))


# ── notices ──────────────────────────────────────────────────────────────────


@pytest.fixture(params=["memory", "dynamodb"])
def notices(request: pytest.FixtureRequest) -> Notices:
    return MemoryNotices() if request.param == "memory" else DynamoNotices(*table(request))


def test_the_last_time_of_each_subject_is_known_whatever_the_order(
    notices: Notices, company_id: str
) -> None:
    person, debt = an_id(), an_id()
    about = {"company_id": company_id, "person_id": person, "debt": debt}
    early = a_message(**about, subject="freeForm", sent_at=NOON)
    late = a_message(**about, subject="freeForm", sent_at=NOON + timedelta(days=3))
    other = a_message(**about, subject="custom1", sent_at=NOON)
    for told in ([late], [early, other], [late, early]):
        notices.sent(told)
    last = {"freeForm": late.sent_at, "custom1": other.sent_at}
    assert notices.last(company_id, [(person, debt), (person, "")]) == {(person, debt): last}
    assert notices.last(an_id(), [(person, debt)]) == {}


# ── the line ─────────────────────────────────────────────────────────────────


def test_turns_follow_one_another_at_the_rate(pace: Pace, company_id: str) -> None:
    rate, now = Rate(10), NOON.timestamp()
    first = pace.take(company_id, Channel.EMAIL, 20, rate, now)
    second = pace.take(company_id, Channel.EMAIL, 5, rate, now + 0.5)
    assert first.start == pytest.approx(now)
    assert (first.count, second.count) == (20, 5)
    assert second.start == pytest.approx(now + 20 * rate.gap, abs=1e-3)


def test_a_line_that_stood_idle_gives_no_more_at_once(pace: Pace, company_id: str) -> None:
    rate, now = Rate(10), NOON.timestamp()
    pace.take(company_id, Channel.EMAIL, 1, rate, now)
    later = pace.take(company_id, Channel.EMAIL, 3, rate, now + 100)
    after = pace.take(company_id, Channel.EMAIL, 3, rate, now + 100)
    assert later.start == pytest.approx(now + 100)
    assert after.start == pytest.approx(now + 100 + 3 * rate.gap, abs=1e-3)


def test_nobody_is_given_a_turn_far_ahead(pace: Pace, company_id: str) -> None:
    rate, now = Rate(1), NOON.timestamp()
    pace.take(company_id, Channel.TEXT, 20, rate, now)
    refused = pace.take(company_id, Channel.TEXT, 1, rate, now)
    assert refused.count == 0
    assert refused.start == pytest.approx(now + 20 * rate.gap - HORIZON, abs=1e-3)
    assert pace.take(company_id, Channel.TEXT, 1, rate, refused.start + 0.01).count == 1


def test_companies_and_channels_have_lines_of_their_own(pace: Pace, company_id: str) -> None:
    rate, now = Rate(1), NOON.timestamp()
    for company, channel in (
        (company_id, Channel.TEXT),
        (company_id, Channel.EMAIL),
        (an_id(), Channel.TEXT),
    ):
        assert pace.take(company, channel, 9, rate, now).start == pytest.approx(now)


def test_nobody_shares_a_turn(pace: Pace, company_id: str) -> None:
    rate, now = Rate(1000), NOON.timestamp()
    with ThreadPoolExecutor(8) as pool:
        turns = list(
            pool.map(lambda _: pace.take(company_id, Channel.EMAIL, 10, rate, now), range(40))
        )
    starts = sorted(turn.start for turn in turns)
    gaps = [late - early for early, late in pairwise(starts)]
    assert min(gaps) == pytest.approx(10 * rate.gap, abs=1e-3)


# ── the queue, the outbox ────────────────────────────────────────────────────


def some_parcels(count: int) -> list[Parcel]:
    return [Parcel(an_id(), an_id(), an_id(), (an_id(), an_id())) for _ in range(count)]


def test_parcels_come_out_of_the_queue(deployed: Deployed) -> None:
    sqs = deployed.client("sqs")
    url = sqs.create_queue(QueueName=f"parcels-{an_id()}")["QueueUrl"]
    parcels = some_parcels(23)
    SqsMessageQueue(sqs, url).put(parcels)
    came = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        came += [json.loads(one["Body"]) for one in found]
    as_sent = [json.loads(json.dumps(asdict(one))) for one in parcels]
    assert sorted(came, key=str) == sorted(as_sent, key=str)


def test_parcels_wait_in_memory_too() -> None:
    queue, parcels = MemoryMessageQueue(), some_parcels(3)
    queue.put(parcels)
    assert queue.waiting == parcels


def test_the_outbox_shows_each_message_once_in_order(outbox: Outbox, company_id: str) -> None:
    made = sorted((a_message(company_id=company_id) for _ in range(5)), key=lambda one: one.id)
    for one in made:
        outbox.put(one, a_wording(text="First."))
        outbox.put(one, a_wording())
    listed = list(outbox.list(company_id, after=None, limit=3))
    assert listed == [(one, a_wording()) for one in made[:3]]
    assert [one for one, _ in outbox.list(company_id, after=made[2].id, limit=3)] == made[3:]
    assert list(outbox.list(an_id(), after=None, limit=3)) == []
