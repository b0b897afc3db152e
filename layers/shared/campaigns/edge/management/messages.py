"""One message, and a test of a template."""

from typing import Annotated, Self

from pydantic import Field

from campaigns.domain.channel import Channel
from campaigns.domain.message import Message, MessageStatus
from campaigns.edge.management.templates import PreviewIn
from campaigns.edge.wire import Moment, Wire


class MessageOut(Wire):
    id: str
    channel: Channel
    status: MessageStatus
    reason: str
    attempts: int
    sent_at: Moment | None
    updated_at: Moment

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            id=message.id,
            channel=message.channel,
            status=message.status,
            reason=message.reason,
            attempts=message.attempts,
            sent_at=message.sent_at,
            updated_at=message.updated_at,
        )


class TestSendIn(PreviewIn):
    """What a preview takes, and where it goes: one of the company's `brand.testRecipients`."""

    __test__ = False

    to: Annotated[str, Field(min_length=3, max_length=320)]
