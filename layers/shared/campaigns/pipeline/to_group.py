"""A run of an agency's campaign: its group stands in for the rows of a query."""

from campaigns.domain.agency_campaign import AgencyStatus
from campaigns.domain.agency_request import TemplateMismatch, TemplateNotInForce, check_parameters
from campaigns.domain.run import QUERY_RESULTS, Run, RunRef, Stage
from campaigns.domain.schedule import local_date_of
from campaigns.domain.sending import ChosenTemplate, Sending
from campaigns.pipeline.csv_lines import CsvLines
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

TEMPLATE_CHANGED = (TemplateMismatch, TemplateNotInForce)
_COLUMN = "borrowerId"
_AT_ONCE = 1000


def list_members(ref: RunRef, tools: Tools) -> Json:
    """Write down whom the run goes to; who comes or goes meanwhile is for the next run.

    Raises GroupNotFound.
    """
    run = tools.enter(ref, Stage.QUERY, "group: listing its members")
    campaign = tools.agency_campaign(run)
    group = tools.agencies.groups.get(ref.company_id, campaign.group_id)
    lines = CsvLines()
    after: str | None = None
    with tools.files.write(ref, QUERY_RESULTS) as out:
        out.write(lines.encode([[_COLUMN]]))
        while members := tools.agencies.groups.members(
            ref.company_id, group.id, after=after, limit=_AT_ONCE
        ):
            out.write(lines.encode([one.id] for one in members))
            out.rows += len(members)
            after = members[-1].id
    tools.leave(ref, f"group: {out.rows} members", out.facts)
    return {"rows": out.rows}


def sending_to_group(run: Run, tools: Tools) -> Sending:
    """Its template, in the version that is in force today.

    A version that came since may ask for other parameters: they are counted once more, since a
    provider refuses each message that has too few. Raises TemplateNotFound, TemplateNotInForce,
    TemplateMismatch.
    """
    campaign = tools.agency_campaign(run)
    templates = tools.writings.templates
    template = templates.get(run.company_id, campaign.template_id)
    today = local_date_of(tools.now(), tools.access.company(run.company_id).zone)
    number = template.in_force(today)
    if number is None:
        raise TemplateNotInForce(campaign.template_name, today.isoformat())
    check_parameters(templates.said(template, number).content, campaign.parameters)
    chosen = ChosenTemplate(template.channel, template.language, template.id, number)
    return campaign.sending(chosen)


def complete_once(ref: RunRef, tools: Tools) -> Json:
    """What comes once is over when its run is."""
    campaigns = tools.agencies.campaigns
    was = campaigns.get(ref.company_id, ref.campaign_id)
    if not was.timing.is_once or was.is_over:
        return {"completed": was.status is AgencyStatus.COMPLETED}
    campaigns.move(was.completed(tools.now()))
    return {"completed": True}
