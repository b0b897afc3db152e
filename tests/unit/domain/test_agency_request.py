"""What agencies ask for: what is refused first, and what goes into a message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.adapters.rendering.jinja import JinjaRenderer
from campaigns.domain.agency_request import (
    CampaignRequest,
    RequestRefused,
    TemplateMismatch,
    check_parameters,
)
from campaigns.domain.errors import Invalid
from campaigns.domain.placeholder import KNOWN, UnknownPlaceholder, as_source, check_placeholders
from campaigns.domain.sending import CardParameters, Parameters
from campaigns.domain.stored_values import STORED
from campaigns.domain.template import Content, MissingVariable, types_for

REQUIRED = "Name and Template payload are required for the campaign creation"
TYPE = "Schedule type should include only 'once' and 'recurring'."
DAYS = "Days and Times are required for a recurring schedule."
PAYLOAD = {"template_name": "spring_offer", "group_name": "Everybody", "image_url": ""}
WHOLE: dict[str, Any] = {
    "name": "Spring offer",
    "payload": PAYLOAD,
    "schedule_type": "once",
    "days": None,
    "schedule": "2026-03-05 10:00",
}


def read(**but: Any) -> CampaignRequest:
    return CampaignRequest.read(**{**WHOLE, **but})


def refused(**but: Any) -> str:
    with pytest.raises(Invalid) as said:
        read(**but)
    return str(said.value)


@pytest.mark.parametrize(
    "but",
    [
        {"name": None},
        {"name": ""},
        {"name": "  "},
        {"payload": None},
        {"payload": {}},
        {"name": None, "payload": None, "schedule_type": "never", "schedule": None},
    ],
)
def test_a_name_and_a_payload_are_asked_for_first(but: Any) -> None:
    assert refused(**but) == REQUIRED


@pytest.mark.parametrize("given", [None, "", "weekly", "Once", 1, ["once"], {}])
def test_then_a_type_of_schedule(given: Any) -> None:
    assert refused(schedule_type=given, schedule=None, days={}) == TYPE


@pytest.mark.parametrize("given", [None, {}, {"monday": []}, {"mon": ["10:00"]}, "monday"])
def test_then_days(given: Any) -> None:
    assert refused(schedule_type="recurring", days=given, schedule=None) == DAYS


@pytest.mark.parametrize("given", [None, "", " ", 5, [], {}])
def test_then_a_schedule(given: Any) -> None:
    assert refused(schedule=given) == "schedule is required."
    assert refused(schedule="tomorrow").startswith("schedule must look like 2026-03-05 10:00")


def test_days_of_what_comes_once_are_ignored() -> None:
    assert read(days={"someday": []}).timing.is_once


@pytest.mark.parametrize(
    ("but", "said"),
    [
        ({"name": 5}, "name must be text."),
        ({"name": "x" * 201}, "name must have at most 200 characters."),
        ({"name": "\ud800"}, "name has half a character."),
        ({"payload": "spring"}, "template_payload must be an object."),
        ({"payload": ["spring"]}, "template_payload must be an object."),
        ({"payload": {"group_name": "a"}}, "template_payload.template_name is required."),
        (
            {"payload": {**PAYLOAD, "template_name": " "}},
            "template_payload.template_name must not be empty.",
        ),
        (
            {"payload": {**PAYLOAD, "group_name": 7}},
            "template_payload.group_name must be text.",
        ),
    ],
)
def test_what_is_not_what_it_should_be_is_named(but: Any, said: str) -> None:
    assert refused(**but) == said


# ── parameters ───────────────────────────────────────────────────────────────

CONTENT = Content(header=("a",), body=("b", "c"))
CARDS = Content(body=("b",), cards=(("x",), ("x", "y")))
IMAGE = "https://images.example.com/spring.png"


def parameters(**payload: Any) -> Parameters:
    return read(payload={**PAYLOAD, **payload}).parameters()


def mismatch(content: Content, **payload: Any) -> str:
    with pytest.raises(TemplateMismatch) as said:
        check_parameters(content, parameters(**payload))
    prefix, _, what = str(said.value).partition(": ")
    assert prefix == "Template variables do not match"
    return what


def card(*body: str, image: str = IMAGE) -> dict[str, Any]:
    return {"card_image_url": image, "card_body_variables": list(body)}


def test_a_message_names_the_component_that_differs() -> None:
    two = {"header_variable": ["h"], "body_variable": ["1", "2"]}
    check_parameters(CONTENT, parameters(**two))
    assert mismatch(CONTENT, **{**two, "body_variable": ["1"]}) == "body_variable expects 2, got 1"
    assert mismatch(CONTENT, **{**two, "header_variable": []}) == "header_variable expects 1, got 0"
    assert mismatch(CONTENT, body_variable=["1", "2"]) == "header_variable expects 1, got 0"
    assert mismatch(CONTENT, **two, image_url=IMAGE) == "image_url expects 0, got 1"
    assert mismatch(CONTENT, **two, cards=[card()]) == "cards expects 0, got 1"
    pictured = Content(body=("b",), image=True)
    check_parameters(pictured, parameters(body_variable=["1"], image_url=IMAGE))
    assert mismatch(pictured, body_variable=["1"]) == "image_url expects 1, got 0"


def test_cards_are_told_by_their_places() -> None:
    body = {"body_variable": ["1"]}
    check_parameters(CARDS, parameters(**body, cards=[card("1"), card("1", "2")]))
    assert mismatch(CARDS, **body, cards=[card("1")]) == "cards expects 2, got 1"
    said = mismatch(CARDS, **body, cards=[card("1"), card("1")])
    assert said == "cards[1].card_body_variables expects 2, got 1"
    said = mismatch(CARDS, **body, cards=[card("1", image=""), card("1", "2")])
    assert said == "cards[0].card_image_url expects 1, got 0"
    assert mismatch(CARDS, body_variable="1") == "body_variable must be a list"
    assert mismatch(CARDS, cards=["1"]) == "cards[0] must be an object"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"body_variable": [1]}, "body_variable[0] must be text."),
        ({"body_variable": ["a", ""]}, "body_variable[1] must not be empty."),
        ({"body_variable": [None]}, "body_variable[0] is required."),
        ({"body_variable": ["a\nb"]}, "body_variable[0] must not have line breaks or tabs."),
        ({"body_variable": ["x" * 1025]}, "body_variable[0] must have at most 1024 characters."),
        ({"image_url": "http://example.com/a.png"}, "image_url is no https URL: "),
        ({"image_url": 5}, "image_url must be text."),
        ({"cards": [{"card_image_url": "spring.png"}]}, "cards[0].card_image_url is no https URL"),
        (
            {"cards": [{"card_image_url": "", "card_body_variables": ["{{x}}"]}]},
            "cards[0].card_body_variables[0]: {{x}} is no placeholder; known are ",
        ),
    ],
)
def test_what_could_not_be_sent_is_refused(payload: Any, said: str) -> None:
    with pytest.raises(RequestRefused) as refusal:
        parameters(**payload)
    assert str(refusal.value).startswith(said)


# ── placeholders ─────────────────────────────────────────────────────────────

VALUES = {"firstName": "Ada", "lastName": "Osei", "borrowerId": "7", "mobilePhone": "+15125550123"}


def filled(text: str) -> str:
    check_placeholders(text)
    return JinjaRenderer().render(as_source(text), VALUES, html=False, locale="en-US")


def test_placeholders_are_filled_in_and_all_else_stays() -> None:
    assert filled("Hi {{customer.first_name}}!") == "Hi Ada!"
    assert filled("{{ customer.name }}, {{customer.external_id}}") == "Ada Osei, 7"
    assert filled("100 % {off} $5 # <b> {'a'} \\n") == "100 % {off} $5 # <b> {'a'} \\n"


def test_what_somebody_has_no_value_for_is_not_filled_in() -> None:
    with pytest.raises(MissingVariable):
        filled("{{customer.email}}")


@pytest.mark.parametrize(
    "text",
    [
        "{{customer.balance}}",
        "{{first_name}}",
        "{{customer.first_name",
        "customer.first_name}}",
        "{{}}",
        "{{{customer.first_name}}}",
        "{{ customer.first_name | upper }}",
        "{% if x %}",
        "{# nothing #}",
        "{{customer.first_name}} {{",
    ],
)
def test_an_unknown_placeholder_is_refused(text: str) -> None:
    with pytest.raises(UnknownPlaceholder, match="is no placeholder"):
        check_placeholders(text)


def test_every_placeholder_stands_for_what_is_stored_of_a_person() -> None:
    stored = {one.name for one in STORED}
    assert {name for names in KNOWN.values() for name in names} <= stored


@given(st.text(st.sampled_from("{}%#ab customer.first_name"), max_size=40))
def test_whatever_passes_can_be_filled_in(text: str) -> None:
    try:
        check_placeholders(text)
    except UnknownPlaceholder:
        return
    source = as_source(text)
    JinjaRenderer().inspect(source, types_for(None, ()), html=False, field="body")
    rendered = JinjaRenderer().render(source, VALUES, html=False, locale="en-US")
    assert ("{{" in text) or rendered == text


def test_cards_may_have_no_parameters() -> None:
    given = parameters(cards=[{"card_image_url": IMAGE}])
    assert given.cards == (CardParameters(image_url=IMAGE),)
