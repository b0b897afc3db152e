"""A template sent to somebody of the company's own, for a look: no run, no row, nothing counts."""

from datetime import timedelta

from campaigns.domain.brand import Brand
from campaigns.domain.channel import Channel
from campaigns.domain.errors import Invalid
from campaigns.domain.message import Message, MessageStatus, NoAnswer, SendingFailed
from campaigns.domain.template import Template
from campaigns.domain.written_message import WrittenMessage
from campaigns.pipeline.draft import wording_from
from campaigns.ports import Clock, MessageChannel, NewId

_WRITTEN_TO = frozenset({Channel.EMAIL, Channel.TEXT, Channel.WHATSAPP})


class TestRecipientRefused(Invalid):
    """Anybody else is asked about, and this asks nobody."""

    __test__ = False
    code = "test_recipient_refused"


def check_recipient(brand: Brand, template: Template, to: str) -> None:
    """Raises TestRecipientRefused."""
    if template.channel not in _WRITTEN_TO:
        raise TestRecipientRefused(
            f"a template for {template.channel} goes into a file; preview it", field="to"
        )
    if to not in brand.test_recipients:
        raise TestRecipientRefused("is none of the company's brand.testRecipients", field="to")
    if ("@" in to) != (template.channel is Channel.EMAIL):
        raise TestRecipientRefused(f"is nothing that {template.channel} reaches", field="to")


def send_test(
    template: Template,
    written: WrittenMessage,
    to: str,
    *,
    channel: MessageChannel,
    new_id: NewId,
    now: Clock,
) -> Message:
    """The message as it was sent, or why it was not. It is not kept, and no provider's event is."""
    at = now()
    claimed = Message(
        id=new_id(),
        company_id=template.company_id,
        campaign_id="",
        run_id="",
        row=0,
        person_id="",
        channel=template.channel,
        address=to,
        template_id=template.id,
        template_version=written.version,
        language=template.language,
        send_by=at + timedelta(minutes=1),
        due_at=at,
        created_at=at,
        updated_at=at,
    ).claimed(at)
    try:
        provider_id = channel.send(claimed, wording_from(written.content, template))
    except NoAnswer as silent:
        return claimed.settled(MessageStatus.IN_DOUBT, silent.reason, at=now())
    except SendingFailed as failed:
        return claimed.settled(MessageStatus.FAILED, failed.reason, at=now())
    return claimed.sent(provider_id, at=now())
