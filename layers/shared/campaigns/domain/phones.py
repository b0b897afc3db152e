"""Telephone numbers: kept as E.164, spelled the way a dialer wants them.

The numbering-plan library is loaded on first use: most functions never need it.
"""

from campaigns.domain.exporter import PhoneFormat


def spell_phone(e164: str, form: PhoneFormat) -> str:
    """`digits` is the E.164 number without its plus, `national10` the ten digits after +1.

    A number of another country has no ten digits that would reach it: its cell is blank.
    """
    if form is PhoneFormat.NATIONAL10:
        return e164[2:] if e164.startswith("+1") and len(e164) == 12 else ""
    return e164.removeprefix("+") if form is PhoneFormat.DIGITS else e164


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
