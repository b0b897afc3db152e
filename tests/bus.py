"""Somebody who listens on an event bus: a rule for everything, and a queue behind it."""

import json
from typing import Any
from uuid import uuid4

from local.provision import client

WAIT_S = 10


class Listener:
    def __init__(self, endpoint: str, bus: str) -> None:
        name = f"heard-{uuid4().hex[:8]}"
        self._sqs = client("sqs", endpoint)
        self._url: str = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        events = client("events", endpoint)
        pattern = json.dumps({"source": ["campaigns"]})
        events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
        target = {"Id": name, "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule=name, EventBusName=bus, Targets=[target])

    def next(self) -> dict[str, Any]:
        """The next event, which has to come soon."""
        answer = self._sqs.receive_message(QueueUrl=self._url, WaitTimeSeconds=WAIT_S)
        [message] = answer["Messages"]
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        event: dict[str, Any] = json.loads(message["Body"])
        return event

    def is_quiet(self) -> bool:
        """Whether nothing has arrived; what is published arrives before the call returns."""
        return not self._sqs.receive_message(QueueUrl=self._url).get("Messages")
