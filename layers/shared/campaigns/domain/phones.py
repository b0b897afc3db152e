"""Telephone numbers: kept as E.164, spelled the way a dialer wants them.

The numbering-plan library is loaded on first use: most functions never need it.
"""

from campaigns.domain.exporter import PhoneFormat


def spell_phone(e164: str, form: PhoneFormat) -> str:
    """`digits` is the E.164 number without its plus, `national10` the national number alone."""
    if not e164.startswith("+"):
        return e164
    if form is PhoneFormat.DIGITS:
        return e164[1:]
    if form is PhoneFormat.NATIONAL10:
        if e164.startswith("+1"):
            return e164[2:]
        import phonenumbers

        try:
            number = phonenumbers.parse(e164)
        except phonenumbers.NumberParseException:
            # No number at all, asked for by its status: it is shown as it was given.
            return e164
        return phonenumbers.national_significant_number(number)
    return e164


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
