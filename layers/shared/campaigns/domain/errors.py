"""The four ways the domain says no.

    DomainError
    ├─ NotFound      it does not exist, or belongs to somebody else
    ├─ Conflict      the request is fine, the present state is not
    ├─ Invalid       the request breaks a rule, whatever the state; may name its field
    └─ Unavailable   something outside did not answer; trying again may help

Each concrete error lives beside the noun it is about, is built from facts, and
carries a `code` that never changes.
"""

from typing import ClassVar


class DomainError(Exception):
    """A refusal that a caller or an operator can act on; its text is written for them."""

    code: ClassVar[str]
    holds: ClassVar[bool] = False
    """Whether a run that meets it waits for somebody to look, instead of failing."""


class NotFound(DomainError): ...


class Conflict(DomainError): ...


class Invalid(DomainError):
    """`field` names the offending field as the wire spells it, dotted; None when there is none."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unavailable(DomainError): ...
