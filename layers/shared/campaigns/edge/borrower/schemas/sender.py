"""Bulk senders as the borrower API takes and shows them."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field

from campaigns.domain.channel import Channel
from campaigns.domain.public_id import SENDER, show
from campaigns.domain.sender import Sender
from campaigns.edge.wire import ExternalId, Moment, Wire

_NAMES = {
    "interaction_subject": "subject",
    "interaction_theme": "theme",
    "interaction_channel": "channel",
}
"""Fields that are called otherwise inside."""

Text = Annotated[str, Field(min_length=1, max_length=100)]


class SenderIn(Wire):
    """Only the fields that are sent count; `null` clears."""

    external_id: ExternalId | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    interaction_subject: Text | None = None
    interaction_theme: Text | None = None
    interaction_channel: Channel | None = None

    def changes(self) -> Mapping[str, Any]:
        return {_NAMES.get(name, name): getattr(self, name) for name in self.model_fields_set}


class SenderOut(Wire):
    id: str
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None
    external_id: str | None
    name: str
    interaction_subject: str
    interaction_theme: str | None
    interaction_channel: Channel | None

    @classmethod
    def of(cls, sender: Sender) -> Self:
        return cls(
            id=show(SENDER, sender.id),
            created_at=sender.created_at,
            updated_at=sender.updated_at,
            deleted_at=sender.deleted_at,
            external_id=sender.external_id,
            name=sender.name,
            interaction_subject=sender.subject,
            interaction_theme=sender.theme,
            interaction_channel=sender.channel,
        )
