"""POST /v1/messages/{messageId}/retry."""

import json

from campaigns import wiring
from campaigns.domain.message import Message, MessageStatus
from local.provision import client
from tests.builders import a_message, a_wording, an_id
from tests.integration.conftest import Deployment
from tests.integration.lender import Answer, Lender

RETRY = "management/retry_message"


def in_doubt(lender: Lender) -> Message:
    store = wiring.messages()
    [queued] = store.add([(a_message(company_id=lender.id), a_wording())])
    claimed = store.move(queued, queued.claimed(queued.created_at))
    doubtful = claimed.settled(MessageStatus.IN_DOUBT, "sender_died", at=queued.created_at)
    return store.move(claimed, doubtful)


def retried(lender: Lender, message: Message) -> Answer:
    return lender.call(RETRY, ids={"messageId": message.id})


def test_a_message_in_doubt_goes_back_to_the_queue(lender: Lender, deployed: Deployment) -> None:
    message = in_doubt(lender)
    answer = retried(lender, message)
    assert (answer.status, answer.body["status"]) == (200, "queued")
    kept = wiring.messages().find(message.ref)
    assert kept is not None
    assert kept.send_by > wiring.now()
    sqs = client("sqs", deployed.environment["AWS_ENDPOINT_URL"])
    url = deployed.environment["MESSAGE_QUEUE_URL"]
    came = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(one["Body"]) for one in came]
    assert [message.id] in [one["message_ids"] for one in bodies]
    for one in came:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def test_only_a_message_in_doubt_is_sent_again(lender: Lender) -> None:
    [queued] = wiring.messages().add([(a_message(company_id=lender.id), a_wording())])
    answer = retried(lender, queued)
    assert answer.status == 409
    assert "the message is queued" in answer.body["detail"]


def test_another_company_has_no_such_message(lender: Lender, stranger: Lender) -> None:
    message = in_doubt(lender)
    assert retried(stranger, message).status == 404
    assert lender.call(RETRY, ids={"messageId": an_id()}).status == 404
    assert lender.call(RETRY, ids={"messageId": "x"}).status == 404
