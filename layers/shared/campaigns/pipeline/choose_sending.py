"""What a run is going to send: of a bulk sender, or of a step of a collection campaign."""

from collections.abc import Iterator
from datetime import date

from campaigns.domain.channel import Channel
from campaigns.domain.collection_campaign import Step
from campaigns.domain.errors import Invalid
from campaigns.domain.notices import notice_of
from campaigns.domain.page import Slice
from campaigns.domain.sender import Sender
from campaigns.domain.sending import ChosenTemplate, Sending
from campaigns.domain.template import Template, choose
from campaigns.ports import TemplateStore

_PAGE = 100
_FIRST_THAT_REACHES = frozenset({"autopayAmountChanged"})
"""Subjects that are sent in one way only: the first that reaches the person."""


class NothingToSend(Invalid):
    code = "nothing_to_send"

    def __init__(self, what: str) -> None:
        super().__init__(f"no template is in force for {what}")


def sending_of_sender(
    sender: Sender, company_id: str, today: date, *, templates: TemplateStore
) -> Sending:
    """Raises NothingToSend."""
    notice = notice_of(sender.subject, field="interactionSubject")
    choices = choose(sender, notice, _every(company_id, templates), today)
    if not choices:
        theme = f", theme {sender.theme}" if sender.theme else ""
        by = f" by {sender.channel}" if sender.channel else ""
        raise NothingToSend(f"{sender.subject}{theme}{by}")
    return Sending(
        subject=sender.subject,
        theme=sender.theme,
        templates=tuple(
            ChosenTemplate(choice.channel, language, template.id, number)
            for choice in choices
            for language, (template, number) in sorted(choice.versions.items())
        ),
        first_only=sender.subject in _FIRST_THAT_REACHES and sender.channel is None,
    )


def sending_of_step(
    step: Step, company_id: str, today: date, *, templates: TemplateStore
) -> Sending:
    """Its template, and those of the same subject, theme and channel in other languages.

    Raises NothingToSend, TemplateNotFound.
    """
    named = templates.get(company_id, step.template_id or "")
    siblings = [named]
    if named.subject is not None:
        siblings = [
            one
            for one in _every(company_id, templates)
            if (one.subject, one.theme, one.channel) == (named.subject, named.theme, named.channel)
        ]
    chosen = [
        ChosenTemplate(Channel(one.channel), one.language, one.id, number)
        for one in sorted(siblings, key=lambda one: one.language)
        if (number := one.in_force(today)) is not None
    ]
    if not chosen or named.channel is not step.channel:
        raise NothingToSend(f"the step's channel {step.channel} in template {named.name}")
    return Sending(subject=named.subject, theme=named.theme, templates=tuple(chosen))


def _every(company_id: str, templates: TemplateStore) -> Iterator[Template]:
    ask = Slice(limit=_PAGE)
    while True:
        page = templates.list(company_id, ask)
        yield from page.items
        if not page.has_next:
            return
        ask = Slice(limit=_PAGE, starting_after=page.items[-1].id)
