from datetime import timedelta
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.template import Content
from tests.integration.lender import Answer, Lender

UPDATE = "management/update_template"


def change(lender: Lender, id: str, **fields: Any) -> Answer:
    return lender.call(UPDATE, ids={"templateId": id}, body=fields)


def test_the_sample_makes_a_second_version(lender: Lender) -> None:
    template = lender.template()
    answer = lender.call(UPDATE, ids={"templateId": template.id})
    assert answer.status == 200, answer.body
    assert [one["inForce"] for one in answer.body["versions"]] == [False, True]
    found = lender.call("management/get_template", ids={"templateId": template.id})
    assert found.body == answer.body


def test_only_what_is_sent_is_other_than_before(lender: Lender) -> None:
    content = Content(subject="s", text="t", html="<p>h</p>")
    template = lender.template(content, channel=Channel.EMAIL)
    second = change(lender, template.id, content={"text": "new"}).body
    assert (second["content"]["text"], second["content"]["html"]) == ("new", "<p>h</p>")
    third = change(lender, template.id, content={"html": None}).body
    assert (third["content"]["text"], third["content"]["html"]) == ("new", None)
    variables = [{"name": "offer", "type": "money"}]
    fourth = change(lender, template.id, variables=variables).body
    assert (fourth["variables"], fourth["content"]) == (variables, third["content"])
    assert change(lender, template.id, variables=None).body["variables"] == []


def test_a_version_planned_for_later_leaves_todays_in_force(lender: Lender) -> None:
    template = lender.template()
    on = (wiring.now().astimezone(lender.zone).date() + timedelta(days=30)).isoformat()
    answer = change(lender, template.id, content={"text": "later"}, effectiveOn=on)
    assert [one["inForce"] for one in answer.body["versions"]] == [True, False]


def test_a_name_alone_makes_no_version(lender: Lender) -> None:
    template = lender.template()
    answer = change(lender, template.id, name="Renamed")
    assert (answer.body["name"], answer.body["version"]) == ("Renamed", 1)
    assert change(lender, template.id).body == answer.body


def test_who_has_not_seen_the_newest_version_changes_nothing(lender: Lender) -> None:
    template = lender.template()
    assert change(lender, template.id, version=1, content={"text": "a"}).status == 200
    answer = change(lender, template.id, version=1, content={"text": "b"})
    assert answer.status == 409
    assert change(lender, template.id, version=2, content={"text": "b"}).body["version"] == 3


def test_a_version_is_checked_like_the_first(lender: Lender) -> None:
    text = Content(text="{{ optOutText }} {{ overdueAmount }}")
    template = lender.template(text, subject="loanOverdueFirstNotice")
    for fields, field in (
        ({"content": {"text": "{{ overdueAmount }}"}}, "content.text"),
        ({"content": {"text": "{{ optOutText }} {{ x }}"}}, "content.text"),
        ({"content": {"html": "x"}}, "content.html"),
        ({"variables": [{"name": "x y"}]}, "variables.0.name"),
        ({"effectiveOn": "2020-01-01"}, "effectiveOn"),
        ({"name": " "}, "name"),
    ):
        assert change(lender, template.id, **fields).fields == [field]


@pytest.mark.parametrize("field", ["channel", "language", "subject", "theme", "templateName"])
def test_what_a_template_is_for_cannot_be_changed(field: str, lender: Lender) -> None:
    assert change(lender, lender.template().id, **{field: "x"}).fields == [field]


def test_what_is_deleted_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    gone = lender.template()
    lender.call("management/delete_template", ids={"templateId": gone.id})
    for id in (gone.id, stranger.template().id, "x"):
        assert change(lender, id, name="x").status == 404
