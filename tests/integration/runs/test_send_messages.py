import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import CampaignStatus
from campaigns.domain.channel import Channel
from campaigns.domain.customer import OPTED_OUT
from campaigns.domain.message import Message, MessageStatus, OptedOut, Parcel, Wording
from campaigns.domain.run import RunStatus
from local.provision import client
from tests.builders import a_message, a_wording, an_email
from tests.integration.conftest import Deployment
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke
from tests.integration.management.webhooks import not_done

SEND = "runs/send_messages"
S = MessageStatus
NOON_IN_CHICAGO = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(deployed: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "_clock", lambda: NOON_IN_CHICAGO)


def a_queued(lender: Lender, number: int = 1, **but: Any) -> Message:
    """A message of a run that is under way, to somebody who may be written to."""
    campaign = lender.campaign()
    run = lender.opened(campaign)
    wiring.runs().move(run.moved(RunStatus.RUNNING, at=wiring.now()))
    address = f"p{number}-{run.id}@example.com"
    person = lender.customer(number, contacts=(an_email(address),))
    at = wiring.now()
    message = a_message(
        company_id=lender.id,
        campaign_id=campaign.id,
        run_id=run.id,
        person_id=person.id,
        address=address,
        subject="paymentDueDateReminder",
        due_at=at,
        created_at=at,
        updated_at=at,
        send_by=at + timedelta(hours=6),
    )
    [kept] = wiring.messages().add([(replace(message, **but), a_wording())])
    return kept


def parcel(*messages: Message) -> dict[str, Any]:
    first = messages[0]
    ids = tuple(one.id for one in messages)
    return asdict(Parcel(first.company_id, first.campaign_id, first.run_id, ids))


def kept(message: Message) -> Message:
    found = wiring.messages().find(message.ref)
    assert found is not None
    return found


def test_the_sample_is_about_a_message_that_does_not_exist(deployed: Deployment) -> None:
    assert invoke(SEND, sample(SEND)) == {"batchItemFailures": []}


def test_a_message_goes_to_the_outbox_the_ledger_and_the_timeline(lender: Lender) -> None:
    message = a_queued(lender)
    assert not_done(SEND, parcel(message)) == []
    sent = kept(message)
    assert (sent.status, sent.provider_id) == (S.SENT, f"outbox-{message.id}")
    [(shown, said)] = wiring.outbox().list(lender.id, after=None, limit=5)
    assert (shown.id, said) == (message.id, a_wording())
    history = wiring.contact_ledger().histories(lender.id, [message.person_id])
    [attempt] = history[message.person_id].attempts
    assert (attempt.id, attempt.channel) == (message.id, Channel.EMAIL)
    [entry] = wiring.timeline().list(lender.id, message.person_id, after=None, limit=5)
    assert (entry.id, entry.outcome) == (message.id, "sent")
    last = wiring.notices().last(lender.id, [(message.person_id, "")])
    assert last[message.person_id, ""] == {"paymentDueDateReminder": NOON_IN_CHICAGO}


def test_a_parcel_that_comes_again_changes_nothing(lender: Lender) -> None:
    message = a_queued(lender)
    assert not_done(SEND, parcel(message), parcel(message)) in ([], [0], [1])
    once = kept(message)
    assert not_done(SEND, parcel(message)) == []
    assert kept(message) == once
    assert once.status is S.SENT


def test_a_message_of_a_canceled_run_is_canceled(lender: Lender) -> None:
    message = a_queued(lender)
    run = wiring.runs().get(lender.id, message.campaign_id, message.run_id)
    wiring.runs().move(run.moved(RunStatus.CANCELED, at=wiring.now()))
    assert not_done(SEND, parcel(message)) == []
    assert kept(message).status is S.CANCELED


def test_a_message_of_a_paused_campaign_waits_in_the_queue(
    lender: Lender, deployed: Deployment
) -> None:
    message = a_queued(lender)
    campaign = wiring.campaigns().get(lender.id, message.campaign_id)
    wiring.campaigns().move(replace(campaign, status=CampaignStatus.PAUSED))
    wiring.message_queue().put([Parcel.of(parcel(message))])
    sqs = client("sqs", deployed.environment["AWS_ENDPOINT_URL"])
    url = deployed.environment["MESSAGE_QUEUE_URL"]
    [came] = sqs.receive_message(QueueUrl=url)["Messages"]
    record = {"messageId": "1", "receiptHandle": came["ReceiptHandle"], "body": came["Body"]}
    answer = invoke(SEND, {"Records": [record]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert json.loads(came["Body"])["message_ids"] == [message.id]
    assert kept(message).status is S.QUEUED
    sqs.delete_message(QueueUrl=url, ReceiptHandle=came["ReceiptHandle"])


def test_a_message_without_consent_is_held_at_its_send(lender: Lender) -> None:
    message = a_queued(lender)
    text = a_queued(lender, 2, channel=Channel.TEXT, address="+15125550123")
    lender.customer(2)
    assert not_done(SEND, parcel(message), parcel(text)) == []
    assert kept(message).status is S.SENT
    assert kept(text).status in (S.HELD, S.SUPPRESSED)


def test_whom_a_provider_knows_to_be_opted_out_is_opted_out(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing:
        repeats_safely = False

        def send(self, message: Message, wording: Wording) -> str:
            raise OptedOut

    monkeypatch.setattr(wiring, "message_channel", lambda *_: Refusing())
    message = a_queued(lender)
    assert not_done(SEND, parcel(message)) == []
    assert (kept(message).status, kept(message).reason) == (S.FAILED, "opted_out")
    person = wiring.people().customers(lender.id, [message.person_id])[message.person_id]
    assert [one.status for one in person.contacts] == [OPTED_OUT]
    [entry] = wiring.timeline().list(lender.id, message.person_id, after=None, limit=5)
    assert (entry.kind.value, entry.outcome) == ("optOut", "opted_out")


def test_test_data_reach_nobody_whatever_is_set_up(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESSAGE_PROVIDERS", "aws")
    monkeypatch.setenv("EMAIL_SENDER", "loans@example.com")
    wiring.forget()
    tried = lender.in_test()
    message = a_queued(tried)
    assert not_done(SEND, parcel(message)) == []
    assert kept(message).provider_id == f"outbox-{message.id}"
    wiring.forget()


def test_a_channel_that_is_not_set_up_fails_its_messages(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESSAGE_PROVIDERS", "aws")
    wiring.forget()
    message = a_queued(lender)
    assert not_done(SEND, parcel(message)) == []
    assert (kept(message).status, kept(message).reason) == (S.FAILED, "channel_not_set_up")
    wiring.forget()
