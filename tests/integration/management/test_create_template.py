import json
import re
from datetime import timedelta
from typing import Any

import pytest

from campaigns import wiring
from local.template import ROOT
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender

CREATE = "management/create_template"
SAMPLE = sample_body(CREATE)
README = (ROOT / "README.md").read_text()
OVERDUE = {"subject": "loanOverdueFirstNotice", "channel": "text"}
WHATSAPP = {
    "name": "Spring offer",
    "channel": "whatsapp",
    "language": "es-MX",
    "templateName": "spring_offer",
    "content": {"image": True, "body": ["{{ firstName }}", "{{ offer }}"], "cards": []},
    "variables": [{"name": "offer", "type": "money"}],
}


def create(lender: Lender, **but: Any) -> Answer:
    """The sample with some fields changed; one that is ... is left out."""
    body = {**SAMPLE, **but}
    return lender.call(CREATE, body={k: v for k, v in body.items() if v is not ...})


def text(lender: Lender, source: str, **but: Any) -> Answer:
    return create(lender, **{"channel": "text", "content": {"text": source}, **but})


def today(lender: Lender) -> Any:
    return wiring.now().astimezone(lender.zone).date()


def test_the_sample_is_created_with_its_first_version_in_force(lender: Lender) -> None:
    answer = lender.call(CREATE)
    on = today(lender).isoformat()
    empty: dict[str, Any] = {"script": None, "header": [], "body": [], "cards": [], "image": False}
    assert answer.status == 200, answer.body
    assert answer.body == {
        "id": answer.body["id"],
        "name": "Payment due",
        "channel": "email",
        "language": "en",
        "subject": "paymentDueDateReminder",
        "theme": None,
        "templateName": None,
        "versions": [{"number": 1, "effectiveOn": on, "inForce": True}],
        "version": 1,
        "effectiveOn": on,
        "variables": [],
        "approvedStates": [],
        "content": SAMPLE["content"] | empty,
        "createdAt": answer.body["createdAt"],
        "updatedAt": answer.body["createdAt"],
        "deletedAt": None,
    }
    found = lender.call("management/get_template", ids={"templateId": answer.body["id"]})
    assert found.body == answer.body


def test_the_template_of_the_readme_is_taken(lender: Lender) -> None:
    section = README.partition("### Templates")[2].partition("\n###")[0]
    [told] = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    assert lender.call(CREATE, body=json.loads(told)).status == 200


def test_a_version_may_come_into_force_later(lender: Lender) -> None:
    on = (today(lender) + timedelta(days=9)).isoformat()
    answer = create(lender, effectiveOn=on)
    assert answer.body["versions"] == [{"number": 1, "effectiveOn": on, "inForce": False}]


def test_there_is_one_template_for_a_subject_theme_channel_and_language(
    lender: Lender, stranger: Lender
) -> None:
    assert create(lender).status == 200
    answer = create(lender, name="Another")
    assert answer.status == 409
    assert "paymentDueDateReminder by email in en" in answer.body["detail"]
    for other in ({"language": "es"}, {"theme": "spring"}, {"subject": "autopayPaymentReminder"}):
        content = {"subject": "s", "text": "{{ firstName }}"}
        assert create(lender, **other, content=content).status == 200
    assert create(stranger).status == 200


def test_a_template_for_agencies_has_no_subject(lender: Lender) -> None:
    answer = lender.call(CREATE, body=WHATSAPP)
    assert answer.status == 200, answer.body
    assert answer.body["content"]["body"] == ["{{ firstName }}", "{{ offer }}"]
    assert answer.body["variables"] == [{"name": "offer", "type": "money"}]
    assert lender.call(CREATE, body={**WHATSAPP, "language": "en"}).status == 409
    cards = [{"body": ["{{ firstName }}"]}, {"body": []}]
    other = {**WHATSAPP, "templateName": "other", "content": {"cards": cards}}
    assert lender.call(CREATE, body=other).body["content"]["cards"] == cards


