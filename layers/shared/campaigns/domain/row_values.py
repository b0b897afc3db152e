"""Values as rows of files and bodies of requests have them, read or refused by their names."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from campaigns.domain.errors import Invalid

_LONGEST = 500
_TRUE, _FALSE = {"true", "1", "yes", "y", "t"}, {"false", "0", "no", "n", "f"}
_WHOLE, _MONEY, _PLACES = 10**9, 10**15, Decimal("0.0001")
"""What an amount stays within: whole numbers up to the first, decimals below the second."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    _DATE.pattern + r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)


class RowRefused(Invalid):
    code = "row_refused"


def text_in(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise RowRefused("must be text", field=name)
    text = str(value).strip()
    if len(text) > _LONGEST:
        raise RowRefused(f"is longer than {_LONGEST} characters", field=name)
    return text


def truth_in(name: str, value: Any) -> bool | None:
    """None for a blank, which says nothing: only an explicit no takes a flag back."""
    text = str("" if value is None else value).strip().lower()
    if not text:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise RowRefused("must be true or false", field=name)


def date_in(name: str, value: Any) -> date | None:
    text = text_in(name, value)
    try:
        if text and not _DATE.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise RowRefused("must be a date like 2026-03-01", field=name) from None


EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""No time that a client tells is before it."""


CLOCKS_DIFFER = timedelta(minutes=10)
"""How far ahead of ours a client's clock may be."""


def moment_in(name: str, value: Any) -> datetime | None:
    """A date alone is its beginning, in UTC."""
    text = text_in(name, value)
    if not text:
        return None
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRefused(
            "must be a date like 2026-03-01 or a time like 2026-03-01T09:30:00Z", field=name
        ) from None
    if at < EARLIEST:
        raise RowRefused(f"must not be before {EARLIEST.year}", field=name)
    return at


def decimal_in(name: str, value: Any) -> Decimal | None:
    """Below 10**15 either way, to four decimal places; never kept with an exponent."""
    text = text_in(name, value)
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        number = Decimal("NaN")
    if number is not None and not number.is_finite():
        raise RowRefused("must be a decimal number like 412.50", field=name)
    if number is None:
        return None
    # Compared as it stands: arithmetic on an absurd exponent would overflow.
    if number.copy_abs() >= _MONEY:
        raise RowRefused("must have at most 15 digits before the point", field=name)
    rounded = number.quantize(_PLACES)
    if rounded != number:
        raise RowRefused("must have at most 4 decimal places", field=name)
    places = number.as_tuple().exponent
    if isinstance(places, int) and -4 <= places <= 0:
        return number
    return rounded


def whole_in(name: str, value: Any) -> int | None:
    text = text_in(name, value)
    try:
        number = int(text) if text else None
    except ValueError:
        raise RowRefused("must be a whole number", field=name) from None
    if number is not None and abs(number) > _WHOLE:
        raise RowRefused(f"must be between -{_WHOLE} and {_WHOLE}", field=name)
    return number
