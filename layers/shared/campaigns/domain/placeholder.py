"""Placeholders like `{{customer.first_name}}`: filled in for each recipient.

Those that nobody knows are refused when they are written down. One that somebody has no value
for is never filled in with nothing: who is asked says so, and that person gets no message.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from campaigns.domain.customer import ContactType, Customer
from campaigns.domain.errors import Invalid
from campaigns.domain.template import MissingVariable

_PLACEHOLDER: Final = re.compile(r"{{(.*?)}}", re.DOTALL)


def _name(customer: Customer) -> str:
    return f"{customer.first_name} {customer.last_name}".strip()


def _first(type: ContactType) -> Callable[[Customer], str]:
    """The first usable contact point of a type."""

    def find(customer: Customer) -> str:
        found = (one.value for one in customer.contacts if one.type is type and one.is_usable)
        return next(found, "")

    return find


KNOWN: Final[Mapping[str, Callable[[Customer], str]]] = {
    "customer.first_name": lambda customer: customer.first_name,
    "customer.last_name": lambda customer: customer.last_name,
    "customer.name": _name,
    "customer.external_id": lambda customer: customer.external_id,
    "customer.email": _first(ContactType.EMAIL),
    "customer.phone": _first(ContactType.PHONE),
    "customer.city": lambda customer: customer.city,
    "customer.state": lambda customer: customer.state,
}


def check_placeholders(text: str) -> None:
    """Raises UnknownPlaceholder, also for one that is not closed."""
    for name in _PLACEHOLDER.findall(text):
        if name.strip() not in KNOWN:
            raise UnknownPlaceholder(name)
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise UnknownPlaceholder(rest)


def fill(text: str, customer: Customer) -> str:
    """Raises MissingVariable."""

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        said = KNOWN[name](customer).strip()
        if not said:
            raise MissingVariable(name)
        return said

    return _PLACEHOLDER.sub(value, text)


class UnknownPlaceholder(Invalid):
    code = "unknown_placeholder"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{{{{{name[:40]}}}}} is no placeholder; known are {', '.join(sorted(KNOWN))}"
        )
