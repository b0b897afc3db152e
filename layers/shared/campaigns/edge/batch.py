"""A batch of messages from a queue: each is taken for itself, and those not done come again."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from campaigns.edge.event import Event
from campaigns.observability import logger


@dataclass(frozen=True, slots=True)
class Message:
    receipt: str
    body: Any
    """JSON, read."""


def until_done(
    work: Callable[[Any], timedelta | None], put_off: Callable[[str, timedelta], None]
) -> Callable[[Message], bool]:
    """Takes a message by its body; `work` answers how long it has to wait for more, if it has."""

    def take(message: Message) -> bool:
        wait = work(message.body)
        if wait is not None:
            put_off(message.receipt, wait)
        return wait is None

    return take


def take_each(event: Event, take: Callable[[Message], bool]) -> dict[str, Any]:
    """What Lambda wants to hear of a batch; `take` answers whether a message is done.

    All at once, so that one that takes long keeps none of the others. One that fails is logged.
    """

    def is_done(record: Event) -> bool:
        try:
            return take(Message(record["receiptHandle"], json.loads(record["body"])))
        except Exception:
            logger.exception("a message failed", extra={"message_id": record["messageId"]})
            return False

    records = event["Records"]
    with ThreadPoolExecutor(max_workers=len(records)) as pool:
        done = list(pool.map(is_done, records))
    return {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record, is_it in zip(records, done, strict=True)
            if not is_it
        ]
    }
