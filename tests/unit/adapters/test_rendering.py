"""What a template may say, what it must not, and how amounts and dates are spelled in it."""

import string
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.adapters.rendering.jinja import DEEPEST, LONGEST_SOURCE, MOST_NODES, JinjaRenderer
from campaigns.domain.template import (
    MissingVariable,
    RenderingFailed,
    SyntaxRefused,
    UndeclaredVariable,
)
from campaigns.domain.variables import Amount, Types, Value, VariableType

TYPES: Types = {
    "amount": VariableType.MONEY,
    "due": VariableType.DATE,
    "days": VariableType.NUMBER,
    "name": VariableType.TEXT,
    "state": VariableType.STATE,
    "url": VariableType.LINK,
}
VALUES: dict[str, Value] = {
    "amount": Amount(Decimal("1234.50"), "USD"),
    "due": date(2026, 3, 1),
    "days": 17,
    "name": "Ada",
    "state": "MO",
    "url": "https://pay.example.com/?a=1&b=2",
}
renderer = JinjaRenderer()


def inspect(source: str, *, html: bool = False) -> Any:
    return renderer.inspect(source, TYPES, html=html, field="content.text")


def render(source: str, *, html: bool = False, locale: str = "en-US", **but: Value) -> str:
    inspect(source, html=html)
    return renderer.render(source, {**VALUES, **but}, html=html, locale=locale)


# ── what it can say ──────────────────────────────────────────────────────────


def test_variables_stand_where_they_are_named() -> None:
    assert render("Dear {{ name }}, {{days}} days.") == "Dear Ada, 17 days."


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{% if days > 30 %}late{% else %}soon{% endif %}", "soon"),
        ("{% if days >= 17 and days <= 17 %}now{% endif %}", "now"),
        ("{% if days == 1 %}day{% elif days != 2 %}days{% endif %}", "days"),
        ("{% if not days < 17 or state == 'WI' %}yes{% endif %}", "yes"),
        ("{% if state == 'MO' %}{% if name != '' %}both{% endif %}{% endif %}", "both"),
    ],
)
def test_a_condition_compares_a_number_or_a_text(source: str, shown: str) -> None:
    assert render(source) == shown


def test_what_is_no_template_is_shown_as_it_is() -> None:
    assert render("{# not this #}{% raw %}{{ name }}{% endraw %}{{ '{' }}") == "{{ name }}{"


def test_it_is_told_what_is_used_and_what_is_shown_in_any_case() -> None:
    found = inspect("{{ name }}{% if days > 1 %}{{ url }}{% else %}{{ amount }}{% endif %}")
    assert found.used == {"name", "days", "url", "amount"}
    assert found.certain == {"name"}


def test_a_value_that_looks_like_a_template_is_not_one() -> None:
    assert render("{{ name }}", name="{{ amount }}{% if 1 %}") == "{{ amount }}{% if 1 %}"


# ── amounts and dates ────────────────────────────────────────────────────────

SPELLED = [
    ("en-US", "$1,234.50", "March 1, 2026", "3/1/26", "Sunday, March 1, 2026"),
    ("en", "$1,234.50", "March 1, 2026", "3/1/26", "Sunday, March 1, 2026"),
    ("es-US", "$1,234.50", "1 de marzo de 2026", "1/3/2026", "domingo, 1 de marzo de 2026"),
    ("sv-SE", "1 234,50 US$", "1 mars 2026", "2026-03-01", "söndag 1 mars 2026"),
    ("de-DE", "1.234,50 $", "1. März 2026", "01.03.26", "Sonntag, 1. März 2026"),
]


@pytest.mark.parametrize(("locale", "amount", "long", "short", "full"), SPELLED)
def test_amounts_and_dates_are_spelled_as_people_of_the_locale_do(
    locale: str, amount: str, long: str, short: str, full: str
) -> None:
    source = (
        "{{ amount }}|{{ amount|amount }}|{{ due }}|{{ due|date('short') }}|{{ due|date('full') }}"
    )
    shown = render(source, locale=locale).replace("\xa0", " ").replace("\u202f", " ")
    assert shown.split("|") == [amount, amount, long, short, full]


