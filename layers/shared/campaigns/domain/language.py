"""Languages as tags, like `es` and `es-US`; in which of them amounts and dates can be told."""

import re
from collections.abc import Iterable

from campaigns.domain.errors import Invalid

LANGUAGES = (
    "ar", "da", "de", "en", "es", "fi", "fil", "fr", "hi", "it", "ja",
    "ko", "nb", "nl", "no", "pl", "pt", "ru", "sv", "uk", "vi", "zh",
)  # fmt: skip
"""The layer carries the locale data of these, and of their regions, and of no others."""

_TAG = re.compile(r"([a-z]{2,3})(-[A-Z][a-z]{3})?(?:-([A-Z]{2}|[0-9]{3}))?")


def check_language(tag: str, *, field: str) -> str:
    """Raises UnknownLanguage."""
    found = _TAG.fullmatch(tag)
    if found is None or found[1] not in LANGUAGES:
        raise UnknownLanguage(tag, field=field)
    return tag


def read_language(text: str) -> str | None:
    """What a person's record says, as a tag: `EN`, `es_us` and `es-US` are all fine."""
    parts = re.split("[-_]", text.strip())
    spelled = [parts[0].lower()]
    for part in parts[1:]:
        spelled.append(part.title() if len(part) == 4 else part.upper())
    tag = "-".join(spelled)
    return tag if _TAG.fullmatch(tag) and base_of(tag) in LANGUAGES else None


def base_of(tag: str) -> str:
    return tag.partition("-")[0]


def region_of(tag: str) -> str:
    """Blank when it names none."""
    found = _TAG.fullmatch(tag)
    return (found[3] or "") if found else ""


def best_of(available: Iterable[str], *wanted: str | None) -> str | None:
    """Of the languages there are, the one that suits the first wish that can be met.

    A wish is met by itself, else by its language without a region, else by any region of it.
    """
    known = sorted(available)
    for tag in wanted:
        if tag is None:
            continue
        base = base_of(tag)
        kin = (one for one in known if base_of(one) == base)
        found = tag if tag in known else base if base in known else next(kin, None)
        if found is not None:
            return found
    return None


def locale_for(person: str | None, template: str, company: str) -> str:
    """How amounts and dates are spelled in a text of the template's language.

    As the person is used to it where that is the same language; a region that neither names is
    the company's, since `es` in the United States is not the Spanish of Spain.
    """
    tag = person if person is not None and base_of(person) == base_of(template) else template
    region = region_of(tag) or region_of(template) or region_of(company)
    return tag if region_of(tag) or not region else f"{tag}-{region}"


class UnknownLanguage(Invalid):
    code = "unknown_language"

    def __init__(self, tag: str, *, field: str) -> None:
        super().__init__(
            f"{tag!r} is no language that can be written here; valid are tags like en-US, whose"
            f" first part is one of {', '.join(LANGUAGES)}",
            field=field,
        )
