"""A contact exporter: which contact points count, and what the contact file looks like."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from campaigns.domain.customer import ContactPoint
from campaigns.domain.errors import Invalid, NotFound


class Rows(StrEnum):
    """How contact points become lines of the file.

    `best` one line with the first matching contact point, `wide` one line with all of them
    side by side, `long` one line for each.
    """

    BEST = "best"
    WIDE = "wide"
    LONG = "long"


class PhoneFormat(StrEnum):
    E164 = "e164"
    NATIONAL10 = "national10"
    DIGITS = "digits"


class Quote(StrEnum):
    MINIMAL = "minimal"
    ALL = "all"


class EmptyFile(StrEnum):
    """What a run with nobody to contact does with its empty file."""

    SEND = "send"
    SKIP = "skip"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Attributes are AND-ed, the values inside one OR-ed; None asks nothing of an attribute."""

    label: frozenset[str] | None = None
    contact_type: frozenset[str] | None = None
    affiliation: frozenset[str] | None = None
    status: frozenset[str] | None = None

    def matching(self, contacts: Iterable[ContactPoint]) -> tuple[ContactPoint, ...]:
        """Usable contact points only, unless a status is asked for by name."""
        return tuple(contact for contact in contacts if self._admits(contact))

    def _admits(self, contact: ContactPoint) -> bool:
        return (
            (self.contact_type is None or contact.type in self.contact_type)
            and (self.label is None or contact.label in self.label)
            and (self.affiliation is None or contact.affiliation in self.affiliation)
            and (contact.is_usable if self.status is None else contact.status in self.status)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One of `field` or `const`; `mask` shows only the last four characters of the field."""

    output_name: str
    field: str | None = None
    const: str | None = None
    mask: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    delimiter: str = ","
    quote: Quote = Quote.MINIMAL
    header: bool = True
    eol: str = "\r\n"
    null_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    id: str
    company_id: str
    name: str
    external_id: str | None = None
    criteria: Criteria = field(default_factory=Criteria)
    columns: tuple[Column, ...] = ()
    rows: Rows = Rows.BEST
    max_phones: int = 10
    phone_order: tuple[str, ...] = ("mobile", "home", "work")
    phone_format: PhoneFormat = PhoneFormat.E164
    format: FileFormat = field(default_factory=FileFormat)
    empty_file: EmptyFile = EmptyFile.SEND
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    version: int = 0

    def deleted(self, at: datetime) -> Self:
        return replace(self, deleted_at=at, updated_at=at)

    def reachable(self, contacts: Iterable[ContactPoint]) -> tuple[ContactPoint, ...]:
        """The contact points that this file may use, best first."""
        rank = {label: place for place, label in enumerate(self.phone_order)}
        found = self.criteria.matching(contacts)
        if len(found) > 1:
            found = tuple(sorted(found, key=lambda one: rank.get(one.label, len(rank))))
        return found


class ExporterNotFound(NotFound):
    code = "exporter_not_found"

    def __init__(self, exporter_id: str) -> None:
        super().__init__(f"contact exporter {exporter_id} does not exist")


class UnknownField(Invalid):
    code = "unknown_field"

    def __init__(self, path: str, *, field: str) -> None:
        super().__init__(f"unknown field path {path!r}", field=field)


class NobodyToContact(Invalid):
    code = "nobody_to_contact"

    def __init__(self) -> None:
        super().__init__("the contact file is empty and the exporter says emptyFile: fail")
