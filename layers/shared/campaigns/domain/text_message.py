"""How many messages a text becomes: the carriers cut it into segments and charge for each.

Within the GSM alphabet a segment has 160 places, or 153 when there are several; some characters
take two places, which are never cut apart. One character outside of it makes all of them UCS-2:
70 places, or 67.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
GSM_7, UCS_2 = "GSM-7", "UCS-2"


@dataclass(frozen=True, slots=True)
class Segments:
    encoding: str
    places: int
    """Septets in GSM-7, UTF-16 code units in UCS-2."""
    segments: int
    outside: str = ""
    """The characters that GSM-7 does not have, each once."""


def segments_of(text: str) -> Segments:
    outside = "".join(dict.fromkeys(one for one in text if one not in _BASIC | _EXTENDED))
    if outside:
        widths = [2 if ord(one) > 0xFFFF else 1 for one in text]
        return Segments(UCS_2, sum(widths), _cut(widths, 70, 67), outside)
    widths = [2 if one in _EXTENDED else 1 for one in text]
    return Segments(GSM_7, sum(widths), _cut(widths, 160, 153))


def _cut(widths: Sequence[int], single: int, each: int) -> int:
    if sum(widths) <= single:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > each:
            segments, used = segments + 1, 0
        used += width
    return segments
