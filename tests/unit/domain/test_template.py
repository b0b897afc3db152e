"""Versions by their days, what a channel's content has, and which template a person gets."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.notices import SUBJECTS
from campaigns.domain.template import (
    MOST_VERSIONS,
    Content,
    TemplateRefused,
    TooManyVersions,
    VersionRef,
    asked_columns,
    check_content,
    check_declared,
    check_opt_out,
    choose,
    types_for,
)
from campaigns.domain.variables import Variable, VariableType
from tests.builders import NOON, a_sender, a_template, a_version

MONDAY = NOON.date()
NOTICE = SUBJECTS["paymentDueDateReminder"]
OVERDUE = SUBJECTS["loanOverdueFirstNotice"]


def later(days: int) -> date:
    return MONDAY + timedelta(days=days)


def test_a_version_is_in_force_from_its_day_until_anothers() -> None:
    template = a_template().revised(later(10), at=NOON)
    assert [template.in_force(later(n)) for n in (-1, 0, 9, 10, 99)] == [None, 1, 1, 2, 2]


def test_of_two_versions_of_one_day_the_later_made_counts() -> None:
    assert a_template().revised(MONDAY, at=NOON).in_force(MONDAY) == 2


def test_a_correction_for_now_ends_when_the_planned_one_begins() -> None:
    template = a_template().revised(later(10), at=NOON).revised(later(1), at=NOON)
    assert [template.in_force(later(n)) for n in (0, 1, 9, 10)] == [1, 3, 3, 2]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.integers(-1, 21))
def test_the_version_in_force_is_the_one_that_began_last(days: list[int], asked: int) -> None:
    template = a_template(versions=())
    for one in days:
        template = template.revised(later(one), at=NOON)
    begun = [(day, number) for number, day in enumerate(days, start=1) if day <= asked]
    assert template.in_force(later(asked)) == (max(begun)[1] if begun else None)


def test_versions_do_not_grow_for_ever() -> None:
    many = tuple(VersionRef(number, MONDAY) for number in range(1, MOST_VERSIONS + 1))
    with pytest.raises(TooManyVersions):
        a_template(versions=many).revised(MONDAY, at=NOON)


# ── content ──────────────────────────────────────────────────────────────────

GOOD = [
    (Channel.EMAIL, Content(subject="s", text="t")),
    (Channel.EMAIL, Content(subject="s", text="t", html="<p>t</p>")),
    (Channel.TEXT, Content(text="t")),
    (Channel.MAIL, Content(text="t", html="<p>t</p>")),
    (Channel.VOICE, Content(script="s")),
    (Channel.WHATSAPP, Content()),
    (Channel.WHATSAPP, Content(header=("a",), body=("b", "c"))),
    (Channel.WHATSAPP, Content(image=True, body=("b",), cards=(("x",), ()))),
    (Channel.WHATSAPP, Content(cards=((),) * 10)),
]


@pytest.mark.parametrize(("channel", "content"), GOOD)
def test_each_channel_has_parts_of_its_own(channel: Channel, content: Content) -> None:
    check_content(channel, content)


@pytest.mark.parametrize(
    ("channel", "content", "field"),
    [
        (Channel.EMAIL, Content(text="t"), "content.subject"),
        (Channel.EMAIL, Content(subject=" ", text="t"), "content.subject"),
        (Channel.EMAIL, Content(subject="s"), "content.text"),
        (Channel.EMAIL, Content(subject="s\nBcc: x", text="t"), "content.subject"),
        (Channel.EMAIL, Content(subject="s", text="t", script="x"), "content.script"),
        (Channel.TEXT, Content(), "content.text"),
        (Channel.TEXT, Content(text="t", html="<p>"), "content.html"),
        (Channel.TEXT, Content(text="t", subject="s"), "content.subject"),
        (Channel.TEXT, Content(text="t", body=("b",)), "content.body"),
        (Channel.TEXT, Content(text="t", image=True), "content.image"),
        (Channel.VOICE, Content(text="t"), "content.text"),
        (Channel.VOICE, Content(), "content.script"),
        (Channel.WHATSAPP, Content(text="t"), "content.text"),
        (Channel.WHATSAPP, Content(image=True, header=("a",)), "content.header"),
        (Channel.WHATSAPP, Content(cards=((),)), "content.cards"),
        (Channel.WHATSAPP, Content(cards=((),) * 11), "content.cards"),
    ],
)
def test_content_that_does_not_suit_the_channel_is_refused(
    channel: Channel, content: Content, field: str
) -> None:
    with pytest.raises(TemplateRefused) as refused:
        check_content(channel, content)
    assert refused.value.field == field


def test_every_electronic_part_of_a_collections_message_shows_how_to_opt_out() -> None:
    shown, not_shown = frozenset({"optOutText"}), frozenset({"firstName"})
    good = {"content.subject": not_shown, "content.text": shown, "content.html": shown}
    check_opt_out(OVERDUE, Channel.EMAIL, good)
    for part in ("content.text", "content.html"):
        with pytest.raises(TemplateRefused) as refused:
            check_opt_out(OVERDUE, Channel.EMAIL, {**good, part: not_shown})
        assert refused.value.field == part
    check_opt_out(OVERDUE, Channel.WHATSAPP, {"content.body.0": not_shown, "content.body.1": shown})
    with pytest.raises(TemplateRefused):
        check_opt_out(OVERDUE, Channel.WHATSAPP, {"content.body.0": not_shown})
    for channel in (Channel.TEXT, Channel.VOICE):
        with pytest.raises(TemplateRefused):
            check_opt_out(OVERDUE, channel, {"content.text": not_shown})


def test_others_need_not_show_it() -> None:
    check_opt_out(OVERDUE, Channel.MAIL, {"content.text": frozenset()})
    check_opt_out(NOTICE, Channel.TEXT, {"content.text": frozenset()})
    check_opt_out(None, Channel.WHATSAPP, {})


def test_what_is_known_already_is_not_declared_as_something_else() -> None:
    money = VariableType.MONEY
    check_declared(NOTICE, [Variable("paymentAmount", money), Variable("offer", money)])
    for wrong in (
        [Variable("paymentAmount")],
        [Variable("firstName", money)],
        [Variable("a"), Variable("a")],
    ):
        with pytest.raises(TemplateRefused) as refused:
            check_declared(NOTICE, wrong)
        assert refused.value.field == f"variables.{len(wrong) - 1}.name"


def test_a_template_may_name_columns_what_is_stored_and_what_it_declares() -> None:
    types = types_for(NOTICE, [Variable("offer", VariableType.MONEY)])
    assert types["paymentDueDate"] is VariableType.DATE
    assert types["offer"] is VariableType.MONEY
    assert types["firstName"] is VariableType.TEXT
    assert "overdueAmount" not in types


def test_only_what_is_not_known_already_is_asked_of_the_query() -> None:
    declared = (Variable("offer"), Variable("firstName"), Variable("paymentAmount"))
    version = a_version(a_template(), variables=declared)
    assert asked_columns(NOTICE, [version, version]) == (Variable("offer"),)


# ── choosing ─────────────────────────────────────────────────────────────────


def chosen(*templates: Any, **sender: Any) -> dict[Channel, list[str]]:
    choices = choose(a_sender(**sender), NOTICE, templates, MONDAY)
    return {one.channel: sorted(one.versions) for one in choices}


def test_a_sender_without_a_channel_uses_every_one_that_has_a_template() -> None:
    email, text = a_template(channel=Channel.EMAIL), a_template()
    spanish, letter = a_template(language="es"), a_template(channel=Channel.MAIL)
    found = chosen(letter, text, spanish, email)
    assert found == {Channel.EMAIL: ["en"], Channel.TEXT: ["en", "es"], Channel.MAIL: ["en"]}
    assert list(found) == [Channel.EMAIL, Channel.TEXT, Channel.MAIL], "usual channels come first"


def test_a_sender_with_a_channel_uses_that_one() -> None:
    email, text = a_template(channel=Channel.EMAIL), a_template()
    assert chosen(email, text, channel=Channel.TEXT) == {Channel.TEXT: ["en"]}
    assert chosen(email, channel=Channel.TEXT) == {}


def test_templates_of_other_subjects_themes_and_days_are_not_used() -> None:
    assert chosen(a_template(subject="autopayPaymentReminder")) == {}
    assert chosen(a_template(theme="spring")) == {}
    assert chosen(a_template(theme="spring"), theme="spring") == {Channel.TEXT: ["en"]}
    assert chosen(a_template(versions=(VersionRef(1, later(1)),))) == {}
    assert chosen(a_template(deleted_at=NOON)) == {}


@pytest.mark.parametrize(
    ("person", "company", "language"),
    [
        ("es-US", "en-US", "es-US"),
        ("es-MX", "en-US", "es"),
        ("de", "en-US", "en"),
        (None, "es-US", "es-US"),
        ("de", "sv", None),
    ],
)
def test_a_person_gets_their_own_language_or_the_companys(
    person: str | None, company: str, language: str | None
) -> None:
    templates = [a_template(language=one) for one in ("en", "es", "es-US")]
    [choice] = choose(a_sender(), NOTICE, templates, MONDAY)
    found = choice.for_language(person, company)
    assert (found and found[0].language) == language
    assert found is None or found[1] == 1
