"""What providers tell of messages, and what people answer: read from the forms that they come in.

Whatever is not known, or is about no message of ours, is nothing; so providers may add kinds of
events. What is read says which message it is about by what was sent along with it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from campaigns.domain.channel import Channel
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.message import MessageRef, MessageStatus

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a message."""

    ref: MessageRef
    status: MessageStatus
    reason: str = ""
    unreachable: bool = False
    """Whether its address reaches nobody, now and later."""
    unwanted: bool = False
    """Whether the person does not want to be written to there."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody wrote back. `id` is the provider's."""

    id: str
    channel: Channel
    address: str
    text: str


MessageEvent: TypeAlias = Told | Reply


def read_events(body: Json) -> Iterator[MessageEvent]:
    """Of one notification, however often it comes."""
    for is_theirs, read in _FORMS:
        if is_theirs(body):
            yield from read(body)
            return


def _ref(company: Any, message: Any) -> MessageRef | None:
    try:
        return MessageRef(as_uuid(str(company)), as_uuid(str(message)))
    except NotAUuid:
        return None


# ── e-mail: Amazon SES, by its event destinations ────────────────────────────

_EMAIL: Mapping[str, MessageStatus] = {
    "Send": MessageStatus.SENT,
    "Delivery": MessageStatus.DELIVERED,
    "Bounce": MessageStatus.BOUNCED,
    "Complaint": MessageStatus.COMPLAINED,
    "Reject": MessageStatus.BOUNCED,
}


def _is_email(body: Json) -> bool:
    return "mail" in body and "eventType" in body


def _email(body: Json) -> Iterator[MessageEvent]:
    tags = body["mail"].get("tags", {})
    ref = _ref(*(next(iter(tags.get(name, [])), "") for name in ("company", "message")))
    status = _EMAIL.get(body["eventType"])
    if ref is None or status is None:
        return
    kind = body["eventType"]
    if kind == "Bounce":
        bounce = body.get("bounce", {})
        lasting = bounce.get("bounceType") == "Permanent"
        yield Told(ref, status, "bounced" if lasting else "bounced_for_now", unreachable=lasting)
    elif kind == "Complaint":
        # Told of all by some mail programs when somebody takes a mail out of the spam folder.
        unwanted = body.get("complaint", {}).get("complaintFeedbackType") != "not-spam"
        if unwanted:
            yield Told(ref, status, "complained", unwanted=True)
    else:
        yield Told(ref, status, "rejected" if kind == "Reject" else "")


# ── texts: AWS End User Messaging SMS ────────────────────────────────────────

_TEXT: Mapping[str, MessageStatus] = {
    "TEXT_SENT": MessageStatus.SENT,
    "TEXT_SUCCESSFUL": MessageStatus.SENT,
    "TEXT_DELIVERED": MessageStatus.DELIVERED,
}
_TEXT_FAILED = {
    "TEXT_BLOCKED": "blocked",
    "TEXT_CARRIER_BLOCKED": "blocked_by_carrier",
    "TEXT_CARRIER_UNREACHABLE": "carrier_unreachable",
    "TEXT_INVALID": "invalid_number",
    "TEXT_INVALID_MESSAGE": "not_valid",
    "TEXT_PROTECT_BLOCKED": "blocked",
    "TEXT_SPAM": "taken_for_spam",
    "TEXT_TTL_EXPIRED": "too_late",
    "TEXT_UNREACHABLE": "unreachable",
}


def _is_text(body: Json) -> bool:
    return str(body.get("eventType", "")).startswith("TEXT_")


def _text(body: Json) -> Iterator[MessageEvent]:
    context = body.get("context") or {}
    ref = _ref(context.get("company"), context.get("message"))
    kind = body["eventType"]
    if ref is None:
        return
    if kind in _TEXT:
        yield Told(ref, _TEXT[kind])
    elif reason := _TEXT_FAILED.get(kind):
        lasting = reason == "invalid_number"
        yield Told(ref, MessageStatus.BOUNCED, reason, unreachable=lasting)


def _is_text_reply(body: Json) -> bool:
    return "originationNumber" in body and "messageBody" in body


def _text_reply(body: Json) -> Iterator[MessageEvent]:
    id = str(body.get("inboundMessageId") or "")
    if id:
        yield Reply(id, Channel.TEXT, str(body["originationNumber"]), str(body["messageBody"]))


# ── WhatsApp: AWS End User Messaging Social ──────────────────────────────────

_WHATSAPP: Mapping[str, MessageStatus] = {
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "failed": MessageStatus.BOUNCED,
}
_UNDELIVERABLE = "131026"
"""The number is not on WhatsApp, or cannot take such messages."""
_STOPPED = "131050"
"""They told WhatsApp that they want no more marketing of the company. Nothing else is sent to the
number then, either: nobody has to say it in better words."""


def _is_whatsapp(body: Json) -> bool:
    return "whatsAppWebhookEntry" in body


def _whatsapp(body: Json) -> Iterator[MessageEvent]:
    entry = body["whatsAppWebhookEntry"]
    told = json.loads(entry) if isinstance(entry, str) else entry
    for change in told.get("changes", []):
        value = change.get("value", {})
        for one in value.get("statuses", []):
            company, _, message = str(one.get("biz_opaque_callback_data") or "").partition("/")
            ref, status = _ref(company, message), _WHATSAPP.get(one.get("status"))
            if ref is not None and status is not None:
                errors = [str(error.get("code", "")) for error in one.get("errors") or []]
                code = errors[0] if errors else ""
                reason = f"whatsapp_{code or 'failed'}" if one["status"] == "failed" else ""
                yield Told(
                    ref,
                    status,
                    reason,
                    unreachable=code == _UNDELIVERABLE,
                    unwanted=code == _STOPPED,
                )
        for one in value.get("messages", []):
            if text := _said(one):
                address = f"+{str(one.get('from', '')).removeprefix('+')}"
                yield Reply(str(one.get("id") or ""), Channel.WHATSAPP, address, text)


def _said(message: Json) -> str:
    """What was typed, or stood on the button that was pressed."""
    button = message.get("interactive", {}).get("button_reply", {})
    for text in (
        message.get("text", {}).get("body"),
        message.get("button", {}).get("text"),
        button.get("title"),
    ):
        if text:
            return str(text)
    return ""


_FORMS: tuple[tuple[Callable[[Json], bool], Callable[[Json], Iterator[MessageEvent]]], ...] = (
    (_is_email, _email),
    (_is_text, _text),
    (_is_text_reply, _text_reply),
    (_is_whatsapp, _whatsapp),
)
