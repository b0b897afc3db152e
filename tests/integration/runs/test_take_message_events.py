import json
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.customer import INVALID, OPTED_OUT, Customer
from campaigns.domain.message import Message, MessageStatus
from tests.builders import a_message, a_phone, a_wording, an_email, an_id
from tests.integration.conftest import Deployment
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke
from tests.integration.management.webhooks import not_done

TAKE = "runs/take_message_events"
S = MessageStatus


def a_sent(lender: Lender, channel: Channel = Channel.EMAIL, **but: Any) -> Message:
    email = channel is Channel.EMAIL
    number = str(int(an_id()[-4:], 16) % 10_000).zfill(4)
    address = f"{an_id()}@example.com" if email else f"+1512555{number}"
    contact = an_email(address) if email else a_phone(address)
    person = lender.customer(1, contacts=(contact,))
    message = a_message(
        company_id=lender.id, person_id=person.id, channel=channel, address=address, **but
    )
    store = wiring.messages()
    [queued] = store.add([(message, a_wording())])
    claimed = store.move(queued, queued.claimed(queued.created_at))
    return store.move(claimed, claimed.sent("p", at=queued.created_at))


def kept(message: Message) -> Message:
    found = wiring.messages().find(message.ref)
    assert found is not None
    return found


def person(message: Message) -> Customer:
    found = wiring.people().customers(message.company_id, [message.person_id])
    return found[message.person_id]


def entries(message: Message) -> list[tuple[str, str | None]]:
    told = wiring.timeline().list(message.company_id, message.person_id, after=None, limit=9)
    return [(one.kind.value, one.outcome) for one in told]


def email(message: Message, kind: str, **more: Any) -> dict[str, Any]:
    tags = {"company": [message.company_id], "message": [message.id]}
    return {"eventType": kind, "mail": {"messageId": "m", "tags": tags}, **more}


def text(message: Message, kind: str) -> dict[str, Any]:
    context = {"company": message.company_id, "message": message.id}
    return {"eventType": kind, "messageId": "t", "isFinal": True, "context": context}


