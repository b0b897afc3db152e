"""Placeholders like `{{customer.first_name}}` in what an agency sends: filled in per recipient.

Agencies have words of their own for what is stored of a person. Those that nobody knows are
refused when they are written down, as is all else that the language of templates would read.
"""

import re
from collections.abc import Mapping
from typing import Final

from campaigns.domain.errors import Invalid

_PLACEHOLDER: Final = re.compile(r"{{(.*?)}}", re.DOTALL)
_MEANS_SOMETHING: Final = ("{{", "}}", "{%", "%}", "{#", "#}")

KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "customer.first_name": ("firstName",),
    "customer.last_name": ("lastName",),
    "customer.name": ("firstName", "lastName"),
    "customer.external_id": ("borrowerId",),
    "customer.email": ("email",),
    "customer.phone": ("mobilePhone",),
    "customer.state": ("state",),
}
"""The stored values that each stands for."""


def check_placeholders(text: str) -> None:
    """Raises UnknownPlaceholder, also for what looks like one and is none."""
    for name in _PLACEHOLDER.findall(text):
        if name.strip() not in KNOWN:
            raise UnknownPlaceholder(f"{{{{{name}}}}}")
    rest = _PLACEHOLDER.sub(" ", text)
    if any(one in rest for one in _MEANS_SOMETHING):
        raise UnknownPlaceholder(rest)


def as_source(text: str) -> str:
    """In the language of templates; of a text that was checked."""

    def named(found: re.Match[str]) -> str:
        return " ".join(f"{{{{ {name} }}}}" for name in KNOWN[found[1].strip()])

    return _PLACEHOLDER.sub(named, text)


class UnknownPlaceholder(Invalid):
    code = "unknown_placeholder"

    def __init__(self, text: str) -> None:
        known = ", ".join(f"{{{{{name}}}}}" for name in KNOWN)
        super().__init__(f"{text[:60]} is no placeholder; known are {known}.")
