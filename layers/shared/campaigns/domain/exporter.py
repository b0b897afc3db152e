"""A contact exporter: which contact points count, and what the contact file looks like."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from campaigns.domain.channel import Channel
from campaigns.domain.customer import INVALID, ContactPoint, ContactType
from campaigns.domain.errors import Invalid, NotFound


class Rows(StrEnum):
    """How contact points become lines of the file.

    `best` one line with the first matching contact point, `wide` one line with all of them
    side by side, `long` one line for each.
    """

    BEST = "best"
    WIDE = "wide"
    LONG = "long"


class Lists(StrEnum):
    """Whose contact points the file lists: those that may be used, or those that must not."""

    ALLOWED = "allowed"
    SUPPRESSED = "suppressed"


class PhoneFormat(StrEnum):
    E164 = "e164"
    NATIONAL10 = "national10"
    DIGITS = "digits"


class Quote(StrEnum):
    """`none` never quotes: a cell that would need it cannot be written."""

    MINIMAL = "minimal"
    ALL = "all"
    NONE = "none"


class Encoding(StrEnum):
    UTF_8 = "utf-8"
    UTF_8_BOM = "utf-8-bom"
    ASCII = "ascii"
    LATIN_1 = "latin-1"
    WINDOWS_1252 = "windows-1252"

    @property
    def codec(self) -> str:
        """As Python calls it, without the mark at the start of a file."""
        return {"utf-8-bom": "utf-8", "windows-1252": "cp1252"}.get(self, self.value)

    @property
    def writes_everything(self) -> bool:
        return self.codec == "utf-8"


class EmptyFile(StrEnum):
    """What a run with nobody to contact does with its empty file."""

    SEND = "send"
    SKIP = "skip"
    FAIL = "fail"


class Direction(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Attributes are AND-ed, the values inside one OR-ed; None asks nothing of an attribute."""

    label: frozenset[str] | None = None
    contact_type: frozenset[str] | None = None
    affiliation: frozenset[str] | None = None
    status: frozenset[str] | None = None

    def matching(
        self, contacts: Iterable[ContactPoint], *, usable_only: bool = True
    ) -> tuple[ContactPoint, ...]:
        """Usable contact points only, unless a status is asked for by name."""
        return tuple(contact for contact in contacts if self._admits(contact, usable_only))

    def _admits(self, contact: ContactPoint, usable_only: bool) -> bool:
        if self.status is not None:
            fits = contact.status in self.status
        else:
            fits = contact.is_usable or not usable_only
        return (
            fits
            and (self.contact_type is None or contact.type in self.contact_type)
            and (self.label is None or contact.label in self.label)
            and (self.affiliation is None or contact.affiliation in self.affiliation)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One of `field` or `const`; `mask` shows only the last four characters of the field."""

    output_name: str
    field: str | None = None
    const: str | None = None
    mask: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    by: str
    """A field path."""
    direction: Direction = Direction.ASCENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """What the contact is going to be: the guard decides about this, and says so."""

    channel: Channel
    subject: str
    theme: str | None = None
    loan_id: str | None = None
    """The debt that a decision is about where the query names none."""

    @property
    def facts(self) -> dict[str, str]:
        known = {"channel": self.channel.value, "subject": self.subject, "theme": self.theme}
        return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    delimiter: str = ","
    quote: Quote = Quote.MINIMAL
    header: bool = True
    encoding: Encoding = Encoding.UTF_8
    eol: str = "\r\n"
    null_text: str = ""
    max_rows_per_file: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    id: str
    company_id: str
    name: str
    external_id: str | None = None
    criteria: Criteria = field(default_factory=Criteria)
    columns: tuple[Column, ...] = ()
    compliance: Compliance | None = None
    rows: Rows = Rows.BEST
    max_phones: int = 10
    phone_order: tuple[str, ...] = ("mobile", "home", "work")
    lists: Lists = Lists.ALLOWED
    phone_format: PhoneFormat = PhoneFormat.E164
    phone_country: str = "US"
    format: FileFormat = field(default_factory=FileFormat)
    order: tuple[SortKey, ...] = ()
    empty_file: EmptyFile = EmptyFile.SEND
    preset: str | None = None
    chosen: frozenset[str] = frozenset()
    """The settings that somebody chose; a preset fills the others (presets.py)."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    version: int = 0

    def deleted(self, at: datetime) -> Self:
        return replace(self, deleted_at=at, updated_at=at)

    @property
    def contact_types(self) -> frozenset[str]:
        """The types of contact points that this file may use."""
        types = self.criteria.contact_type
        admitted = frozenset(ContactType) if types is None else types
        return admitted if self.compliance is None else admitted & {self.compliance.channel.reaches}

    @property
    def paths(self) -> Iterator[str]:
        """Every field path that the file shows or is ordered by."""
        yield from (column.field for column in self.columns if column.field is not None)
        yield from (key.by for key in self.order)

    def reachable(self, contacts: Iterable[ContactPoint]) -> tuple[ContactPoint, ...]:
        """The contact points that this file is about, best first.

        A list of those that must not be used is also about those that were opted out, but not
        about what is no address at all.
        """
        if self.lists is Lists.ALLOWED:
            found = self.criteria.matching(contacts)
        else:
            known = (contact for contact in contacts if contact.status != INVALID)
            found = self.criteria.matching(known, usable_only=False)
        if self.compliance is not None:
            reaches = self.compliance.channel.reaches
            found = tuple(contact for contact in found if contact.type is reaches)
        if len(found) > 1:
            rank = {label: place for place, label in enumerate(self.phone_order)}
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
