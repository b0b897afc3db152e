"""Webhooks made over the API, and the two functions behind them run by hand."""

import json
from typing import Any
from uuid import uuid4

from campaigns import wiring
from campaigns.domain.webhook_delivery import DeliveryRef
from local.provision import client
from tests.integration.conftest import Deployment
from tests.integration.lender import Answer, Lender, invoke

URL = "https://hooks.example.com/campaigns"


def create(lender: Lender, **fields: Any) -> Answer:
    return lender.call("management/create_webhook", body={"url": URL, **fields})


def made(lender: Lender, **fields: Any) -> Any:
    answer = create(lender, **fields)
    assert answer.status == 200, answer.body
    return answer.body


def seen(lender: Lender, webhook: Any) -> Any:
    return lender.call("management/get_webhook", ids={"webhookId": webhook["id"]}).body


def deliveries(lender: Lender, webhook: Any, **query: Any) -> Any:
    ids = {"webhookId": webhook["id"]}
    answer = lender.call("management/list_webhook_deliveries", ids=ids, query=query)
    assert answer.status == 200, answer.body
    return answer.body["items"]


def an_event(lender: Lender, **but: Any) -> dict[str, Any]:
    """As EventBridge hands it over."""
    detail = {"id": str(uuid4()), "companyId": lender.id, "status": "completed"}
    told = {"source": "campaigns", "detail-type": "RunEnded", "time": "2026-03-02T12:00:00Z"}
    return {**told, "detail": detail, **but}


def batch(*bodies: Any) -> dict[str, Any]:
    """Messages as Lambda gets them from a queue; each has the number of its place as its id."""
    return {
        "Records": [
            {"messageId": str(place), "receiptHandle": "of a test", "body": json.dumps(body)}
            for place, body in enumerate(bodies)
        ]
    }


def not_done(function: str, *bodies: Any) -> list[int]:
    """The places of those messages that the function wants to see again."""
    answer = invoke(function, batch(*bodies))
    return [int(one["itemIdentifier"]) for one in answer["batchItemFailures"]]


def queued(deployed: Deployment, lender: Lender) -> list[dict[str, str]]:
    """What of this company lies in the queue of deliveries; afterwards it is empty."""
    sqs = client("sqs", deployed.environment["AWS_ENDPOINT_URL"])
    url = deployed.environment["WEBHOOK_QUEUE_URL"]
    found = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in got:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return [one for one in found if one["company_id"] == lender.id]


def sent(deployed: Deployment, lender: Lender, *events: Any) -> None:
    """The events are addressed, and every delivery looked at once."""
    assert not_done("management/address_events", *events) == []
    invoke("management/send_webhooks", batch(*queued(deployed, lender)))


def kept(ref: dict[str, str]) -> Any:
    return wiring.webhook_deliveries().get(DeliveryRef(**ref))
