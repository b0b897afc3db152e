"""Drains the queues that some function of the template listens to, as Lambda would."""

import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

Invoke = Callable[[str, dict[str, Any]], Any]

_PAUSE_S = 0.1


class QueueDrain:
    """A message is deleted once its function has taken it; else it comes again later."""

    def __init__(
        self, sqs: Any, sources: dict[str, str], invoke: Invoke, *, wait_seconds: int = 1
    ) -> None:
        """`sources` maps the URL of a queue to the function that takes its messages.

        To stop takes as long as the wait for a message: with none it is at once, at the price
        of asking more often.
        """
        self._sqs = sqs
        self._sources = sources
        self._invoke = invoke
        self._wait = wait_seconds
        self._stopped = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        for url, function in self._sources.items():
            thread = Thread(target=self._forever, args=(url, function), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def drain(self, url: str, function: str) -> int:
        """Take what is there now; answer how many messages were taken."""
        answer = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=self._wait
        )
        taken = 0
        for message in answer.get("Messages", []):
            record = {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            try:
                self._invoke(function, {"Records": [record]})
            except Exception as failure:
                print(f"{function} failed: {failure!r}", file=sys.stderr)
                continue
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken += 1
        return taken

    def _forever(self, url: str, function: str) -> None:
        while not self._stopped.is_set():
            try:
                if not self.drain(url, function) and not self._wait:
                    self._stopped.wait(_PAUSE_S)
            except (BotoCoreError, ClientError) as trouble:
                if not self._stopped.wait(1):
                    print(f"queue of {function}: {trouble}", file=sys.stderr)
