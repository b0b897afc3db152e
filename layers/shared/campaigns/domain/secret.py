"""A secret at rest: what it is can be forgotten, that it exists cannot."""

from dataclasses import dataclass, field

MASK = "********"
"""In place of a secret."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted secret. `hint` is its last four characters when it is longer than twelve."""

    ciphertext: str = field(repr=False)
    hint: str = ""

    @property
    def masked(self) -> str:
        return MASK + self.hint


@dataclass(frozen=True, slots=True)
class SentSecret:
    """A secret as a client sent it: plain, masked, or None to clear it."""

    value: str | None = field(repr=False)


def hint_of(plain: str) -> str:
    return plain[-4:] if len(plain) > 12 else ""


def is_mask(text: str) -> bool:
    """Whether a client sent back what it was shown: the secret stays as it is."""
    return text.startswith(MASK) and len(text) in (len(MASK), len(MASK) + 4)


def secret_context(company_id: str, object_id: str, field: str) -> dict[str, str]:
    """What a secret is sealed for: opening it for anything else fails."""
    return {"company": company_id, "object": object_id, "field": field}
