from typing import Any
from xml.etree import ElementTree

import pytest

from tests.builders import some_terms
from tests.integration.financing.shop import kept
from tests.integration.lender import Lender

DRAW = "management/draw_plan"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(lender: Lender, terms: Any = None, amount: int = 10000, **but: Any) -> Any:
    plan = kept(lender, terms, **{"min_amount": 1, "max_amount": 10_000_000, **but})
    answer = lender.call(DRAW, ids={"planId": plan.id}, query={"creditAmount": amount})
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return ElementTree.fromstring(answer.body)


def texts(svg: Any) -> list[str]:
    return [one.text for one in svg.iter(f"{SVG}text")]


def points(svg: Any, kind: str) -> list[list[float]]:
    """Of the longest line of that kind; the other is in the legend."""
    lines = [
        [[float(one) for one in pair.split(",")] for pair in line.get("points").split()]
        for line in svg.iter(f"{SVG}polyline")
        if kind in line.get("class").split()
    ]
    return max(lines, key=len)


def test_both_lines_have_a_point_for_every_month(lender: Lender) -> None:
    svg = drawn(lender, some_terms(duration=36, payment_free_months=3))
    balance, cost = points(svg, "balance"), points(svg, "cost")
    assert len(balance) == len(cost) == 37
    assert [x for x, _ in balance] == sorted(x for x, _ in balance)
    bottom = balance[-1][1]
    assert cost[0][1] == bottom, "it begins without cost and ends without balance"
    assert min(balance)[1] > balance[3][1], "what accrues before the first payment is added"
    assert all(0 <= x <= 720 and 0 <= y <= 440 for x, y in balance + cost)


def test_axes_are_labelled_in_the_plans_currency(lender: Lender) -> None:
    said = texts(drawn(lender, some_terms(duration=24)))
    assert {"SEK", "months since the credit", "still owed", "interest and fees so far"} <= {*said}
    assert {"0", "2,000", "10,000"} <= {*said}
    assert "24" in said
    assert "million JPY" in texts(drawn(lender, some_terms(currency="JPY"), 10_000_000))


def test_who_cannot_see_it_is_told_in_words(lender: Lender) -> None:
    svg = drawn(lender, name="Pay over 24 months")
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "title desc")
    title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert (title.get("id"), desc.get("id")) == ("title", "desc")
    assert title.text == "Pay over 24 months: balance and cost of 10,000 SEK over 24 months"
    assert desc.text.startswith("456.39 a month, 10,953.33 in all, 953.33 of it cost; ")


def test_it_has_colours_for_a_dark_page(lender: Lender) -> None:
    style = drawn(lender).find(f"{SVG}style").text
    assert "prefers-color-scheme: dark" in style


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("]]> & \"quotes\" 'n' </svg>", "]]> & \"quotes\" 'n' </svg>"),
        ("null \x00 bell \x07", "null   bell  "),
        ("x" * 200, "x" * 59 + "…"),
        ("Våren ✓ 春", "Våren ✓ 春"),
    ],
)
def test_a_name_is_only_ever_text(lender: Lender, name: str, shown: str) -> None:
    svg = drawn(lender, name=name)
    assert texts(svg)[0] == shown
    assert svg.find(f".//{SVG}script") is None


@pytest.mark.parametrize(
    ("amount", "terms"),
    [
        (1, {"duration": 1, "nominal_interest": "0"}),
        (1, {"duration": 480, "nominal_interest": "100", "currency": "JPY"}),
        (10_000_000, {"duration": 480, "nominal_interest": "100"}),
        (10_000_000, {"duration": 480, "nominal_interest": "0", "setup_fee": "99999999.99"}),
        (7, {"duration": 13, "nominal_interest": "3", "currency": "CLF"}),
    ],
    ids=str,
)
def test_the_smallest_and_the_largest_are_drawn_too(
    amount: int, terms: Any, lender: Lender
) -> None:
    svg = drawn(lender, some_terms(**terms), amount)
    assert len(points(svg, "balance")) == terms["duration"] + 1
    # Beside name, what it is, the legend and the two names of the axes: few enough to be read.
    assert 4 <= len(texts(svg)) <= 7 + 8 + 13
