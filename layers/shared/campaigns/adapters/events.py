"""Events on an EventBridge bus."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.events import Event, EventsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "campaigns"
_AT_ONCE = 10
"""More entries EventBridge does not take in one call."""


class EventBridgeEvents:
    """All of one service on one bus; rules there tell events apart by their type."""

    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, *events: Event) -> None:
        for start in range(0, len(events), _AT_ONCE):
            self._put(events[start : start + _AT_ONCE])

    def _put(self, events: Sequence[Event]) -> None:
        try:
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus,
                        "Source": SOURCE,
                        "DetailType": event.type,
                        "Detail": json.dumps(dict(event.detail)),
                    }
                    for event in events
                ]
            )
        except ClientError as error:
            raise EventsUnavailable(error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise EventsUnavailable(type(error).__name__) from error
        if answer["FailedEntryCount"]:
            # The call went through and an entry did not: throttling looks like this, too.
            codes = (entry.get("ErrorCode") for entry in answer["Entries"])
            raise EventsUnavailable(next(filter(None, codes), "no reason given"))
