"""A bulk sender: which notice the people of a campaign are sent, and how."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from campaigns.domain.channel import Channel
from campaigns.domain.errors import Invalid, NotFound
from campaigns.domain.notices import check_theme, notice_of

SENDING = frozenset(Channel) - {Channel.CALL}
"""A call is no message: who is to be called stands in a contact file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    id: str
    company_id: str
    external_id: str | None = None
    name: str
    subject: str
    theme: str | None = None
    channel: Channel | None = None
    """None: every channel that has a template for the subject."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    version: int = 0

    def check(self) -> None:
        """Raises UnknownSubject, ThemeMissing, SenderRefused."""
        if not self.subject:
            raise SenderRefused("is required", field="interactionSubject")
        notice = notice_of(self.subject, field="interactionSubject")
        check_theme(notice, self.theme, field="interactionTheme")
        if self.channel is not None and self.channel not in SENDING:
            message = "calls are no messages; make a contact file with a contact exporter"
            raise SenderRefused(message, field="interactionChannel")

    def deleted(self, at: datetime) -> Self:
        return replace(self, deleted_at=at, updated_at=at)


class SenderNotFound(NotFound):
    code = "sender_not_found"

    def __init__(self, sender_id: str) -> None:
        super().__init__(f"bulk sender {sender_id} does not exist")


class SenderRefused(Invalid):
    code = "sender_refused"
