"""A person who owes money, and the ways to reach them."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from campaigns.domain.errors import NotFound


class ContactType(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"


class Flag(StrEnum):
    """What forbids contact with a person, whatever the campaign."""

    DO_NOT_CONTACT = "doNotContact"
    CEASE = "cease"
    ATTORNEY = "attorney"
    BANKRUPTCY = "bankruptcy"
    DECEASED = "deceased"
    DISPUTE = "dispute"


ACTIVE, INVALID, OPTED_OUT, INACTIVE = "active", "invalid", "optedOut", "inactive"
"""Statuses of a contact point that mean something to us; a file may bring others."""
BARRED = "barred"
"""The label of a contact point that is kept only because it must not be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """`value` of a phone is E.164, or the raw text when `status` is `invalid`."""

    type: ContactType
    value: str
    label: str = ""
    affiliation: str = "self"
    status: str = ACTIVE

    @property
    def is_barred(self) -> bool:
        """Somebody said not to use it, which outlives any file; not: it is misspelled."""
        marks = {ContactType.PHONE: "+", ContactType.EMAIL: "@"}
        well_formed = marks.get(self.type, "") in self.value
        return self.status == OPTED_OUT or (self.status == INVALID and well_formed)

    @property
    def is_usable(self) -> bool:
        return self.status not in (INVALID, OPTED_OUT, INACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    id: str
    company_id: str
    external_id: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    time_zone: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    date_of_birth: date | None = None
    flags: frozenset[Flag] = frozenset()
    contacts: tuple[ContactPoint, ...] = ()
    version: int = field(default=0, compare=False)
    """Of the record it was read from, 0 for one never kept; two may be equal apart from it."""

    @property
    def has_phone(self) -> bool:
        """One that may be used."""
        for contact in self.contacts:
            if contact.type is ContactType.PHONE and contact.is_usable:
                return True
        return False


class CustomerNotFound(NotFound):
    code = "customer_not_found"

    def __init__(self, customer_id: str) -> None:
        super().__init__(f"customer {customer_id} does not exist")
