"""Providers tell what became of messages, and people answer them."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.message_event import read_events
from campaigns.edge.batch import Message, take_each
from campaigns.observability import triggered
from campaigns.usecases.take_message_event import take_message_event


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    # Made before the messages are taken all at once.
    take = partial(
        take_message_event,
        messages=wiring.messages(),
        people=wiring.people(),
        timeline=wiring.timeline(),
        now=wiring.now,
    )

    def take_notification(message: Message) -> bool:
        for told in read_events(message.body):
            take(told)
        return True

    return take_each(event, take_notification)
