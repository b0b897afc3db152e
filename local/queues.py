"""Drains the queues that some function of the template listens to, as Lambda would."""

import sys
from collections.abc import Callable, Iterable
from threading import Event, Thread
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local.patience import Patience

Invoke = Callable[[str, dict[str, Any]], Any]


class Source(NamedTuple):
    """A queue, and the function that takes its messages, so many at a time."""

    url: str
    function: str
    batch: int


class QueueDrain:
    """A message is deleted once its function has taken it; else it comes again later."""

    def __init__(
        self, sqs: Any, sources: Iterable[Source], invoke: Invoke, *, hurry: bool = False
    ) -> None:
        """In a hurry, a message that was not taken comes again at once, and to stop is at once.

        Else to stop takes as long as the wait for a message.
        """
        self._sqs = sqs
        self._sources = list(sources)
        self._invoke = invoke
        self._hurry = hurry
        self._stopped = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        for source in self._sources:
            thread = Thread(target=self._forever, args=(source,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def drain(self, source: Source) -> int:
        """Take what is there now; answer how many messages were taken."""
        answer = self._sqs.receive_message(
            QueueUrl=source.url,
            MaxNumberOfMessages=source.batch,
            WaitTimeSeconds=0 if self._hurry else 1,
            MessageSystemAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return 0
        left = self._not_taken(source, messages)
        for message in messages:
            receipt = {"QueueUrl": source.url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] not in left:
                self._sqs.delete_message(**receipt)
            elif self._hurry:
                self._sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
        return len(messages) - len(left)

    def _not_taken(self, source: Source, messages: list[dict[str, Any]]) -> set[str]:
        """The ids of those that have to come again: all where the function fails."""
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for message in messages
        ]
        try:
            answer = self._invoke(source.function, {"Records": records}) or {}
        except Exception as failure:
            print(f"{source.function} failed: {failure!r}", file=sys.stderr)
            return {message["MessageId"] for message in messages}
        return {failed["itemIdentifier"] for failed in answer.get("batchItemFailures", [])}

    def _forever(self, source: Source) -> None:
        patience = Patience(self._stopped)
        while not self._stopped.is_set():
            try:
                if not self.drain(source) and self._hurry:
                    patience.pause(idle=True)
                else:
                    patience = Patience(self._stopped)
            except (BotoCoreError, ClientError) as trouble:
                if not self._stopped.wait(1):
                    print(f"queue of {source.function}: {trouble}", file=sys.stderr)
