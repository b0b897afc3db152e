"""GET /v1/outbox."""

from typing import Any

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.message import Card
from tests.builders import a_message, a_wording
from tests.integration.lender import Lender

LIST = "management/list_outbox"


def test_nothing_was_sent_yet(lender: Lender) -> None:
    answer = lender.call(LIST)
    assert (answer.status, answer.body) == (200, {"items": [], "nextToken": None})


def test_it_goes_from_page_to_page_and_shows_what_was_said(lender: Lender) -> None:
    message = a_message(company_id=lender.id, channel=Channel.WHATSAPP, address="+15125550123")
    said = a_wording(template_name="due", body=("1",), cards=(Card(body=("2",)), Card()))
    wiring.outbox().put(message, said)
    for _ in range(4):
        wiring.outbox().put(a_message(company_id=lender.id), a_wording())
    seen: list[Any] = []
    token: dict[str, Any] = {}
    for _ in range(3):
        page = lender.call(LIST, query={"limit": 2, **token}).body
        seen += page["items"]
        token = {"nextToken": page["nextToken"]}
    assert token == {"nextToken": None}
    assert len({one["id"] for one in seen}) == 5
    [shown] = [one for one in seen if one["id"] == message.id]
    assert (shown["channel"], shown["address"]) == ("whatsapp", "+15125550123")
    assert shown["content"]["cards"] == [
        {"imageUrl": "", "body": ["2"]},
        {"imageUrl": "", "body": []},
    ]


def test_the_outbox_of_test_data_is_another(lender: Lender) -> None:
    wiring.outbox().put(a_message(company_id=lender.id), a_wording())
    assert lender.in_test().call(LIST).body["items"] == []


def test_a_strange_token_is_refused(lender: Lender) -> None:
    assert lender.call(LIST, query={"nextToken": "x"}).status == 400
