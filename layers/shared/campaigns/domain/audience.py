"""How a list of people names them: which columns hold the ids, and what an id may be."""

import re
from collections.abc import Mapping
from typing import Any

ID_COLUMNS = ("borrowerid", "id", "personid")
"""In order of precedence; letter case does not matter."""
LOAN_COLUMN = "loanid"
_FRACTION = re.compile(r"[+-]?(\d+)\.(\d*)(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+")
_EXACT = 2**53


def as_id(text: str) -> str | None:
    """An id out of a query: text as it is, a number only when it is exact; "" stays "".

    Numeric columns arrive as floats, so `17.0` is 17, while 17.5 or 1e+17 is no id.
    """
    if not text or text.isdigit():
        return text
    number = _FRACTION.fullmatch(text)
    if number is None:
        return text
    if number[1] is None or number[2].strip("0") or "e" in text.lower():
        return None
    return number[1] if int(number[1]) <= _EXACT and text[0] != "-" else None


def names_a_person(row: Mapping[str, Any]) -> bool:
    return any(
        name.strip().lower() in ID_COLUMNS and value is not None and bool(str(value).strip())
        for name, value in row.items()
    )
