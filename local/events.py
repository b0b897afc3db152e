"""What is told on the stack's event bus, overheard: kept for whoever asks, and shown."""

import json
from collections import deque
from collections.abc import Callable
from threading import Condition, Event, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.provision import client

KEPT = 200
_PAUSE_S = 0.3


class EventTap:
    """A queue of our own with a rule for everything on the bus, as a subscriber would have."""

    def __init__(self, endpoint: str, bus: str, *, show: Callable[[str], None]) -> None:
        self._endpoint = endpoint
        self._bus = bus
        self._show = show
        self._sqs = client("sqs", endpoint)
        self._url = ""
        self._stopped = Event()
        self._heard = Condition()
        self._thread: Thread | None = None
        self.recent: deque[dict[str, Any]] = deque(maxlen=KEPT)
        """As EventBridge hands them over: `source`, `detail-type`, `detail` and the rest."""

    def start(self) -> None:
        events, name = client("events", self._endpoint), f"{self._bus}-tap"
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        pattern = json.dumps({"source": [{"prefix": ""}]})
        events.put_rule(Name=name, EventBusName=self._bus, EventPattern=pattern)
        target = {"Id": "tap", "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule=name, EventBusName=self._bus, Targets=[target])
        self._thread = Thread(target=self._forever, name="event-tap", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def wait_for(
        self, wanted: Callable[[dict[str, Any]], bool], *, seconds: float = 20.0
    ) -> dict[str, Any]:
        """The first event that is wanted, heard already or soon. Raises TimeoutError."""
        with self._heard:
            if not self._heard.wait_for(lambda: any(map(wanted, self.recent)), seconds):
                raise TimeoutError(f"no such event within {seconds:g} seconds")
            return next(filter(wanted, self.recent))

    def _forever(self) -> None:
        while not self._stopped.wait(_PAUSE_S):
            try:
                self._take()
            except (BotoCoreError, ClientError) as trouble:
                self._show(f"events: {trouble}")

    def _take(self) -> None:
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                with self._heard:
                    self.recent.append(event)
                    self._heard.notify_all()
                self._show(f"event {event['detail-type']}: {json.dumps(event['detail'])}")
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return
