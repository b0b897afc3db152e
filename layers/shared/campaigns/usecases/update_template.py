from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import Content, Template, TemplateVersion
from campaigns.ports import Access, Clock, Renderer, TemplateStore
from campaigns.usecases.template_changes import check_template, check_version


def update_template(
    template: Template,
    name: str | None,
    says: Mapping[str, Any],
    effective_on: date | None,
    seen: int | None,
    *,
    templates: TemplateStore,
    renderer: Renderer,
    access: Access,
    now: Clock,
) -> tuple[Template, TemplateVersion]:
    """One more version, as the newest with these fields set; only a name makes none.

    Of `content`, too, only the parts that are given are set, and None takes one away. `seen` is
    the number of the newest version that the caller knows, if it wants to be sure of that.
    Raises Invalid naming the field, ChangedMeanwhile, TooManyVersions.
    """
    if seen is not None and seen != template.newest:
        raise ChangedMeanwhile(f"template {template.id}")
    at = now()
    newest = templates.said(template, template.newest)
    renamed = template if name is None else replace(template, name=name, updated_at=at)
    notice = check_template(renamed)
    if not says and effective_on is None:
        return (templates.move(renamed) if renamed != template else template), newest
    today = local_date_of(at, access.company(template.company_id).zone)
    revised = renamed.revised(effective_on or today, at=at)
    next_one = replace(
        newest,
        **{**says, "content": _changed(newest.content, says.get("content", {}))},
        number=revised.newest,
        effective_on=effective_on or today,
        created_at=at,
    )
    check_version(revised, notice, next_one, today=today, renderer=renderer)
    return templates.revise(revised, next_one), next_one


def _changed(content: Content, parts: Mapping[str, Any]) -> Content:
    blank = Content()
    given = {k: getattr(blank, k) if v is None else v for k, v in parts.items()}
    return replace(content, **given)
