"""The variables of a template: their names, their types, and how a row's text becomes a value.

A value that cannot be read is never guessed: whoever asks is told what is wrong with it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from campaigns.domain.currency import UnknownCurrency, smallest_amount
from campaigns.domain.errors import Invalid
from campaigns.domain.web_url import NoUrl, parse_url

LONGEST_VALUE = 2000


class VariableType(StrEnum):
    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    NUMBER = "number"
    LINK = "link"
    LAST_FOUR = "lastFour"
    MONTH = "month"
    YEAR = "year"
    STATE = "state"

    @property
    def is_number(self) -> bool:
        return self in (VariableType.NUMBER, VariableType.MONTH, VariableType.YEAR)

    @property
    def is_text(self) -> bool:
        return self in (VariableType.TEXT, VariableType.LAST_FOUR, VariableType.STATE)


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    type: VariableType = VariableType.TEXT


@dataclass(frozen=True, slots=True)
class Amount:
    value: Decimal
    currency: str


Value: TypeAlias = str | int | date | Amount
Types: TypeAlias = Mapping[str, VariableType]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_WORDS = frozenset(
    [
        "and", "or", "not", "in", "is", "if", "elif", "else", "endif", "true", "false", "none",
        "True", "False", "None", "self", "super", "loop", "caller", "varargs", "kwargs",
        "context", "import", "include", "extends", "block", "macro", "call", "filter", "set",
        "raw",
    ]
)  # fmt: skip
"""What the language of templates means something else by."""


def check_name(name: str, *, field: str) -> str:
    """Raises NameRefused."""
    if _NAME.fullmatch(name) is None or name in _WORDS:
        raise NameRefused(name, field=field)
    return name


def types_of(variables: Iterable[Variable]) -> dict[str, VariableType]:
    return {one.name: one.type for one in variables}


class Misread(Exception):
    """Says of a value what is wrong with it, without showing it."""


def is_blank(given: Any) -> bool:
    return given is None or not str(given).strip()


def read_value(given: Any, type: VariableType, *, currency: str) -> Value:
    """`currency` is that of an amount that names none. Raises Misread."""
    if isinstance(given, bool | dict | list):
        raise Misread("is no single value")
    text = str(given).strip()
    if len(text) > LONGEST_VALUE:
        raise Misread(f"is longer than {LONGEST_VALUE} characters")
    if type is VariableType.MONEY:
        return _amount(text, currency)
    return _READERS[type](text)


_MONEY = re.compile(r"(?:([A-Z]{3}) ?)?(-?[0-9]{1,12}(?:\.[0-9]{1,6})?)(?: ?([A-Z]{3}))?")


def _amount(text: str, currency: str) -> Amount:
    found = _MONEY.fullmatch(text)
    if found is None or (found[1] and found[3]):
        raise Misread("is no decimal amount like 412.50 or 412.50 USD")
    code = found[1] or found[3] or currency
    try:
        step = smallest_amount(code)
    except UnknownCurrency as unknown:
        raise Misread(str(unknown)) from None
    value = Decimal(found[2])
    if value != value.quantize(step):
        raise Misread(f"has more decimals than {code} has")
    return Amount(value.quantize(step), code)


_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")


def _date(text: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        if found is not None:
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    raise Misread("is no date like 2026-03-01")


def _whole(text: str) -> int:
    """Numeric columns arrive as floats, so 17.0 is 17."""
    if re.fullmatch(r"-?[0-9]{1,9}(?:\.0+)?", text) is None:
        raise Misread("is no whole number")
    return int(text.partition(".")[0])


def _between(first: int, last: int, what: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = _whole(text)
        if not first <= number <= last:
            raise Misread(f"is no {what}")
        return number

    return read


def _link(text: str) -> str:
    try:
        parse_url(text, allow_http=False)
    except NoUrl as misspelt:
        raise Misread(f"is no https link: {misspelt}") from None
    if re.search(r"[\s<>\"'`\\{}|^]", text) is not None:
        raise Misread("is no https link: it has characters that have to be percent-encoded")
    return text


def _last_four(text: str) -> str:
    if re.fullmatch("[0-9]{4}", text) is None:
        raise Misread("is not four digits")
    return text


def _state(text: str) -> str:
    if re.fullmatch("[A-Za-z]{2}", text) is None:
        raise Misread("is no state like MO")
    return text.upper()


def _text(text: str) -> str:
    """Line breaks stay, other control characters do not."""
    kept = "".join(one if one >= " " or one == "\n" else " " for one in text.replace("\r\n", "\n"))
    return kept.replace("\x7f", " ").strip()


_READERS: dict[VariableType, Callable[[str], Value]] = {
    VariableType.TEXT: _text,
    VariableType.DATE: _date,
    VariableType.NUMBER: _whole,
    VariableType.LINK: _link,
    VariableType.LAST_FOUR: _last_four,
    VariableType.MONTH: _between(1, 12, "month"),
    VariableType.YEAR: _between(2000, 2099, "year of this century"),
    VariableType.STATE: _state,
}


class NameRefused(Invalid):
    code = "variable_name_refused"

    def __init__(self, name: str, *, field: str) -> None:
        super().__init__(
            f"{name[:64]!r} cannot name a variable: a name is a letter, then up to 63 letters,"
            " digits and underscores, and no word of the language of templates",
            field=field,
        )