@pytest.mark.parametrize(
    ("value", "locale", "shown"),
    [
        (Amount(Decimal("1234.5"), "SEK"), "sv-SE", "1 234,50 kr"),
        (Amount(Decimal("1234.5"), "EUR"), "de-DE", "1.234,50 €"),
        (Amount(Decimal("1500"), "JPY"), "en-US", "¥1,500"),
        (Amount(Decimal("1.005"), "KWD"), "en-US", "KWD 1.005"),
        (Amount(Decimal("0.01"), "USD"), "en-US", "$0.01"),
        (Amount(Decimal("-5"), "USD"), "en-US", "-$5.00"),
        (Amount(Decimal("12345678901.99"), "USD"), "en-US", "$12,345,678,901.99"),
    ],
)
def test_a_currency_has_its_own_decimals(value: Amount, locale: str, shown: str) -> None:
    told = render("{{ amount }}", amount=value, locale=locale)
    assert told.replace("\xa0", " ") == shown


def test_a_region_that_the_language_does_not_know_is_left_out() -> None:
    assert render("{{ due }}", locale="sv-US") == "1 mars 2026"


# ── what is missing ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_without_a_value_is_named_and_never_an_empty_text(value: str | None) -> None:
    values = {name: one for name, one in VALUES.items() if name != "name"}
    if value is not None:
        values["name"] = value
    with pytest.raises(MissingVariable, match="name has no value") as refused:
        renderer.render("Dear {{ name }}", values, html=False, locale="en")
    assert refused.value.name == "name"


def test_a_variable_of_a_branch_not_taken_is_missed_too() -> None:
    source = "{% if days > 100 %}{{ url }}{% endif %}"
    with pytest.raises(MissingVariable):
        renderer.render(source, {"days": 1}, html=False, locale="en")


def test_what_a_source_makes_is_bounded() -> None:
    with pytest.raises(RenderingFailed):
        render("{{ name }}" * 300, name="x" * 2000)


def test_a_failure_does_not_tell_the_values() -> None:
    with pytest.raises(RenderingFailed) as failed:
        renderer.render("{{ due|date }}", {"due": "4111111111111111"}, html=False, locale="en")
    assert "4111" not in str(failed.value)


# ── hostile templates ────────────────────────────────────────────────────────

