"""Events were told: have each sent to the webhooks of its company that want it."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.webhook_delivery import Told
from campaigns.edge.batch import Message, take_each
from campaigns.observability import logger, triggered
from campaigns.usecases.address_event import address_event


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    # Made before the messages are taken all at once.
    address = partial(
        address_event,
        webhooks=wiring.webhooks(),
        deliveries=wiring.webhook_deliveries(),
        queue=wiring.webhook_queue(),
        now=wiring.now,
    )

    def take(message: Message) -> bool:
        told = Told.of(message.body)
        logger.info("addressed", event_id=told.id, webhooks=address(told))
        return True

    return take_each(event, take)
