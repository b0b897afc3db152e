"""Deliveries on an SQS queue."""

import json
import math
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.webhook_delivery import DeliveryRef

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST = timedelta(hours=11, minutes=55)
"""A message can be hidden for 12 hours, counted from when it was received."""


class SqsDeliveryQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def put(self, ref: DeliveryRef) -> None:
        # The group makes it a fair queue: SQS hands out messages of quiet groups first.
        self._client.send_message(
            QueueUrl=self._url, MessageBody=json.dumps(asdict(ref)), MessageGroupId=ref.webhook_id
        )

    def put_off(self, receipt: str, wait: timedelta) -> None:
        put_off(self._client, self._url, receipt, wait)


def put_off(client: "SQSClient", url: str, receipt: str, wait: timedelta) -> None:
    """Hide what came with this receipt for so long, as far as it can be done. Never raises."""
    seconds = math.ceil(min(wait, _LONGEST).total_seconds())
    try:
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError):
        # It comes again when its visibility timeout is over, and is then put off once more.
        return
