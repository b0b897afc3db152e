from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.audience import as_id, names_a_person
from campaigns.domain.query import text_of


@pytest.mark.parametrize(
    "text", ["", "17", "0017", "A-17", "17-B", "12E4", "1.2.3", "-5", "o'neil", "12e", ".5", "nan"]
)
def test_a_text_is_an_id_as_it_is(text: str) -> None:
    assert as_id(text) == text


@pytest.mark.parametrize(
    ("text", "id"),
    [("17.0", "17"), ("17.", "17"), ("17.000", "17"), ("9007199254740991.0", "9007199254740991")],
)
def test_a_whole_number_that_came_as_a_float_is_an_id(text: str, id: str) -> None:
    assert as_id(text) == id


@pytest.mark.parametrize(
    "text",
    ["17.5", "1e+17", "1.5e-05", "1E+5", "-17.0", "9007199254740992.0", "1" * 5000 + ".0"],
)
def test_a_number_that_may_have_lost_digits_is_no_id(text: str) -> None:
    assert as_id(text) is None


@given(st.integers(0, 10**30))
def test_an_id_that_was_a_float_is_exact_or_refused(number: int) -> None:
    assert as_id(text_of(float(number))) in (str(number) if number < 2**53 else None, None)
    assert as_id(text_of(number)) == str(number)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert as_id(text) in (text, None, text.partition(".")[0].lstrip("+"))


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"borrowerId": "7"}, True),
        ({"BORROWERID": 7}, True),
        ({" id ": 0}, True),
        ({"personId": "x", "id": None}, True),
        ({"id": None}, False),
        ({"id": " "}, False),
        ({"loanId": 7}, False),
        ({}, False),
    ],
)
def test_a_row_names_a_person_by_any_of_the_id_columns(row: dict[str, Any], named: bool) -> None:
    assert names_a_person(row) is named
