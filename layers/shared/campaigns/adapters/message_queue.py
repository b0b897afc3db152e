"""Parcels of messages on an SQS queue."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from campaigns.adapters.delivery_queue import put_off
from campaigns.domain.errors import Unavailable
from campaigns.domain.message import Parcel

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10
"""Of one request, as SQS has it."""
_TRIES = 3


class QueueBusy(Unavailable):
    code = "queue_busy"

    def __init__(self) -> None:
        super().__init__("the queue of messages does not take them; try again")


class SqsMessageQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Raises QueueBusy; then some of them may be in the queue."""
        for start in range(0, len(parcels), _AT_ONCE):
            left = {
                str(place): json.dumps(asdict(parcel))
                for place, parcel in enumerate(parcels[start : start + _AT_ONCE])
            }
            for _ in range(_TRIES):
                # The group makes it a fair queue: a company with few messages need not wait.
                answer = self._client.send_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": id, "MessageBody": body, "MessageGroupId": parcels[0].company_id}
                        for id, body in left.items()
                    ],
                )
                failed = {one["Id"] for one in answer.get("Failed", [])}
                left = {id: body for id, body in left.items() if id in failed}
                if not left:
                    break
            else:
                raise QueueBusy

    def put_off(self, receipt: str, wait: timedelta) -> None:
        put_off(self._client, self._url, receipt, wait)
