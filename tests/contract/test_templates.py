"""The promises of the store of templates, in memory and on DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.adapters.dynamodb.templates import DynamoTemplateStore
from campaigns.adapters.memory_messages import MemoryTemplateStore
from campaigns.domain.campaign import ChangedMeanwhile, ExternalIdTaken
from campaigns.domain.page import Slice
from campaigns.domain.template import Content, Template, TemplateNotFound, VersionNotFound
from campaigns.domain.variables import Variable, VariableType
from campaigns.ports import TemplateStore
from tests.builders import NOON, a_template, a_version
from tests.contract.conftest import Deployed


@pytest.fixture(params=["memory", "dynamodb"])
def templates(request: pytest.FixtureRequest) -> TemplateStore:
    if request.param == "memory":
        return MemoryTemplateStore()
    deployed: Deployed = request.getfixturevalue("deployed")
    table = deployed.settings.workers_table
    return DynamoTemplateStore(request.getfixturevalue("dynamodb"), table)


def introduced(templates: TemplateStore, company_id: str, **but: Any) -> Template:
    template = a_template(company_id=company_id, **but)
    return templates.introduce(template, a_version(template))


def test_what_every_version_says_can_be_read(templates: TemplateStore, company_id: str) -> None:
    template = a_template(company_id=company_id)
    first = a_version(
        template,
        content=Content(subject="s", html="<p>", header=("a",), cards=(("b", "c"), ()), image=True),
        variables=(Variable("offer", VariableType.MONEY),),
        approved_states=frozenset({"MO", "WI"}),
    )
    kept = templates.introduce(template, first)
    revised = kept.revised(NOON.date() + timedelta(days=3), at=NOON)
    second = a_version(revised, content=Content(text="x" * 100_000))
    now = templates.revise(revised, second)
    assert templates.get(company_id, template.id) == now == replace(revised, version=1)
    assert [templates.said(now, number) for number in (1, 2)] == [first, second]
    with pytest.raises(VersionNotFound):
        templates.said(now, 3)


def test_a_place_is_taken_once_and_free_again_afterwards(
    templates: TemplateStore, company_id: str
) -> None:
    first = introduced(templates, company_id)
    with pytest.raises(ExternalIdTaken):
        introduced(templates, company_id)
    introduced(templates, company_id, language="es")
    introduced(templates, company_id, theme="spring")
    gone = templates.move(first.deleted(NOON))
    again = introduced(templates, company_id)
    with pytest.raises(TemplateNotFound):
        templates.get(company_id, gone.id)
    assert templates.find_external(company_id, again.external_id) == again
    assert templates.said(gone, 1).number == 1, "what was sent can be read again"


def test_of_two_who_revise_at_once_one_is_told(templates: TemplateStore, company_id: str) -> None:
    kept = introduced(templates, company_id)
    revised = kept.revised(NOON.date(), at=NOON)

    def revise(text: str) -> str:
        try:
            templates.revise(revised, a_version(revised, content=Content(text=text)))
        except ChangedMeanwhile:
            return ""
        return text

    at_once = 1 if isinstance(templates, MemoryTemplateStore) else 4
    with ThreadPoolExecutor(at_once) as pool:
        [kept_text] = [text for text in pool.map(revise, "abcd") if text]
    found = templates.get(company_id, kept.id)
    assert found.newest == 2
    assert templates.said(found, 2).content.text == kept_text


def test_lists_are_newest_first_and_of_one_company(
    templates: TemplateStore, company_id: str
) -> None:
    made = [introduced(templates, company_id, language=one).id for one in ("en", "es", "sv")]
    page = templates.list(company_id, Slice(limit=2))
    assert [one.id for one in page.items] == made[:0:-1]
    assert page.has_next
    other = "018f4e9a-0000-7000-8000-0000000000aa"
    assert templates.list(other, Slice()).items == ()
    with pytest.raises(VersionNotFound):
        templates.said(replace(a_template(id=made[0]), company_id=other), 1)
