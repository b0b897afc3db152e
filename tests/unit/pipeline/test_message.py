"""One message: whose words it takes, in whose locale, and what holds it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from campaigns.adapters.rendering.jinja import JinjaRenderer
from campaigns.domain.brand import Brand
from campaigns.domain.channel import Channel
from campaigns.domain.template import Content, MissingVariable, RenderingFailed
from campaigns.domain.text_message import UCS_2
from campaigns.domain.variables import Amount, Value
from campaigns.domain.written_message import WrittenMessage
from campaigns.pipeline.message import write_message
from tests.builders import NOON, a_company, a_customer, a_phone, a_template, a_version, an_email

ROW: dict[str, Value] = {
    "paymentAmount": Amount(Decimal("1234.50"), "USD"),
    "paymentDueDate": date(2026, 3, 5),
}
BRAND = Brand(
    name="Northwind",
    phone="+1 800 555 0100",
    opt_out_text={"en": "Reply STOP to opt out.", "es": "Responda ALTO."},
)


def write(source: str | Content, row: dict[str, Value] | None = None, **but: Any) -> WrittenMessage:
    person = but.pop("person", a_customer("100001", a_phone(), an_email(), language="en"))
    company = but.pop("company", a_company(brand=BRAND))
    template = a_template(**but)
    content = Content(text=source) if isinstance(source, str) else source
    return write_message(
        template,
        a_version(template, content=content),
        ROW if row is None else row,
        person=person,
        company=company,
        today=NOON.date(),
        renderer=JinjaRenderer(),
    )


def test_a_message_takes_its_words_from_row_person_and_company() -> None:
    source = (
        "{{ firstName }} {{ lastName }} {{ borrowerId }} {{ mobilePhone }} {{ email }}"
        " {{ timeZone }} {{ today|date('short') }} {{ brandName }} {{ brandPhone }}"
    )
    assert write(source).content.text == (
        "Ada Osei 100001 +15125550123 ada@example.com America/Chicago 3/2/26 Northwind"
        " +1 800 555 0100"
    )


def test_a_message_names_the_version_it_was_written_from() -> None:
    message = write("{{ firstName }}")
    assert (message.version, message.locale) == (1, "en-US")


def test_what_the_query_brings_wins_over_what_is_stored() -> None:
    assert write("{{ firstName }}", {"firstName": "Grace"}).content.text == "Grace"


def test_a_company_without_a_brand_is_called_by_its_name() -> None:
    assert write("{{ brandName }}", company=a_company()).content.text == "Northwind Lending"


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Reply STOP to opt out."), ("es-US", "Responda ALTO."), ("es", "Responda ALTO.")],
)
def test_how_to_opt_out_is_told_in_the_language_of_the_message(language: str, text: str) -> None:
    assert write("{{ optOutText }}", language=language).content.text == text


@pytest.mark.parametrize(
    ("source", "name", "but"),
    [
        ("{{ optOutText }}", "optOutText", {"language": "sv"}),
        ("{{ portalUrl }}", "portalUrl", {}),
        ("{{ state }}", "state", {}),
        ("{{ firstName }}", "firstName", {"person": None}),
        ("{{ email }}", "email", {"person": a_customer()}),
        ("{{ mobilePhone }}", "mobilePhone", {"person": a_customer("1", a_phone(label="work"))}),
        (
            "{{ mobilePhone }}",
            "mobilePhone",
            {"person": a_customer("1", a_phone(status="optedOut"))},
        ),
    ],
)
def test_what_nobody_knows_holds_the_message(source: str, name: str, but: Any) -> None:
    with pytest.raises(MissingVariable) as missing:
        write(source, **but)
    assert missing.value.name == name


def test_amounts_and_dates_are_in_the_persons_locale() -> None:
    source = "{{ paymentAmount }} {{ paymentDueDate }}"
    german = a_customer("1", a_phone(), language="de-DE")
    assert write(source, language="de", person=german).content.text == "1.234,50 $ 5. März 2026"
    spanish = a_customer("1", a_phone(), language="es")
    assert (
        write(source, language="es", person=spanish).content.text == "$1,234.50 5 de marzo de 2026"
    )


def test_a_text_has_plain_spaces_only_since_others_cost_more() -> None:
    swede = a_customer("1", a_phone(), language="sv-SE")
    message = write("{{ paymentAmount }}", language="sv", person=swede)
    assert message.content.text == "1 234,50 US$"
    assert message.segments is not None
    assert (message.segments.encoding, message.segments.segments) == ("GSM-7", 1)
    assert "\xa0" in (
        write("{{ paymentAmount }}", channel=Channel.MAIL, language="sv", person=swede).content.text
        or ""
    )


def test_segments_are_of_the_text_as_it_is_sent() -> None:
    person = a_customer("1", a_phone(), first_name="Łukasz" * 12)
    message = write("{{ firstName }}", person=person)
    assert message.segments is not None
    assert (message.segments.encoding, message.segments.segments) == (UCS_2, 2)
    assert write(Content(script="x"), channel=Channel.VOICE).segments is None


def test_each_part_is_filled_in_and_html_is_escaped() -> None:
    content = Content(
        subject="For {{ firstName }}", text="{{ firstName }}", html="<p>{{ firstName }}</p>"
    )
    person = a_customer("1", first_name="A\r\n<b>")
    written = write(content, channel=Channel.EMAIL, person=person).content
    assert written.subject == "For A <b>", "a line break would end the header"
    assert written.text == "A\r\n<b>"
    assert written.html is not None
    assert "&lt;b&gt;" in written.html


def test_parameters_of_a_card_are_single_lines() -> None:
    content = Content(
        header=("{{ firstName }}",), body=("{{ address }}",), cards=(("a", "{{ firstName }}"), ())
    )
    row: dict[str, Value] = {"address": "1 Main St\nSpringfield"}
    written = write(content, row, channel=Channel.WHATSAPP).content
    assert written == replace(
        content, header=("Ada",), body=("1 Main St Springfield",), cards=(("a", "Ada"), ())
    )


def test_a_message_of_nothing_is_no_message() -> None:
    with pytest.raises(RenderingFailed):
        write("{% if borrowerId == 'x' %}{{ firstName }}{% endif %}")
