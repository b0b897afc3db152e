"""Deliveries to webhooks are due: try each, and put off those that have to be tried again."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.webhook_delivery import DeliveryRef
from campaigns.edge.batch import Message, take_each
from campaigns.observability import logger, triggered
from campaigns.usecases.send_to_webhook import send_to_webhook


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    # Made before the messages are taken all at once.
    queue = wiring.webhook_queue()
    send = partial(
        send_to_webhook,
        webhooks=wiring.webhooks(),
        deliveries=wiring.webhook_deliveries(),
        secrets=wiring.secrets(),
        receivers=wiring.webhook_receivers(),
        now=wiring.now,
    )

    def take(message: Message) -> bool:
        ref = DeliveryRef(**message.body)
        wait = send(ref)
        logger.info("tried", delivery_id=ref.delivery_id, wait=wait and wait.total_seconds())
        if wait is not None:
            queue.put_off(message.receipt, wait)
        return wait is None

    return take_each(event, take)
