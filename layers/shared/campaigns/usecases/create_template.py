from collections.abc import Mapping
from datetime import date
from typing import Any

from campaigns.domain.campaign import ExternalIdTaken
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import Template, TemplateExists, TemplateVersion
from campaigns.ports import Access, Clock, NewId, Renderer, TemplateStore
from campaigns.usecases.template_changes import check_template, check_version


def create_template(
    company_id: str,
    head: Mapping[str, Any],
    says: Mapping[str, Any],
    effective_on: date | None,
    *,
    templates: TemplateStore,
    renderer: Renderer,
    access: Access,
    new_id: NewId,
    now: Clock,
) -> tuple[Template, TemplateVersion]:
    """With its first version, in force at once unless said otherwise.

    Raises Invalid naming the field, and TemplateExists.
    """
    at = now()
    today = local_date_of(at, access.company(company_id).zone)
    blank = Template(id=new_id(), company_id=company_id, created_at=at, updated_at=at, **head)
    notice = check_template(blank)
    template = blank.revised(effective_on or today, at=at)
    first = TemplateVersion(
        template_id=template.id,
        number=template.newest,
        effective_on=effective_on or today,
        created_at=at,
        **says,
    )
    check_version(template, notice, first, today=today, renderer=renderer)
    try:
        return templates.introduce(template, first), first
    except ExternalIdTaken:
        raise TemplateExists(template) from None
