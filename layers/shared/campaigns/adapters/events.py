"""Events on an EventBridge bus."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.events import Event, EventsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "campaigns"


class EventBridgeEvents:
    """All of one service on one bus; rules there tell events apart by their type."""

    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, event: Event) -> None:
        try:
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus,
                        "Source": SOURCE,
                        "DetailType": event.type,
                        "Detail": json.dumps(dict(event.detail)),
                    }
                ]
            )
        except ClientError as error:
            raise EventsUnavailable(error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise EventsUnavailable(type(error).__name__) from error
        if answer["FailedEntryCount"]:
            # The call went through and the entry did not: throttling looks like this, too.
            raise EventsUnavailable(answer["Entries"][0].get("ErrorCode", "no reason given"))
