"""A person who owes money, and the ways to reach them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from campaigns.domain.channel import Channel
from campaigns.domain.channel import ContactType as ContactType
from campaigns.domain.errors import NotFound


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
class Consent:
    """What somebody said about being contacted at one address in one way."""

    channel: Channel
    given: bool
    """False: refused, or withdrawn after it was given."""
    source: str = ""
    at: datetime | None = None
    """When it was said; None where nobody knows."""
    was_given_at: datetime | None = None
    """Of one that was withdrawn: when it had been given, as far as that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """`value` of a phone is E.164, or the raw text when `status` is `invalid`."""

    type: ContactType
    value: str
    label: str = ""
    affiliation: str = "self"
    status: str = ACTIVE
    consents: tuple[Consent, ...] = ()
    """One for each channel that something was said about, in the order of their names."""

    @property
    def where(self) -> tuple[ContactType, str]:
        """What it reaches, however it is spelled: upper and lower case mean the same."""
        return place_of(self.type, self.value)

    def consent(self, channel: Channel) -> Consent | None:
        for one in self.consents:
            if one.channel is channel:
                return one
        return None

    @property
    def is_refused(self) -> bool:
        """Whether somebody said no to it for any channel."""
        return any(not one.given for one in self.consents)

    @property
    def is_barred(self) -> bool:
        """Somebody said not to use it, which outlives any file; not: it is misspelled."""
        marks = {ContactType.PHONE: "+", ContactType.EMAIL: "@"}
        well_formed = marks.get(self.type, "") in self.value
        return self.status == OPTED_OUT or (self.status == INVALID and well_formed)

    @property
    def is_usable(self) -> bool:
        return self.status not in (INVALID, OPTED_OUT, INACTIVE)


def place_of(kind: ContactType, address: str) -> tuple[ContactType, str]:
    """By which addresses are compared, everywhere."""
    return kind, " ".join(address.casefold().split())


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
    marketing_opt_out: bool = False
    contacts: tuple[ContactPoint, ...] = ()
    refused: frozenset[Channel] = frozenset()
    """Ways in which they do not want to be contacted, at whatever address."""
    version: int = field(default=0, compare=False)
    """Of the record it was read from, 0 for one never kept; two may be equal apart from it."""

    def at(self, kind: ContactType, address: str) -> ContactPoint | None:
        """What is known of an address, if anything is; where it stands twice, the worse."""
        place = place_of(kind, address)
        found = [one for one in self.contacts if one.type is kind and one.where == place]
        return min(found, key=lambda one: (one.is_usable, not one.is_refused), default=None)

    @property
    def has_phone(self) -> bool:
        """One that may be used."""
        for contact in self.contacts:
            if contact.type is ContactType.PHONE and contact.is_usable:
                return True
        return False

    @property
    def is_restricted(self) -> bool:
        """Whether anything stands in the way of some contact, for good."""
        return (
            bool(self.flags)
            or bool(self.refused)
            or self.marketing_opt_out
            or any(one.status in (INVALID, OPTED_OUT) or one.is_refused for one in self.contacts)
        )


class CustomerNotFound(NotFound):
    code = "customer_not_found"

    def __init__(self, customer_id: str) -> None:
        super().__init__(f"customer {customer_id} does not exist")