HOSTILE = [
    "{{ name.__class__ }}",
    "{{ name['__class__'] }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name.upper() }}",
    "{{ name|attr('__class__') }}",
    "{{ name|map(attribute='x') }}",
    "{{ name|safe }}",
    "{{ name|format(1) }}",
    "{{ name|upper }}",
    "{{ self }}",
    "{{ self.__init__ }}",
    "{{ range(10) }}",
    "{{ range }}",
    "{{ lipsum() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner() }}",
    "{{ namespace() }}",
    "{{ dict(a=1) }}",
    "{{ config }}",
    "{{ request.application.__globals__ }}",
    "{{ _context }}",
    "{{ context }}",
    "{{ environment }}",
    "{{ caller() }}",
    "{{ loop }}",
    "{% for x in name %}{{ name }}{% endfor %}",
    "{% for x in range(1000000000) %}x{% endfor %}",
    "{% macro m() %}x{% endmacro %}{{ m() }}",
    "{% call name() %}x{% endcall %}",
    "{% set name = 'x' %}",
    "{% set x %}x{% endset %}",
    "{% with a = 1 %}{% endwith %}",
    "{% include 'etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'base' %}",
    "{% block b %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% do name.x() %}",
    "{% debug %}",
    "{{ 9**9**9**9 }}",
    "{{ 'x' * 1000000000 }}",
    "{{ days * days }}",
    "{{ days + 1 }}",
    "{{ -days }}",
    "{{ 10**10 }}",
    "{{ 'a' ~ name }}",
    "{{ '%99999999d' % 1 }}",
    "{{ [1, 2, 3] }}",
    "{{ {'a': 1} }}",
    "{{ (1, 2) }}",
    "{{ name[0:9] }}",
    "{{ name if days else amount }}",
    "{{ name is defined }}",
    "{{ days == 17 }}",
    "{{ not days }}",
    "{{ 17 }}",
    "{{ 1.5 }}",
    "{{ true }}",
    "{{ none }}",
    "{% if name %}x{% endif %}",
    "{% if name is defined %}x{% endif %}",
    "{% if name.x == 'y' %}x{% endif %}",
    "{% if days > '3' %}x{% endif %}",
    "{% if days > true %}x{% endif %}",
    "{% if days > 1.5 %}x{% endif %}",
    "{% if name > 'a' %}x{% endif %}",
    "{% if name == 3 %}x{% endif %}",
    "{% if amount > 3 %}x{% endif %}",
    "{% if due == '2026-03-01' %}x{% endif %}",
    "{% if 1 == 1 %}x{% endif %}",
    "{% if days == days %}x{% endif %}",
    "{% if 1 < days < 3 %}x{% endif %}",
    "{% if 'a' in name %}x{% endif %}",
    "{% if days|abs > 1 %}x{% endif %}",
    "{{ amount|amount('EUR') }}",
    "{{ amount|date }}",
    "{{ due|amount }}",
    "{{ name|date }}",
    "{{ due|date('y' * 999) }}",
    "{{ due|date('EEEE') }}",
    "{{ due|date(name) }}",
    "{{ due|date(style='short') }}",
    "{{ due|date('short', 'long') }}",
    "{{ due|date(*name) }}",
    "{{ due|date|date }}",
    "{{ '2026-03-01'|date }}",
    "{{ due|nothing }}",
    "{{",
    "{{ name",
    "{% if days > 1 %}",
    "{% endif %}",
    "{% else %}",
    "{% nonsense %}",
    "{{ name }} {{ }}",
    "{{ 'unclosed }}",
    "{# unclosed",
    "\x00",
    "{{ name }}\x1b[2J",
    "\ue0000\ue001",
]


@pytest.mark.parametrize("html", [False, True], ids=["text", "html"])
@pytest.mark.parametrize("source", HOSTILE)
def test_a_template_can_do_nothing_but_show_its_variables(source: str, html: bool) -> None:
    with pytest.raises((SyntaxRefused, UndeclaredVariable)) as refused:
        inspect(f"one\ntwo {source}", html=html)
    assert refused.value.field == "content.text"


@pytest.mark.parametrize(
    "source",
    [
        "x" * (LONGEST_SOURCE + 1),
        "{{ name }}" * (MOST_NODES + 1),
        "{% if days > 1 %}" * (DEEPEST + 1) + "{% endif %}" * (DEEPEST + 1),
        "{% if days > 1 %}" * 900 + "{% endif %}" * 900,
        "{{ " + "(" * 20_000 + "name" + ")" * 20_000 + " }}",
        "{% if " + "not " * 5_000 + "days > 1 %}{% endif %}",
        "{% if days > " + "9" * 10_000 + " %}x{% endif %}",
        "{{ name" + "|date" * 15_000 + " }}",
        "{% if days > 1" + " and days > 1" * 6_000 + " %}x{% endif %}",
        "{" * 100_000 + "%",
        "{%-" * 30_000,
        "{#" * 50_000,
        "{% raw %}" * 10_000,
        "\n" * 99_000 + "{%",
    ],
    ids=lambda source: f"{source[:12]!r}",
)
def test_a_template_that_is_too_much_is_refused(source: str) -> None:
    with pytest.raises(SyntaxRefused):
        inspect(source)


def test_a_fault_names_its_line() -> None:
    with pytest.raises(SyntaxRefused, match="line 3: ") as refused:
        inspect("one\ntwo\n{% for x in name %}{% endfor %}")
    assert refused.value.line == 3
    with pytest.raises(UndeclaredVariable, match="line 2: shoeSize is neither declared"):
        inspect("one\n{{ shoeSize }}")
    with pytest.raises(SyntaxRefused, match="line 2: "):
        inspect("one\n{{ name")


@given(st.text(alphabet=string.ascii_letters + "{}%#|'\"()[]._-+*<>=! \n", max_size=60))
def test_whatever_is_written_is_taken_or_refused_with_a_reason(source: str) -> None:
    with suppress(SyntaxRefused, UndeclaredVariable):
        inspect(source, html=True)
        renderer.render(source, VALUES, html=True, locale="en")


