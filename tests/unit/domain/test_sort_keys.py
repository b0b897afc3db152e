"""Bytes that compare the way the keys of a file do."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.domain.exporter import Direction, SortKey
from campaigns.domain.facts import Facts
from campaigns.domain.sort_keys import sort_key
from tests.builders import a_customer, an_account, an_exporter

PERSON = a_customer()


def key(value: str, direction: Direction = Direction.ASCENDING, row: int = 1) -> bytes:
    exporter = an_exporter("run.id", order=(SortKey(by="query.x", direction=direction),))
    return sort_key(exporter)(Facts(PERSON, None, (), {"x": value}, {}, {}), row, 0)


def keys_of_names(*names: str, direction: Direction = Direction.ASCENDING) -> list[bytes]:
    exporter = an_exporter("run.id", order=(SortKey(by="person.lastName", direction=direction),))
    make = sort_key(exporter)
    return [make(Facts(a_customer(last_name=name), None, (), {}, {}, {}), 1, 0) for name in names]


NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e40"), max_value=Decimal("1e40")
)


@given(NUMBERS, NUMBERS, st.sampled_from(Direction))
@example(Decimal("-1.5"), Decimal("-1.25"), Direction.ASCENDING)
@example(Decimal("0"), Decimal("-0.0"), Direction.DESCENDING)
@example(Decimal("10"), Decimal("9"), Direction.ASCENDING)
def test_numbers_compare_as_numbers(one: Decimal, other: Decimal, direction: Direction) -> None:
    first, second = key(str(one), direction), key(str(other), direction)
    before = one < other if direction is Direction.ASCENDING else one > other
    assert (first < second) == before
    assert (first == second) == (one == other)


@given(st.text(), st.text(), st.sampled_from(Direction))
@example("a", "a\0", Direction.DESCENDING)
@example("a", "a\0b", Direction.ASCENDING)
@example("\ud800", "\uffff", Direction.ASCENDING)
def test_text_compares_by_its_letters(one: str, other: str, direction: Direction) -> None:
    first, second = keys_of_names(one, other, direction=direction)
    one, other = one.strip().casefold(), other.strip().casefold()
    if one and other:
        before = one < other if direction is Direction.ASCENDING else one > other
        assert (first < second) == before
    assert (first == second) == (one == other)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("value", ["0", "-5", "zzz", "2026-03-01", "\uffff", "9e99"])
def test_what_is_blank_comes_last_in_either_direction(value: str, direction: Direction) -> None:
    assert key(value, direction, row=9) < key("", direction, row=1)
    assert key(" ", direction) == key("", direction)


def test_the_numbers_of_a_mixed_column_come_first() -> None:
    ordered = ["-7", "0", "007.5", "1e3", "2026-03-01", "2026-03-02", "abc", "Abd", "x9", ""]
    assert all(key(one) < key(other) for one, other in pairwise(ordered))
    assert key("7") == key("7.0") == key("+07") == key("70e-1")


@pytest.mark.parametrize("text", ["1e99999", "1" * 500, "0x10", "1_000", "NaN", "٣", "1.2.3"])
def test_what_only_looks_like_a_number_is_text(text: str) -> None:
    assert key("9" * 300) < key(text)


def test_what_is_known_to_be_text_is_never_a_number() -> None:
    """Ten comes before nine among names, as among the lender's own ids."""
    ten, nine = keys_of_names("10", "9")
    assert ten < nine


def test_amounts_of_a_loan_are_numbers() -> None:
    exporter = an_exporter("run.id", order=(SortKey(by="loan.daysPastDue"),))
    make = sort_key(exporter)
    facts = [Facts(PERSON, an_account(days_past_due=n), (), {}, {}, {}) for n in (9, 10)]
    assert make(facts[0], 1, 0) < make(facts[1], 1, 0)


def test_a_tie_keeps_the_order_of_the_rows_and_their_lines() -> None:
    for direction in Direction:
        assert key("x", direction, row=2) < key("x", direction, row=10)
    exporter = an_exporter("run.id", order=(SortKey(by="query.x"),))
    make = sort_key(exporter)
    facts = Facts(PERSON, None, (), {}, {}, {})
    assert make(facts, 7, 1) < make(facts, 7, 2) < make(facts, 300, 0)


PAIR = st.tuples(st.sampled_from(["", "a", "a\0", "b", "1", "10", "9"]), st.text(max_size=3))


@given(PAIR, PAIR, st.sampled_from(Direction))
def test_the_second_key_decides_only_where_the_first_ties(
    one: tuple[str, str], other: tuple[str, str], direction: Direction
) -> None:
    order = (SortKey(by="query.x", direction=direction), SortKey(by="query.y"))
    make = sort_key(an_exporter("run.id", order=order))

    def both(pair: tuple[str, str]) -> bytes:
        return make(Facts(PERSON, None, (), dict(zip("xy", pair, strict=True)), {}, {}), 1, 0)

    firsts = key(one[0], direction), key(other[0], direction)
    if firsts[0] != firsts[1]:
        assert (both(one) < both(other)) == (firsts[0] < firsts[1])
    else:
        assert (both(one) < both(other)) == (key(one[1]) < key(other[1]))
