"""What an operator may set of a template, checked before anything is written."""

from datetime import date

from campaigns.domain.channel import Channel
from campaigns.domain.language import check_language
from campaigns.domain.notices import Notice, check_theme, notice_of
from campaigns.domain.template import (
    Content,
    Template,
    TemplateRefused,
    TemplateVersion,
    check_content,
    check_declared,
    check_opt_out,
    parts_of,
    types_for,
)
from campaigns.domain.variables import check_name
from campaigns.ports import Renderer


def check_template(template: Template) -> Notice | None:
    """Its subject, if it has one. Raises Invalid naming the field."""
    if not template.name.strip():
        raise TemplateRefused("is required", field="name")
    if template.channel is Channel.CALL:
        raise TemplateRefused("people who call need no template", field="channel")
    check_language(template.language, field="language")
    if template.channel is Channel.WHATSAPP and not template.template_name:
        message = "WhatsApp needs the name that the template was approved under"
        raise TemplateRefused(message, field="templateName")
    if template.channel is not Channel.WHATSAPP and template.template_name:
        raise TemplateRefused("is for WhatsApp only", field="templateName")
    if template.subject is None:
        if template.channel is not Channel.WHATSAPP:
            message = "is required; only templates for agencies, which are WhatsApp's, have none"
            raise TemplateRefused(message, field="subject")
        if template.theme is not None:
            raise TemplateRefused("belongs to a subject", field="theme")
        return None
    notice = notice_of(template.subject, field="subject")
    check_theme(notice, template.theme, field="theme")
    return notice


def check_version(
    template: Template,
    notice: Notice | None,
    version: TemplateVersion,
    *,
    today: date,
    renderer: Renderer,
) -> None:
    """Raises Invalid naming the field, and the line where there is one."""
    if version.effective_on < today:
        # It would change what was in force on days that are over.
        raise TemplateRefused("must not be in the past", field="effectiveOn")
    for place, one in enumerate(version.variables):
        check_name(one.name, field=f"variables.{place}.name")
    check_declared(notice, version.variables)
    if version.approved_states and (notice is None or notice.state_column is None):
        message = "is for subjects whose templates are approved state by state"
        raise TemplateRefused(message, field="approvedStates")
    check_content(template.channel, version.content)
    certain = _inspected(version.content, notice, version, renderer)
    check_opt_out(notice, template.channel, certain)


def _inspected(
    content: Content, notice: Notice | None, version: TemplateVersion, renderer: Renderer
) -> dict[str, frozenset[str]]:
    """By part, what is shown in any case."""
    types = types_for(notice, version.variables)
    return {
        part.field: renderer.inspect(
            part.source, types, html=part.is_html, field=part.field
        ).certain
        for part in parts_of(content)
    }