PIECES = st.sampled_from(
    [
        *("{{ name }}", "{{ days }}", "{{ amount|amount }}", "{{ due|date('short') }}"),
        *("{% if days > 3 %}", "{% if state == 'MO' %}", "{% else %}", "{% endif %}"),
        *("text ", "{{", "<p>", "</p>"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_is_taken_can_always_be_filled_in(source: str) -> None:
    try:
        found = inspect(source, html=True)
    except SyntaxRefused:
        return
    shown = renderer.render(source, VALUES, html=True, locale="de-DE")
    assert ("Ada" in shown) or "name" not in found.certain


# ── HTML ─────────────────────────────────────────────────────────────────────

NASTY = "<script>alert('1')</script>\" onload=\"x"


def test_a_value_in_html_is_text_and_not_markup() -> None:
    shown = render('<p title="{{ name }}">{{ name }}</p>', html=True, name=NASTY)
    assert "<script" not in shown
    assert '" onload' not in shown
    assert render("{{ name }}", name=NASTY) == NASTY


def test_a_link_in_html_is_a_link() -> None:
    shown = render('<a href="{{ url }}">pay</a>', html=True)
    assert shown == '<a href="https://pay.example.com/?a=1&amp;b=2">pay</a>'


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ name }}</p>",
        "<p title='{{ name }}'>x</p>",
        '<a href="{{ url }}">x</a>',
        '<a href="https://pay.example.com/{{ name }}">x</a>',
        '<a href="mailto:help@example.com?subject={{ name }}">x</a>',
        '<!doctype html><html><head><style>p {color: red}</style></head><body style="color:red">'
        '{{ name }}<br><img src="https://example.com/logo.png" alt="{{ name }}"></body></html>',
        "<table><tr>{% if days > 3 %}<td>{{ days }}</td>{% endif %}</tr></table>",
        "1 &lt; 2 {{ name }}",
    ],
)
def test_variables_may_stand_in_text_and_in_quoted_attributes(source: str) -> None:
    assert inspect(source, html=True)


@pytest.mark.parametrize(
    "source",
    [
        "<p title={{ name }}>x</p>",
        "<p title= {{ name }}>x</p>",
        "<p title=a{{ name }}>x</p>",
        "<p {{ name }}>x</p>",
        "<p {{ name }}='x'>x</p>",
        "<{{ name }}>x</p>",
        "</{{ name }}>",
        "<p{{ name }}>x</p>",
        '<a href="{{ name }}">x</a>',
        '<a href=" {{ name }}">x</a>',
        '<a href="{{ name }}{{ url }}">x</a>',
        '<a href="javascript:alert({{ days }})">x</a>',
        '<a href="JavaScript:x">x</a>',
        '<a href="data:text/html,{{ name }}">x</a>',
        '<a href="http://example.com">x</a>',
        '<a href="//example.com/{{ name }}">x</a>',
        '<img src="{{ name }}">',
        '<p style="color: {{ name }}">x</p>',
        '<img srcset="{{ url }}">',
        "<style>{{ name }}</style>",
        "<script>{{ name }}</script>",
        "<script src='https://example.com/x.js'></script>",
        "<SCRIPT>x</SCRIPT>",
        "<iframe src='https://example.com'></iframe>",
        "<form action='https://example.com'></form>",
        "<base href='https://example.com'>",
        "<svg onload=x>",
        '<p onclick="{{ name }}">x</p>',
        '<p onclick="x">x</p>',
        "<!-- {{ name }} -->",
        "<!{{ name }}>",
        "<?{{ name }}>",
        '<meta http-equiv="refresh" content="{{ url }}">',
        "<p>{{ name }}</p><",
        '<a href="https://example.com/{{ name }}',
        "<{% if days > 3 %}{{ name }}{% endif %}>",
    ],
)
def test_variables_may_not_stand_where_escaping_does_not_help(source: str) -> None:
    with pytest.raises(SyntaxRefused):
        inspect(source, html=True)
