"""Ids as the borrower API shows them: two letters, then a UUID in Crockford's base 32.

`CM-0N8Q4V2X9C3M1-7YB5ZK0T6WJRD` is reversible: the 26 digits are the UUID's 128 bits,
most significant first. A digit is read in either case, and I, L, O as 1, 1, 0.
"""

import re
from uuid import UUID

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)} | {"I": 1, "L": 1, "O": 0}
_SHOWN = re.compile(r"([A-Za-z]{2})-([0-9A-TV-Za-tv-z]{13})-([0-9A-TV-Za-tv-z]{13})")

CAMPAIGN = "CM"
RUN = "RN"
EXPORTER = "CE"
SENDER = "BS"
BORROWER = "BO"
FILE = "FI"


def show(kind: str, id: str) -> str:
    number = UUID(id).int
    digits = "".join(_DIGITS[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{kind}-{digits[:13]}-{digits[13:]}"


def read(kind: str, text: str) -> str | None:
    """The core UUID behind a shown id or a plain UUID; None when it is neither."""
    if found := _SHOWN.fullmatch(text):
        if found[1].upper() != kind:
            return None
        number = 0
        for digit in (found[2] + found[3]).upper():
            number = number << 5 | _VALUES[digit]
        return str(UUID(int=number)) if number < 2**128 else None
    if len(text) == 36:
        try:
            return str(UUID(text))
        except ValueError:
            return None
    return None
