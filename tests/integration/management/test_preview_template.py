from typing import Any

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.template import Content
from tests.integration.lender import Answer, Lender

PREVIEW = "management/preview_template"
ROW = {"paymentAmount": "412.50 USD", "paymentDueDate": "2026-03-05"}


def preview(lender: Lender, source: str | Content, *, channel: str = "text", **body: Any) -> Answer:
    content = Content(text=source) if isinstance(source, str) else source
    template = lender.template(content, channel=Channel(channel))
    return lender.call(PREVIEW, ids={"templateId": template.id}, body=body)


def test_the_sample_shows_what_a_kept_customer_would_be_sent(lender: Lender) -> None:
    lender.customer()
    template = lender.template()
    answer = lender.call(PREVIEW, ids={"templateId": template.id})
    assert answer.status == 200, answer.body
    text = "Ada, $412.50 is due March 5, 2026."
    assert answer.body == {
        "templateId": template.id,
        "version": 1,
        "locale": "en-US",
        "content": {
            "subject": None,
            "text": text,
            "html": None,
            "script": None,
            "header": [],
            "body": [],
            "cards": [],
            "image": False,
        },
        "segments": {"encoding": "GSM-7", "places": len(text), "segments": 1, "outside": ""},
    }


def test_plain_values_do_and_win_over_the_row(lender: Lender) -> None:
    answer = preview(
        lender,
        "{{ firstName }} {{ paymentAmount }}",
        row=ROW,
        variables={"firstName": "Grace", "paymentAmount": 7},
    )
    assert answer.body["content"]["text"] == "Grace $7.00"


def test_html_is_escaped_and_text_is_not(lender: Lender) -> None:
    content = Content(subject="{{ firstName }}", text="{{ firstName }}", html="<p>{{ firstName }}")
    answer = preview(lender, content, channel="email", variables={"firstName": "A & B"})
    shown = answer.body["content"]
    assert (shown["text"], shown["html"]) == ("A & B", "<p>A &amp; B")
    assert answer.body["segments"] is None


def test_an_older_version_can_be_previewed(lender: Lender) -> None:
    template = lender.template(Content(text="one"))
    ids = {"templateId": template.id}
    lender.call("management/update_template", ids=ids, body={"content": {"text": "two"}})
    for version, text in ((None, "two"), (1, "one"), (2, "two")):
        answer = lender.call(PREVIEW, ids=ids, body={"version": version})
        assert answer.body["content"]["text"] == text
    assert lender.call(PREVIEW, ids=ids, body={"version": 3}).status == 404


@pytest.mark.parametrize(
    ("source", "body", "field"),
    [
        ("{{ firstName }}", {}, "variables.firstName"),
        ("{{ firstName }}", {"variables": {"firstName": " "}}, "variables.firstName"),
        ("{{ paymentAmount }}", {"row": {}}, "variables.paymentAmount"),
        ("{{ paymentAmount }}", {"row": {"paymentAmount": "much"}}, "row.paymentAmount"),
        ("{{ paymentDueDate }}", {"variables": {"paymentDueDate": 5}}, "variables.paymentDueDate"),
        ("x", {"variables": {"shoeSize": 44}}, "variables.shoeSize"),
        ("x", {"version": 0}, "version"),
        ("x", {"send": True}, "send"),
    ],
)
def test_what_is_missing_or_cannot_be_is_400_and_named(
    source: str, body: Any, field: str, lender: Lender
) -> None:
    assert preview(lender, source, **body).fields == [field]


def test_a_customer_that_is_not_there_is_404(lender: Lender, stranger: Lender) -> None:
    stranger.customer()
    answer = preview(lender, "{{ firstName }}", customer="100001")
    assert (answer.status, answer.body["detail"]) == (404, "customer 100001 does not exist")


def test_the_words_of_the_company_are_its_brands(lender: Lender) -> None:
    brand = {"name": "Northwind", "optOutText": {"en": "Reply STOP."}, "currency": "SEK"}
    assert lender.call("management/update_company", body={"brand": brand}).status == 200
    source = "{{ brandName }} {{ optOutText }} {{ paymentAmount }}"
    answer = preview(lender, source, row={"paymentamount": "5"})
    assert answer.body["content"]["text"] == "Northwind Reply STOP. SEK 5.00"


def test_a_template_of_another_company_is_404(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.template()
    assert lender.call(PREVIEW, ids={"templateId": theirs.id}).status == 404
