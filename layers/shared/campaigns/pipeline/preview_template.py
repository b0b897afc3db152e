"""A template filled in for a look at it: nothing is sent, and nobody's day is kept to."""

from datetime import date

from campaigns.domain.company import Company
from campaigns.domain.customer import Customer, CustomerNotFound
from campaigns.domain.notices import column_of, notice_of
from campaigns.domain.people_rows import customer_id
from campaigns.domain.template import (
    Template,
    TemplateRefused,
    TemplateVersion,
    VersionNotFound,
    types_for,
)
from campaigns.domain.variables import Misread, Value, is_blank, read_value
from campaigns.domain.written_message import Sample, WrittenMessage
from campaigns.pipeline.message import write_message
from campaigns.ports import People, Renderer, TemplateStore


def preview_template(
    template: Template,
    sample: Sample,
    *,
    company: Company,
    today: date,
    templates: TemplateStore,
    people: People,
    renderer: Renderer,
) -> WrittenMessage:
    """Without a version in force, the newest is shown.

    Raises VersionNotFound, CustomerNotFound, TemplateRefused, MissingVariable, RenderingFailed.
    """
    number = sample.number or template.in_force(today) or template.newest
    if number not in {one.number for one in template.versions}:
        raise VersionNotFound(number)
    version = templates.said(template, number)
    return write_message(
        template,
        version,
        _values(template, version, sample, company.brand.currency),
        person=None if sample.customer is None else _person(company, sample.customer, people),
        company=company,
        today=today,
        renderer=renderer,
    )


def _person(company: Company, external_id: str, people: People) -> Customer:
    id = customer_id(company.id, external_id)
    found = people.customers(company.id, [id])
    if id not in found:
        raise CustomerNotFound(external_id)
    return found[id]


def _values(
    template: Template, version: TemplateVersion, sample: Sample, currency: str
) -> dict[str, Value]:
    """Those given that it knows, each by its type; other columns of the row are of no interest."""
    notice = None if template.subject is None else notice_of(template.subject, field="subject")
    types = types_for(notice, version.variables)
    if unknown := sorted(sample.variables.keys() - types.keys()):
        raise TemplateRefused("is no variable of it", field=f"variables.{unknown[0]}")
    values: dict[str, Value] = {}
    for name, type in types.items():
        column = column_of(name, sample.row)
        given = sample.variables.get(name, None if column is None else sample.row[column])
        if is_blank(given):
            continue
        where = "variables" if name in sample.variables else "row"
        try:
            values[name] = read_value(given, type, currency=currency)
        except Misread as wrong:
            raise TemplateRefused(str(wrong), field=f"{where}.{name}") from None
    return values
