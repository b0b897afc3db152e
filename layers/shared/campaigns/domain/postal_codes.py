"""Where a ZIP code lies, as far as its first three digits tell.

Where a state lies in two time zones, three digits mostly tell which; where they do not, both
zones count. ZIP codes of the armed forces lie nowhere, those of 967 in Hawaii or in Samoa.
"""

import re

_ZIP = re.compile(r"([0-9]{3})[0-9]{2}(?:-?[0-9]{4})?")

_STATES = """
NY 005 100-149; PR 006-007 009; VI 008; MA 010-027 055; RI 028-029; NH 030-038; ME 039-049;
VT 050-054 056-059; CT 060-069; NJ 070-089; PA 150-196; DE 197-199; DC 200 202-205 569;
VA 201 220-246; MD 206-219; WV 247-268; NC 270-289; SC 290-299; GA 300-319 398-399;
FL 320-339 341-349; AL 350-369; TN 370-385; MS 386-397; KY 400-427; OH 430-459; IN 460-479;
MI 480-499; IA 500-528; WI 530-549; MN 550-567; SD 570-577; ND 580-588; MT 590-599; IL 600-629;
MO 630-658; KS 660-679; NE 680-693; LA 700-714; AR 716-729; OK 730-732 734-749; TX 733 750-799 885;
CO 800-816; WY 820-831; ID 832-838; UT 840-847; AZ 850-865; NM 870-884; NV 889-898; CA 900-961;
HI 968; OR 970-979; WA 980-994; AK 995-999
"""

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"
_INDIANA, _BOISE = "America/Indiana/Indianapolis", "America/Boise"

_ZONES: tuple[tuple[str, str], ...] = (
    # Of the prefixes that a state's two zones share, nothing is said here: both count.
    ("320-322 326-339 341-349", _EASTERN),  # Florida but for its panhandle
    ("325", _CENTRAL),  # Pensacola
    ("370-372 380-385", _CENTRAL),  # Tennessee, west and middle
    ("374 376-379", _EASTERN),  # Tennessee, east
    ("400 402-418 425", _EASTERN),  # Kentucky
    ("420-424", _CENTRAL),
    ("460-462 466-474 478-479", _INDIANA),
    ("464 477", _CENTRAL),  # Gary, Evansville
    ("480-497", "America/Detroit"),  # Michigan but for the upper peninsula
    ("570-574", _CENTRAL),  # South Dakota, east
    ("577", _MOUNTAIN),
    ("580-584 587", _CENTRAL),  # North Dakota
    ("586", _MOUNTAIN),
    ("660-676 679", _CENTRAL),  # Kansas but for its west
    ("680-689", _CENTRAL),  # Nebraska
    ("693", _MOUNTAIN),
    ("733 750-797", _CENTRAL),  # Texas
    ("799 885", _MOUNTAIN),  # El Paso
    ("832-834 836-837", _BOISE),  # Idaho, south
    ("838", _PACIFIC),
    ("850-859 861-864", "America/Phoenix"),  # Arizona without the Navajo Nation
    ("889-897", _PACIFIC),  # Nevada but for Wendover and Jackpot
    ("970-978", _PACIFIC),  # Oregon but for Malheur county
    ("996-999", "America/Anchorage"),  # Alaska without the Aleutians
)


def _each(ranges: str) -> list[str]:
    found: list[str] = []
    for one in ranges.split():
        first, _, last = one.partition("-")
        found += [f"{number:03d}" for number in range(int(first), int(last or first) + 1)]
    return found


STATE_OF_PREFIX: dict[str, str] = {
    prefix: state
    for state, _, ranges in (one.strip().partition(" ") for one in _STATES.split(";"))
    for prefix in _each(ranges)
}
ZONE_OF_PREFIX: dict[str, str] = {
    prefix: zone for ranges, zone in _ZONES for prefix in _each(ranges)
}
"""Of those that lie in a state of several zones, and in only one of them."""


def zip_prefix(postal_code: str) -> str:
    """The first three digits of what looks like a ZIP code; blank for anything else."""
    found = _ZIP.fullmatch(postal_code)
    return "" if found is None else found[1]
