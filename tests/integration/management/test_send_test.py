"""POST /v1/templates/{templateId}/test-sends."""

from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.template import Content
from tests.integration.lender import Answer, Lender

SEND = "management/send_test"
ROW = {"paymentAmount": "412.50", "paymentDueDate": "2026-03-05"}


@pytest.fixture
def tester(lender: Lender) -> Lender:
    brand = {"testRecipients": ["qa@example.com", "+15125550199"]}
    ids = {"companyId": lender.id}
    assert lender.call("management/update_company", ids=ids, body={"brand": brand}).status == 200
    return lender


def an_email_template(lender: Lender) -> str:
    said = Content(subject="Due", text="{{ paymentAmount }} is due.")
    return lender.template(said, channel=Channel.EMAIL).id


def sent(lender: Lender, template: str, to: str, **but: Any) -> Answer:
    body = {"to": to, "row": ROW, **but}
    return lender.call(SEND, ids={"templateId": template}, body=body)


def test_a_test_goes_out_at_once_and_counts_nowhere(tester: Lender) -> None:
    answer = sent(tester, an_email_template(tester), "qa@example.com")
    assert (answer.status, answer.body["status"]) == (200, "sent")
    [(message, said)] = wiring.outbox().list(tester.id, after=None, limit=5)
    assert (message.id, message.address) == (answer.body["id"], "qa@example.com")
    assert said.text == "$412.50 is due."
    assert wiring.messages().find(message.ref) is None
    [shown] = tester.call("management/list_outbox").body["items"]
    assert (shown["campaignId"], shown["runId"]) == (None, None)


@pytest.mark.parametrize("to", ["somebody@example.com", "+15125550199", "qa@example.com "])
def test_nobody_else_is_sent_a_test(tester: Lender, to: str) -> None:
    answer = sent(tester, an_email_template(tester), to)
    assert (answer.status, answer.fields) == (400, ["to"])
    assert wiring.outbox().list(tester.id, after=None, limit=5) == []


def test_a_letter_is_not_sent(tester: Lender) -> None:
    letter = tester.template(Content(text="Dear {{ firstName }}"), channel=Channel.MAIL).id
    assert sent(tester, letter, "qa@example.com").fields == ["to"]


def test_what_cannot_be_written_is_not_sent(tester: Lender) -> None:
    assert sent(tester, an_email_template(tester), "qa@example.com", row={}).status == 400
    assert wiring.outbox().list(tester.id, after=None, limit=5) == []


def test_why_it_was_not_sent_is_told(tester: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSAGE_PROVIDERS", "aws")
    wiring.forget()
    answer = sent(tester, an_email_template(tester), "qa@example.com")
    assert (answer.body["status"], answer.body["reason"]) == ("failed", "channel_not_set_up")
    wiring.forget()
