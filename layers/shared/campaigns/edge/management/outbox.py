"""Messages as the outbox shows them."""

from typing import Self

from campaigns.domain.channel import Channel
from campaigns.domain.message import Message, Wording
from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.edge.wire import Moment, Wire


class CardOut(Wire):
    image_url: str
    body: list[str]


class WordingOut(Wire):
    """Each channel uses some of it: of e-mails subject, text and html, of texts the text, of
    WhatsApp the name of its template and what fills it in."""

    subject: str
    text: str
    html: str
    template_name: str
    header: list[str]
    image_url: str
    body: list[str]
    cards: list[CardOut]

    @classmethod
    def of(cls, said: Wording) -> Self:
        return cls(
            subject=said.subject,
            text=said.text,
            html=said.html,
            template_name=said.template_name,
            header=list(said.header),
            image_url=said.image_url,
            body=list(said.body),
            cards=[CardOut(image_url=one.image_url, body=list(one.body)) for one in said.cards],
        )


class OutboxOut(Wire):
    """A test of a template belongs to no campaign."""

    id: str
    channel: Channel
    address: str
    language: str
    campaign_id: str | None
    run_id: str | None
    template_id: str
    template_version: int
    created_at: Moment
    content: WordingOut

    @classmethod
    def of(cls, message: Message, said: Wording) -> Self:
        return cls(
            id=message.id,
            channel=message.channel,
            address=message.address,
            language=message.language,
            campaign_id=show(CAMPAIGN, message.campaign_id) if message.campaign_id else None,
            run_id=show(RUN, message.run_id) if message.run_id else None,
            template_id=message.template_id,
            template_version=message.template_version,
            created_at=message.created_at,
            content=WordingOut.of(said),
        )
