"""Where a ZIP code lies, as far as its first three digits tell.

Where a state lies in two time zones, three digits mostly tell which; where they do not, all of
their zones count, and so do all states that a prefix serves. ZIP codes of the armed forces lie
nowhere, and neither do prefixes that no ZIP code has.

The source is the 42 789 ZIP codes of the package zipcodes 3.0.0 (PyPI), every prefix compared with
them in the clocks that their zones keep today. In three prefixes it is not followed: 37405
(Chattanooga) and 79942 (El Paso) are said to keep Central Time there, which they do not, and West
Wendover in Nevada (89883), which has kept Mountain Time since 1999, to keep Pacific Time.
"""

import re
from functools import lru_cache

_ZIP = re.compile(r"([0-9]{3})[0-9]{2}(?:-?[0-9]{4})?")

_STATES = """
NY 005 100-149; PR 006-007 009; VI 008; MA 010-027 055; RI 028-029; NH 030-038; ME 039-049;
VT 050-054 056-059; CT 060-069; NJ 070-089; PA 150-196; DE 197-199; DC 200 202-205 569;
VA 201 220-246; MD 206-212 214-219; WV 247-268; NC 270-289; SC 290-299; GA 300-319 398-399;
FL 320-339 341-342 344 346-347 349; AL 350-352 354-369; TN 370-385; MS 386-397;
KY 400-418 420-427; OH 430-459; IN 460-479; MI 480-499; IA 500-516 520-528;
WI 530-532 534-535 537-549; MN 550-551 553-567; SD 570-577; ND 580-588; MT 590-599;
IL 600-620 622-629; MO 630-631 633-641 644-658; KS 660-662 664-679; NE 680-681 683-693;
LA 700-701 703-708 710-714; AR 716-729; OK 730-731 734-741 743-749; TX 733 750-770 772-799 885;
CO 800-816; WY 820-831; ID 832-838; UT 840-847; AZ 850-853 855-857 859-860 863-865;
NM 870-871 873-884; NV 889-891 893-895 897-898; CA 900-908 910-928 930-961; HI 967-968; GU 969;
OR 970-979; WA 980-986 988-994; AK 995-999;
NY 063; MD 205; VA 205; MO 726; TX 739; WY 834; AS 967; MP 969
"""
"""A prefix that stands here again serves places in another state, too."""

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"
_INDIANA, _BOISE = "America/Indiana/Indianapolis", "America/Boise"
_ISLANDS = ("Pacific/Guam", "Pacific/Palau", "Pacific/Chuuk", "Pacific/Pohnpei", "Pacific/Majuro")
"""Guam and the Marianas, and three countries whose mail goes by ZIP codes, too."""

_ZONES: tuple[tuple[str, tuple[str, ...]], ...] = (
    # Of the prefixes that a state's two zones share, nothing is said here: both count.
    ("320-323 326-339 341-349", (_EASTERN,)),  # Florida but for its panhandle
    ("325", (_CENTRAL,)),  # Pensacola
    ("370-372 375 380-385", (_CENTRAL,)),  # Tennessee, west and middle
    ("374 376 378-379", (_EASTERN,)),  # Tennessee, east
    ("400 402-418 425", (_EASTERN,)),  # Kentucky
    ("420-424", (_CENTRAL,)),
    ("460-462 466-468 470-474 478", (_INDIANA,)),
    ("463-464 476-477", (_CENTRAL,)),  # Gary, Evansville
    ("480-497", ("America/Detroit",)),  # Michigan but for the upper peninsula
    ("570-574", (_CENTRAL,)),  # South Dakota, east
    ("577", (_MOUNTAIN,)),
    ("580-584 587-588", (_CENTRAL,)),  # North Dakota
    ("660-676 679", (_CENTRAL,)),  # Kansas but for its west
    ("680-689", (_CENTRAL,)),  # Nebraska
    ("693", (_MOUNTAIN,)),
    ("733 739 750-797", (_CENTRAL,)),  # Texas
    ("799 885", (_MOUNTAIN,)),  # El Paso
    ("832-834 836-837", (_BOISE,)),  # Idaho, south
    ("838", (_PACIFIC,)),
    ("850-859 861-864", ("America/Phoenix",)),  # Arizona without the Navajo Nation
    ("889-897", (_PACIFIC,)),  # Nevada but for Wendover and Jackpot
    ("969", _ISLANDS),
    ("970-978", (_PACIFIC,)),  # Oregon but for Malheur county
    ("996-999", ("America/Anchorage",)),  # Alaska without the Aleutians
)


def _each(ranges: str) -> list[str]:
    found: list[str] = []
    for one in ranges.split():
        first, _, last = one.partition("-")
        found += [f"{number:03d}" for number in range(int(first), int(last or first) + 1)]
    return found


def _states() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in _STATES.split(";"):
        state, _, ranges = one.strip().partition(" ")
        for prefix in _each(ranges):
            found[prefix] = (*found.get(prefix, ()), state)
    return found


STATES_OF_PREFIX = _states()
"""The one that most of its ZIP codes are of first."""
ZONES_OF_PREFIX: dict[str, tuple[str, ...]] = {
    prefix: zones
    for ranges, zones in _ZONES
    for prefix in _each(ranges)
    if prefix in STATES_OF_PREFIX
}
"""Of those whose zones are not simply those of their states."""


@lru_cache(maxsize=65_536)
def zip_prefix(postal_code: str) -> str:
    """The first three digits of what looks like a ZIP code; blank for anything else."""
    found = _ZIP.fullmatch(postal_code)
    return "" if found is None else found[1]
