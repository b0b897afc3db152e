"""Amounts and dates as people of a locale write them, from the CLDR's data in Babel."""

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from campaigns.domain.variables import Amount, Value

if TYPE_CHECKING:
    from babel import Locale

_BETWEEN = re.compile(r"(?<=[^\W\d_])(?=\d)")
"""The CLDR wants a space where the letters of a currency meet a digit; Babel makes none."""
STYLES = ("short", "medium", "long", "full")
DEFAULT_STYLE = "long"


def spelled(value: Value, locale: str) -> str:
    """As it is shown where nothing else is asked for."""
    if isinstance(value, Amount):
        return amount(value, locale)
    return day(value, locale) if isinstance(value, date) else str(value)


def amount(value: Amount, locale: str) -> str:
    from babel.numbers import format_currency

    plain = str(format_currency(value.value, value.currency, locale=_locale(locale)))
    return _BETWEEN.sub("\u00a0", plain)


def day(value: date, locale: str, style: str = DEFAULT_STYLE) -> str:
    from babel.dates import format_date

    return str(format_date(value, style, locale=_locale(locale)))


@lru_cache(maxsize=64)
def _locale(tag: str) -> "Locale":
    """A region that nobody speaks the language in officially is left out."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-")
    except UnknownLocaleError:
        return Locale.parse(tag.partition("-")[0])
