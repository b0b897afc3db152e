"""A company, and how it wants its campaigns run.

A company's test data live in a space of their own, under an id that follows from its own and
can be no other company's. All that is kept is kept under that id, so nothing can mix the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any, Self
from uuid import UUID

from campaigns.domain.brand import Brand
from campaigns.domain.errors import NotFound
from campaigns.domain.guard_rules import ContactPolicy
from campaigns.domain.notices import CureRule
from campaigns.domain.schedule import RunWindow, local_date_of, zone_of
from campaigns.domain.secret import Sealed, secret_context


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    id: str
    name: str
    zone: str = "America/New_York"
    run_window: RunWindow = field(default_factory=lambda: RunWindow(time(6), time(8)))
    release_by_another_key: bool = False
    """Whether a run that is held needs another key to go on than the one that asked for it."""
    brand: Brand = field(default_factory=Brand)
    """What its messages say of it."""
    cure_rules: Mapping[str, CureRule] = field(default_factory=dict)
    """By state: its own, beside those built in."""
    contact_policy: ContactPolicy = field(default_factory=ContactPolicy)
    """By which rules its people are contacted."""
    agency_secret: Sealed | None = None
    """What requests to its agency API have to be signed with; None if they need not be."""
    created_at: datetime
    times_changed_at: datetime | None = None
    """When its zone or run window was last changed, which moves the times of all its runs."""
    schedules_moved_for: str | None = None
    """The `times` that the schedules of its campaigns were last moved to; None: never moved."""
    version: int = 0

    @property
    def is_test(self) -> bool:
        """Whether nothing may reach anybody on its behalf."""
        return is_test_space(self.id)

    def in_space(self, space_id: str) -> Self:
        """The same company, as the owner of its live or its test data."""
        return replace(self, id=space_id)

    @property
    def agency_secret_context(self) -> dict[str, str]:
        """What its signing secret is sealed for."""
        id = live_space_of(self.id)
        return secret_context(id, id, "agencySigningSecret")

    @property
    def times(self) -> str:
        """Zone and run window in one text."""
        return f"{self.zone} {self.run_window.start:%H:%M}-{self.run_window.end:%H:%M}"

    @property
    def schedules_have_moved(self) -> bool:
        """Whether the schedules of its campaigns are known to follow its zone and run window."""
        return self.schedules_moved_for in (None, self.times)

    def changed(self, changes: "CompanyChanges", *, at: datetime) -> Self:
        """With these fields set.

        Raises UnknownTimeZone, BrandRefused, UnknownLanguage, BadContactPolicy.
        """
        zone = None if changes.zone is None else zone_of(changes.zone).key
        policy = self.contact_policy.changed(
            changes.contact_policy, on=local_date_of(at, zone or self.zone)
        )
        given = {
            "name": changes.name,
            "zone": zone,
            "run_window": changes.run_window,
            "release_by_another_key": changes.release_by_another_key,
            "brand": None if changes.brand is None else self.brand.changed(changes.brand),
            "cure_rules": changes.cure_rules,
            "contact_policy": policy,
        }
        set_to: dict[str, Any] = {name: one for name, one in given.items() if one is not None}
        changed = replace(self, **set_to)
        if changed.times == self.times:
            return changed
        return replace(
            changed,
            times_changed_at=at,
            schedules_moved_for=self.schedules_moved_for or self.times,
        )

    def schedules_moved(self) -> Self:
        return replace(self, schedules_moved_for=self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyChanges:
    """What is to be changed of a company; None leaves a field as it is."""

    name: str | None = None
    zone: str | None = None
    run_window: RunWindow | None = None
    release_by_another_key: bool | None = None
    brand: Mapping[str, Any] | None = None
    """Only what is to be changed of it; what is None there is forgotten."""
    cure_rules: Mapping[str, CureRule] | None = None
    """All of them."""
    contact_policy: Mapping[str, Any] = field(default_factory=dict)
    """The members of the policy that are to be set; None gives one back to the profile."""


# The top bit of a UUID's version, which no version that exists has set.
_TEST_BIT = 1 << 79


def test_space_of(company_id: str) -> str:
    """Where a company's test data live; that space itself stays what it is."""
    return str(UUID(int=UUID(company_id).int | _TEST_BIT))


def live_space_of(company_id: str) -> str:
    """The id that the company itself is known by; what is no id at all stays what it is."""
    try:
        return str(UUID(int=UUID(company_id).int & ~_TEST_BIT))
    except ValueError:
        return company_id


def is_test_space(company_id: str) -> bool:
    return live_space_of(company_id) != company_id


class CompanyNotFound(NotFound):
    code = "company_not_found"

    def __init__(self, company_id: str) -> None:
        super().__init__(f"company {company_id} does not exist")