def whatsapp(message: Message, status: str, *codes: int) -> dict[str, Any]:
    told = {
        "id": "wamid.1",
        "status": status,
        "biz_opaque_callback_data": f"{message.company_id}/{message.id}",
        "errors": [{"code": code} for code in codes],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": {"statuses": [told]}}]}
    return {"context": {}, "whatsAppWebhookEntry": json.dumps(entry), "messageId": "w"}


def test_the_sample_is_about_a_message_that_does_not_exist(deployed: Deployment) -> None:
    assert invoke(TAKE, sample(TAKE)) == {"batchItemFailures": []}


def test_a_delivery_is_taken_down(lender: Lender) -> None:
    message = a_sent(lender)
    assert not_done(TAKE, email(message, "Delivery")) == []
    assert kept(message).status is S.DELIVERED
    assert entries(message) == []


def test_an_address_that_bounces_for_good_is_not_used_any_more(lender: Lender) -> None:
    message = a_sent(lender)
    bounce = email(message, "Bounce", bounce={"bounceType": "Permanent"})
    assert not_done(TAKE, bounce, bounce) in ([], [0], [1])
    assert not_done(TAKE, bounce) == []
    assert (kept(message).status, kept(message).reason) == (S.BOUNCED, "bounced")
    assert [one.status for one in person(message).contacts] == [INVALID]
    assert entries(message) == [("wrongNumber", "bounced")]


def test_a_full_mailbox_is_no_wrong_address(lender: Lender) -> None:
    message = a_sent(lender)
    assert not_done(TAKE, email(message, "Bounce", bounce={"bounceType": "Transient"})) == []
    assert kept(message).status is S.BOUNCED
    assert person(message).contacts[0].is_usable


def test_who_complains_is_opted_out(lender: Lender) -> None:
    message = a_sent(lender)
    complaint = email(message, "Complaint", complaint={"complaintFeedbackType": "abuse"})
    assert not_done(TAKE, complaint) == []
    assert not_done(TAKE, email(message, "Delivery")) == []
    assert kept(message).status is S.COMPLAINED
    assert [one.status for one in person(message).contacts] == [OPTED_OUT]
    assert entries(message) == [("optOut", "complained")]


@pytest.mark.parametrize(
    ("kind", "status", "usable"),
    [
        ("TEXT_DELIVERED", S.DELIVERED, True),
        ("TEXT_SUCCESSFUL", S.SENT, True),
        ("TEXT_CARRIER_BLOCKED", S.BOUNCED, True),
        ("TEXT_INVALID", S.BOUNCED, False),
        ("TEXT_PENDING", S.SENT, True),
    ],
)
def test_what_became_of_a_text_is_taken_down(
    lender: Lender, kind: str, status: MessageStatus, usable: bool
) -> None:
    message = a_sent(lender, Channel.TEXT)
    assert not_done(TAKE, text(message, kind)) == []
    assert kept(message).status is status
    assert person(message).contacts[0].is_usable is usable


def test_what_became_of_a_whatsapp_is_taken_down_in_any_order(lender: Lender) -> None:
    message = a_sent(lender, Channel.WHATSAPP)
    for status in ("read", "sent", "delivered"):
        assert not_done(TAKE, whatsapp(message, status)) == []
    assert kept(message).status is S.DELIVERED


def test_a_whatsapp_that_nobody_can_get_bars_its_number(lender: Lender) -> None:
    message = a_sent(lender, Channel.WHATSAPP)
    assert not_done(TAKE, whatsapp(message, "failed", 131026)) == []
    assert (kept(message).status, kept(message).reason) == (S.BOUNCED, "whatsapp_131026")
    assert not person(message).contacts[0].is_usable


def test_who_told_whatsapp_to_stop_is_opted_out(lender: Lender) -> None:
    message = a_sent(lender, Channel.WHATSAPP)
    assert not_done(TAKE, whatsapp(message, "failed", 131050)) == []
    assert [one.status for one in person(message).contacts] == [OPTED_OUT]
    assert entries(message) == [("optOut", "whatsapp_131050")]


@pytest.mark.parametrize(("kind", "status"), [("Bounce", INVALID), ("Complaint", OPTED_OUT)])
def test_what_the_suppression_list_of_ses_holds_is_what_it_came_for(
    lender: Lender, kind: str, status: str
) -> None:
    message = a_sent(lender)
    why = "OnAccountSuppressionList"
    told = {
        "Bounce": {"bounceType": "Permanent", "bounceSubType": why},
        "Complaint": {"complaintSubType": why, "complaintFeedbackType": None},
    }
    assert not_done(TAKE, email(message, kind, **{kind.lower(): told[kind]})) == []
    assert [one.status for one in person(message).contacts] == [status]


def test_stop_by_text_opts_out_whoever_was_written_to_at_the_number(lender: Lender) -> None:
    message = a_sent(lender, Channel.TEXT)
    reply = {
        "originationNumber": message.address,
        "destinationNumber": "+12065550100",
        "messageBody": "please stop texting me",
        "inboundMessageId": an_id(),
        "previousPublishedMessageId": "p",
    }
    assert not_done(TAKE, reply) == []
    assert not_done(TAKE, reply) == []
    assert not person(message).contacts[0].is_usable
    assert entries(message) == [("optOut", "replied")]


def test_a_reply_that_asks_for_nothing_changes_nothing(lender: Lender) -> None:
    message = a_sent(lender, Channel.WHATSAPP)
    said = {"from": message.address.removeprefix("+"), "id": "1", "text": {"body": "thanks!"}}
    entry = {"changes": [{"value": {"messages": [said]}}]}
    assert not_done(TAKE, {"whatsAppWebhookEntry": json.dumps(entry)}) == []
    assert person(message).contacts[0].is_usable
    assert entries(message) == []


def test_alto_by_whatsapp_opts_out(lender: Lender) -> None:
    message = a_sent(lender, Channel.WHATSAPP)
    said = {"from": message.address.removeprefix("+"), "id": an_id(), "button": {"text": "ALTO"}}
    entry = {"changes": [{"value": {"messages": [said]}}]}
    assert not_done(TAKE, {"whatsAppWebhookEntry": entry}) == []
    assert [one.status for one in person(message).contacts] == [OPTED_OUT]


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"eventType": "Open", "mail": {"tags": {}}},
        {"eventType": "Delivery", "mail": {"tags": {"company": ["x"], "message": ["y"]}}},
        {"eventType": "TEXT_NEW_THING", "context": {}},
        {"whatsAppWebhookEntry": "{}"},
        {"originationNumber": "+15125550000", "messageBody": "STOP", "inboundMessageId": "1"},
    ],
)
def test_what_is_not_known_is_let_pass(deployed: Deployment, strange: Any) -> None:
    assert not_done(TAKE, strange) == []