def test_a_template_of_collections_shows_how_to_opt_out(lender: Lender) -> None:
    for source in ("{{ overdueAmount }}", "{% if daysOverdue > 3 %}{{ optOutText }}{% endif %}"):
        answer = text(lender, source, **OVERDUE)
        assert answer.fields == ["content.text"]
        assert "optOutText" in answer.body["detail"]
    assert text(lender, "{{ overdueAmount }} {{ optOutText }}", **OVERDUE).status == 200


def test_a_notice_of_the_right_to_cure_is_approved_state_by_state(lender: Lender) -> None:
    to_cure = {"subject": "loanRightToCurePersonalUnsecured", "approvedStates": ["WI", "MO"]}
    answer = text(lender, "{{ amountToCure }} {{ cureByDate }}", channel="mail", **to_cure)
    assert answer.body["approvedStates"] == ["MO", "WI"]
    assert create(lender, approvedStates=["MO"]).fields == ["approvedStates"]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("a\nb {{ shoeSize }}", 2),
        ("{{ overdueAmount }}", 1),
        ("{{ paymentAmount", 1),
        ("{% for x in y %}{% endfor %}", 1),
        ("a\n\n{{ firstName.__class__ }}", 3),
        ("{{ paymentAmount|date }}", 1),
        ("{% if paymentAmount > 5 %}x{% endif %}", 1),
    ],
)
def test_a_source_that_cannot_be_names_its_field_and_line(
    source: str, line: int, lender: Lender
) -> None:
    answer = text(lender, source)
    assert answer.fields == ["content.text"]
    assert answer.body["detail"].startswith(f"line {line}: ")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ...}, "name"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"shoeSize": 44}, "shoeSize"),
        ({"channel": "fax"}, "channel"),
        ({"channel": "call"}, "channel"),
        ({"language": "xx"}, "language"),
        ({"language": "EN"}, "language"),
        ({"subject": None}, "subject"),
        ({"subject": "greeting"}, "subject"),
        ({"subject": "freeForm"}, "theme"),
        ({"templateName": "x"}, "templateName"),
        ({"effectiveOn": "2020-01-01"}, "effectiveOn"),
        ({"effectiveOn": 5}, "effectiveOn"),
        ({"content": ...}, "content"),
        ({"content": None}, "content"),
        ({"content": {}}, "content.subject"),
        ({"content": {"subject": "s"}}, "content.text"),
        ({"content": {"subject": "s", "text": "t", "x": 1}}, "content.x"),
        ({"content": {"subject": "s", "text": "t", "script": "x"}}, "content.script"),
        ({"content": {"subject": "s\nx", "text": "t"}}, "content.subject"),
        ({"content": {"subject": "s", "text": "t", "html": "<script>"}}, "content.html"),
        ({"content": {"subject": "{{ x }}", "text": "t"}}, "content.subject"),
        ({"content": {"subject": "s", "text": "x" * 100_001}}, "content.text"),
        ({"variables": [{"name": "1x"}]}, "variables.0.name"),
        ({"variables": [{"name": "self"}]}, "variables.0.name"),
        ({"variables": [{"name": "a"}, {"name": "a"}]}, "variables.1.name"),
        ({"variables": [{"name": "paymentAmount"}]}, "variables.0.name"),
        ({"variables": [{"name": "a", "type": "colour"}]}, "variables.0.type"),
        ({"approvedStates": ["Missouri"]}, "approvedStates.0"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    answer = create(lender, **fields)
    assert answer.fields == [field]
    assert answer.headers["content-type"] == "application/problem+json"
    assert lender.call("management/list_templates").body["items"] == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"templateName": None}, "templateName"),
        ({"templateName": "Spring Offer"}, "templateName"),
        ({"theme": "spring"}, "theme"),
        ({"content": {"header": ["a"], "image": True}}, "content.header"),
        ({"content": {"cards": [{"body": []}]}}, "content.cards"),
        ({"content": {"cards": [{"body": []}, {"body": ["{{ x }}"]}]}}, "content.cards.1.body.0"),
        ({"content": {"body": ["{{ offer }}", "{{ x }}"]}}, "content.body.1"),
        ({"content": {"text": "t"}}, "content.text"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_part_of_a_whatsapp_template_that_cannot_be_is_named(
    fields: Any, field: str, lender: Lender
) -> None:
    assert lender.call(CREATE, body={**WHATSAPP, **fields}).fields == [field]
