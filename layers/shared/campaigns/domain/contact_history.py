"""What was lately tried to reach one person, and what is about to be.

One record for each person, whatever the debts: a contact that names no debt counts for all of
them, and one look says all that the limits ask for. A reservation stands for a contact that a
file or a message is about to make; a result makes it an attempt, or gives it back, and after
its time it counts no more. Whoever reserves writes the record at the version that was read, so
two runs never spend one budget twice.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from campaigns.domain.channel import Channel

KEPT = timedelta(days=35)
"""No limit looks further back than a month and its edges."""


class Outcome(StrEnum):
    """What became of an attempt."""

    ATTEMPTED = "attempted"
    CONVERSATION = "conversation"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    OPT_OUT = "opt_out"
    PROMISE = "promise"

    @property
    def was_conversation(self) -> bool:
        """The person was spoken with, which starts a pause."""
        return self in _TALKS


_TALKS = (Outcome.CONVERSATION, Outcome.PROMISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`debt` is an account's id, or "" where none was named, which counts for every debt."""

    id: str
    """The same attempt told twice has the same id."""
    at: datetime
    channel: Channel
    debt: str = ""
    outcome: Outcome = Outcome.ATTEMPTED
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One contact that `run_id` may make between `start` and `until`."""

    run_id: str
    channel: Channel
    debt: str = ""
    campaign_id: str = ""
    start: datetime
    until: datetime
    row: int = 0
    """Of the run's input, that it was made for; 0 where that does not matter any more."""

    def is_by(self, run_id: str | None, channel: Channel, debt: str) -> bool:
        return (self.run_id, self.channel, self.debt) == (run_id, channel, debt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """That a run's contact file names the person, for others to contact them until then.

    Apart from what is reserved: a list holds whom it names, however often they were called.
    """

    run_id: str
    campaign_id: str
    channel: Channel
    debt: str = ""
    addresses: tuple[str, ...]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactHistory:
    company_id: str
    person_id: str
    attempts: tuple[Attempt, ...] = ()
    """Oldest first."""
    reservations: tuple[Reservation, ...] = ()
    listings: tuple[Listing, ...] = ()
    version: int = field(default=0, compare=False)
    """Of the record it was read from, 0 for one never kept."""

    @property
    def is_empty(self) -> bool:
        return not self.attempts and not self.reservations and not self.listings

    @property
    def counts_until(self) -> datetime | None:
        """When nothing in it counts any more; None if nothing does."""
        attempts = (one.at + KEPT for one in self.attempts)
        reserved = (one.until for one in self.reservations)
        listed = (one.until for one in self.listings)
        return max([*attempts, *reserved, *listed], default=None)

    def attempts_about(self, debt: str) -> Iterator[Attempt]:
        """Those that count for a debt; for "", those about any debt."""
        return (one for one in self.attempts if _concerns(one.debt, debt))

    def reservations_about(self, debt: str, at: datetime) -> Iterator[Reservation]:
        """Those that still stand at `at` and count for a debt."""
        return (one for one in self.reservations if one.until > at and _concerns(one.debt, debt))

    def is_of_another_row(
        self, run_id: str | None, channel: Channel, debt: str, row: int, *, at: datetime
    ) -> bool:
        """Whether a run has reserved that contact already, for another row than this."""
        return any(
            one.until > at and one.row and row and one.row != row
            for one in self.reservations
            if one.is_by(run_id, channel, debt)
        )

    def reserving(self, *new: Reservation, at: datetime) -> Self:
        """With these, each in place of an earlier one of its run, channel and debt."""
        taken = {(one.run_id, one.channel, one.debt): one for one in new}
        kept = [
            one
            for one in self.reservations
            if one.until > at and (one.run_id, one.channel, one.debt) not in taken
        ]
        return replace(self, reservations=(*kept, *taken.values()))

    def listings_about(self, debt: str, at: datetime) -> Iterator[Listing]:
        """Those that still stand at `at` and name a debt, or none; for "", all of them."""
        return (one for one in self.listings if one.until > at and _concerns(one.debt, debt))

    def listed(self, *new: Listing, at: datetime) -> Self:
        """With these, each in place of an earlier one of its run, channel and debt."""
        taken = {(one.run_id, one.channel, one.debt) for one in new}
        kept = (
            one
            for one in self.listings
            if one.until > at and (one.run_id, one.channel, one.debt) not in taken
        )
        return replace(self, listings=(*kept, *new))

    def unlisted(
        self, run_id: str, channel: Channel, debt: str, *, keeps_reserved: bool = False
    ) -> Self:
        """As if a run had not listed them for this debt, named like that, nor reserved anything."""

        def others(one: Reservation | Listing) -> bool:
            return (one.run_id, one.channel, one.debt) != (run_id, channel, debt)

        return replace(
            self,
            reservations=(
                self.reservations if keeps_reserved else tuple(filter(others, self.reservations))
            ),
            listings=tuple(filter(others, self.listings)),
        )

    def recalled(self, run_id: str, addresses: Collection[str], *, at: datetime) -> Self:
        """Not to be reached at these by a run's list; with the last one ends what it reserved."""
        now = self
        for one in self.listings:
            if one.run_id != run_id:
                continue
            left = tuple(there for there in one.addresses if there not in addresses)
            if not left:
                now = now.unlisted(run_id, one.channel, one.debt)
            elif left != one.addresses:
                now = now.listed(replace(one, addresses=left), at=at)
        return now

    def releasing(self, run_id: str) -> Self:
        """Without what a run had reserved, or listed."""
        kept = tuple(one for one in self.reservations if one.run_id != run_id)
        listings = tuple(one for one in self.listings if one.run_id != run_id)
        return replace(self, reservations=kept, listings=listings)

    def releasing_about(self, run_id: str, channel: Channel, debt: str) -> Self:
        """Without what a run had reserved for a debt by one channel; for "", for any debt."""
        kept = tuple(
            one
            for one in self.reservations
            if (one.run_id, one.channel) != (run_id, channel) or not _concerns(one.debt, debt)
        )
        return replace(self, reservations=kept)

    def attempted(self, attempt: Attempt, *, at: datetime) -> Self:
        """An attempt takes the place of the reservation it was made on; told again, nothing."""
        if any(one.id == attempt.id for one in self.attempts):
            return self
        kept = [one for one in self.attempts if one.at > at - KEPT]
        open_ = tuple(
            one
            for one in self.reservations
            if (one.run_id, one.channel, one.debt)
            != (attempt.run_id, attempt.channel, attempt.debt)
        )
        attempts = tuple(sorted([*kept, attempt], key=lambda one: (one.at, one.id)))
        return replace(self, attempts=attempts, reservations=open_)


def _concerns(named: str, debt: str) -> bool:
    return not named or not debt or named == debt
