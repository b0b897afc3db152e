"""Telephone numbers: kept as E.164, spelled the way a dialer wants them.

The numbering-plan library is loaded on first use: most functions never need it, and numbers of
North America are spelled without it.
"""

from functools import lru_cache

from campaigns.domain.errors import Invalid
from campaigns.domain.exporter import PhoneFormat

_NORTH_AMERICA = "1"


class UnknownCountry(Invalid):
    code = "unknown_country"

    def __init__(self, region: str) -> None:
        super().__init__(
            f"{region!r} is no country with telephone numbers; an example is US",
            field="phone.defaultCountry",
        )


def spell_phone(e164: str, form: PhoneFormat, code: str = _NORTH_AMERICA) -> str:
    """`digits` is the E.164 number without its plus, `national10` what follows `+code`.

    A number of another numbering plan has no national digits that would reach it: its cell is
    blank. In North America, `+1`, they are ten.
    """
    if form is PhoneFormat.NATIONAL10:
        if code == _NORTH_AMERICA:
            return e164[2:] if e164.startswith("+1") and len(e164) == 12 else ""
        prefix = f"+{code}"
        return e164.removeprefix(prefix) if e164.startswith(prefix) else ""
    return e164.removeprefix("+") if form is PhoneFormat.DIGITS else e164


def split_phone(e164: str) -> tuple[str, str]:
    """Country code and national number, as digits; two blanks for what is no E.164."""
    if not e164.startswith("+"):
        return "", ""
    code = calling_code(e164)
    return (code, e164[1 + len(code) :]) if code else ("", "")


def calling_code(e164: str) -> str:
    """`1` of +15125550123, `49` of +49301234567; blank when no country has it."""
    return _NORTH_AMERICA if e164.startswith("+1") else _calling_code(e164[1:4])


@lru_cache(maxsize=1024)
def _calling_code(start: str) -> str:
    import phonenumbers

    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    digits = start if start.isascii() and start.isdigit() else ""
    # No code is the beginning of another.
    beginnings = (digits[:length] for length in range(1, len(digits) + 1))
    return next((code for code in beginnings if code[0] != "0" and int(code) in known), "")


@lru_cache(maxsize=512)
def code_of_country(region: str) -> str:
    """`1` of US, `49` of DE. Raises UnknownCountry."""
    if region in ("US", "CA"):
        return _NORTH_AMERICA
    import phonenumbers

    code = phonenumbers.country_code_for_region(region)
    if not code:
        raise UnknownCountry(region)
    return str(code)


def normal_phone(text: str, region: str = "US") -> str | None:
    """E.164, or None when it is no valid number."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
