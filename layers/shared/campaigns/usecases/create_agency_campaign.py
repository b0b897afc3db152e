from contextlib import suppress
from datetime import date

from campaigns.domain.agency_campaign import (
    AgencyCampaign,
    NameTaken,
    check_coming,
    name_key,
)
from campaigns.domain.agency_request import (
    CampaignRequest,
    NoSuchGroup,
    NoSuchTemplate,
    TemplateNotInForce,
    check_parameters,
)
from campaigns.domain.campaign import ExternalIdTaken
from campaigns.domain.channel import Channel
from campaigns.domain.errors import Unavailable
from campaigns.domain.group import name_key as group_key
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import Content, Template, agency_place
from campaigns.ports import (
    Access,
    AgencyCampaignStore,
    Clock,
    GroupStore,
    NewId,
    Schedules,
    TemplateStore,
)
from campaigns.usecases.keep_schedule import wind_up


def create_agency_campaign(
    company_id: str,
    asked: CampaignRequest,
    *,
    access: Access,
    campaigns: AgencyCampaignStore,
    templates: TemplateStore,
    groups: GroupStore,
    schedules: Schedules,
    new_id: NewId,
    now: Clock,
) -> AgencyCampaign:
    """Keep a campaign that is scheduled. Of several of one name that are asked for at once, one
    is kept.

    Raises ScheduleRefused, NoSuchTemplate, TemplateNotInForce, NoSuchGroup, TemplateMismatch,
    RequestRefused, NameTaken.
    """
    at = now()
    zone = access.company(company_id).zone
    check_coming(asked.timing, zone, at)
    template = templates.find_external(company_id, agency_place(asked.template_name))
    if template is None or template.channel is not Channel.WHATSAPP:
        raise NoSuchTemplate(asked.template_name)
    group = groups.find_external(company_id, group_key(asked.group_name))
    if group is None:
        raise NoSuchGroup(asked.group_name)
    first = asked.timing.next_after(zone, at) or at
    content = content_on(template, local_date_of(first, zone), templates=templates)
    parameters = asked.parameters()
    check_parameters(content, parameters)
    if campaigns.find_external(company_id, name_key(asked.name)) is not None:
        raise NameTaken
    campaign = AgencyCampaign(
        id=new_id(),
        company_id=company_id,
        name=asked.name,
        timing=asked.timing,
        template_name=asked.template_name,
        template_id=template.id,
        group_name=group.name,
        group_id=group.id,
        parameters=parameters,
        created_at=at,
        updated_at=at,
        scheduled_since=at,
    )
    wind_up(campaign, access=access, schedules=schedules)
    try:
        return campaigns.add(campaign)
    except BaseException as refused:
        for clock in campaign.clock_names:
            # One that cannot be taken away rings for nothing.
            with suppress(Unavailable):
                schedules.remove(*clock)
        if isinstance(refused, ExternalIdTaken):
            raise NameTaken from None
        raise


def content_on(template: Template, day: date, *, templates: TemplateStore) -> Content:
    """What the version says that is in force on a day. Raises TemplateNotInForce."""
    number = template.in_force(day)
    if number is None:
        raise TemplateNotInForce(template.template_name or template.name, day.isoformat())
    return templates.said(template, number).content
