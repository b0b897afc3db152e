"""The order of a contact file, as bytes that compare the way its keys do.

Numbers compare as numbers, everything else by its letters without regard to case; a column of
the query may hold both, and then its numbers come first. Dates are kept so that they sort as
text. What is blank comes last, in either direction. Lines that tie keep the order of the rows.

Bytes, because the sorted parts of a long list are merged from files: they compare fast and are
read back as they are.
"""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from campaigns.domain.exporter import Direction, Exporter
from campaigns.domain.facts import Facts, plain_getter, type_of
from campaigns.domain.identity import moment
from campaigns.domain.run import Window

_PRESENT, _BLANK, _END = b"\x01", b"\x02", b"\x01"
_NEGATIVE, _ZERO, _POSITIVE, _TEXT = b"\x01", b"\x02", b"\x03", b"\x10"
_INVERSE = bytes(255 - byte for byte in range(256))
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{0,400})?([eE][+-]?[0-9]{1,4})?")
_NUMERIC = ("decimal", "integer")
_MIDDLE = 2**31
"""Exponents are counted from here, so that negative ones compare too."""


def sort_key(exporter: Exporter, *, by_window: bool = False) -> Callable[[Facts, int, int], bytes]:
    """Of a line's facts, the number of its row, and which of the row's lines it is.

    With `by_window`, lines whose people's hours begin together stand together, the first first.
    """
    keys = [
        (
            plain_getter(key.by),
            type_of(key.by) in (None, *_NUMERIC),
            key.direction is Direction.DESCENDING,
        )
        for key in exporter.order
    ]

    def key_of(facts: Facts, row: int, line: int) -> bytes:
        parts = [_window(facts)] if by_window else []
        for get, may_be_number, descending in keys:
            text = get(facts).strip()
            if not text:
                parts.append(_BLANK)
                continue
            number = _number(text) if may_be_number else None
            value = _as_text(text) if number is None else number
            parts += (_PRESENT, value.translate(_INVERSE) if descending else value)
        return b"".join(parts) + _END + row.to_bytes(8) + line.to_bytes(4)

    return key_of


def row_of(key: bytes) -> int:
    """The number of the row that the line of a key was made of."""
    return int.from_bytes(key[-12:-4])


def window_of(key: bytes) -> Window | None:
    """What a key that was made by windows begins with; None where no hours are known."""
    opens_at, _, zone = key[: key.index(b"\0")].decode().partition(" ")
    return Window(datetime.fromisoformat(opens_at), zone) if zone else None


def _window(facts: Facts) -> bytes:
    hours = facts.hours
    return b"\0" if hours is None else f"{moment(hours.start)} {hours.zone}\0".encode()


def _as_text(text: str) -> bytes:
    """Ended by a zero that nothing inside can be mistaken for."""
    folded = text.casefold().encode("utf-8", "surrogatepass")
    return _TEXT + folded.replace(b"\0", b"\0\xff") + b"\0"


def _number(text: str) -> bytes | None:
    """Sign, power of ten, digits; None for what is no number."""
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if not number:
        return _ZERO
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0").encode()
    size = (number.adjusted() + _MIDDLE).to_bytes(4) + digits + b"\0"
    return _NEGATIVE + size.translate(_INVERSE) if number < 0 else _POSITIVE + size
