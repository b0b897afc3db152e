"""One message: a version of a template, filled in for one person."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from campaigns.domain.channel import Channel
from campaigns.domain.company import Company
from campaigns.domain.customer import Customer
from campaigns.domain.language import locale_for, read_language
from campaigns.domain.stored_values import of_company, of_person
from campaigns.domain.template import RenderingFailed, Template, TemplateVersion
from campaigns.domain.text_message import segments_of
from campaigns.domain.variables import Value
from campaigns.domain.written_message import WrittenMessage
from campaigns.ports import Renderer

_NARROW = dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " ")
"""Spaces of other widths: one of them would more than double the price of a text."""


def write_message(
    template: Template,
    version: TemplateVersion,
    row: Mapping[str, Value],
    *,
    person: Customer | None,
    company: Company,
    today: date,
    renderer: Renderer,
) -> WrittenMessage:
    """The query's values win over what is stored.

    Raises MissingVariable, RenderingFailed: then nothing may be sent.
    """
    theirs = None if person is None else read_language(person.language)
    locale = locale_for(theirs, template.language, company.brand.language)
    ours = of_company(company.brand, name=company.name, language=template.language, today=today)
    values = {**ours, **({} if person is None else of_person(person)), **row}

    def filled(source: str, *, html: bool = False) -> str:
        return renderer.render(source, values, html=html, locale=locale)

    said = version.content
    content = replace(
        said,
        subject=None if said.subject is None else _one_line(filled(said.subject)),
        text=None if said.text is None else filled(said.text),
        html=None if said.html is None else filled(said.html, html=True),
        script=None if said.script is None else filled(said.script),
        header=tuple(_one_line(filled(one)) for one in said.header),
        body=tuple(_one_line(filled(one)) for one in said.body),
        cards=tuple(tuple(_one_line(filled(one)) for one in card) for card in said.cards),
    )
    segments = None
    if template.channel is Channel.TEXT and content.text is not None:
        content = replace(content, text=content.text.translate(_NARROW))
        segments = segments_of(content.text or "")
    if any(part is not None and not part.strip() for part in (content.subject, content.text)):
        raise RenderingFailed("nothing is left of the message with these values")
    return WrittenMessage(
        template_id=template.id,
        version=version.number,
        locale=locale,
        content=content,
        segments=segments,
    )


def _one_line(text: str) -> str:
    """A line break would end a header; WhatsApp refuses one in a parameter."""
    return re.sub(r"\s+", " ", text).strip()
