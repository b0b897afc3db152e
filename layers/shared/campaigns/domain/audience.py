"""How a list of people names them: which columns hold the ids, and what an id may be."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from campaigns.domain import public_id
from campaigns.domain.errors import Invalid
from campaigns.domain.identity import of_external

ID_COLUMNS = ("borrowerid", "id", "personid")
"""In order of precedence; letter case does not matter."""
LOAN_COLUMN = "loanid"
_FLOAT = re.compile(r"[+-]?([0-9]+)\.([0-9]*)|[+-]?[0-9]+(?:\.[0-9]*)?[eE][+-][0-9]+")
_EXACT = 2**53 - 1
"""One more may have been two more before it was a float."""
_LONGEST_EXACT = 16


def as_id(text: str) -> str | None:
    """An id out of a query: text as it is, a number only when it is exact; "" stays "".

    Numeric columns arrive as floats, so `17.0` is 17, while 17.5 or 1e+17 is no id. `12E4`
    is an id: a float would have come with the sign of its exponent.
    """
    if not text or text.isdigit():
        return text
    number = _FLOAT.fullmatch(text)
    if number is None:
        return text
    whole, fraction = number[1], number[2]
    if whole is None or fraction.strip("0") or text[0] == "-" or len(whole) > _LONGEST_EXACT:
        return None
    return whole if int(whole) <= _EXACT else None


def ids_named(company_id: str, kind: str, what: str, text: str) -> tuple[str, ...]:
    """What a query may mean: our id in either form, else the lender's own, a UUID or not."""
    named = of_external(company_id, what, text)
    ours = public_id.read(kind, text)
    return (named,) if ours is None else (ours, named)


def names_a_person(row: Mapping[str, Any]) -> bool:
    return any(
        name.strip().lower() in ID_COLUMNS and value is not None and bool(str(value).strip())
        for name, value in row.items()
    )


def check_audience(query_url: str | None, override: Sequence[Mapping[str, Any]] | None) -> None:
    """Whether there is anybody to ask for. Raises NoAudience, RowWithoutPerson."""
    if override is None and query_url is None:
        raise NoAudience
    for number, row in enumerate(override or [], start=1):
        if not names_a_person(row):
            raise RowWithoutPerson(number)


class NoAudience(Invalid):
    code = "no_audience"

    def __init__(self) -> None:
        super().__init__(
            "the campaign has no redashQueryUrl, so a run needs queryResultsOverride",
            field="queryResultsOverride",
        )


class RowWithoutPerson(Invalid):
    code = "row_without_person"

    def __init__(self, row: int) -> None:
        super().__init__(
            f"row {row} names no person: it needs borrowerId, id or personId",
            field="queryResultsOverride",
        )
