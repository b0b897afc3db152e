"""What happened with a customer, and what is to happen no more."""

from collections.abc import Sequence
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field, model_validator

from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import Reservation
from campaigns.domain.customer import Customer
from campaigns.domain.opt_out import OptOut, OptOutScope
from campaigns.domain.timeline import EntryKind, TimelineEntry, TimelinePage
from campaigns.edge.management.params import PageQuery
from campaigns.edge.management.schemas import CustomerIn, CustomerOut, Day
from campaigns.edge.wire import Long, Moment, StrictWire, Wire


class TimelineQuery(PageQuery):
    """`from` and `to` are days in the company's zone, both included.

    Without `from`, decisions are shown of the 31 days up to `to`, or to today, and of all that is
    kept the rest.
    """

    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None


TimelineAsk = Annotated[TimelineQuery, Query()]


class EntryOut(Wire):
    """`details` are those of its kind: of a promise `amount` and `promisedOn`, of an opt-out
    `scope` and `channels`, of a flag `flag`, `isSet` and `reason`. Of a decision `outcome` is the
    verdict, or `rejected`, and `details` are `ruleId`, `ruleVersion`, `facts`, `row`, and where
    it came to that `file` and `line`, or `reason` and `detail`."""

    id: str
    kind: EntryKind
    at: Moment
    channel: Channel | None
    address: str | None
    account_id: str | None
    campaign_id: str | None
    run_id: str | None
    outcome: str | None
    details: dict[str, str]

    @classmethod
    def of(cls, entry: TimelineEntry) -> Self:
        return cls(
            id=entry.id,
            kind=entry.kind,
            at=entry.at,
            channel=entry.channel,
            address=entry.address,
            account_id=entry.account_id,
            campaign_id=entry.campaign_id,
            run_id=entry.run_id,
            outcome=entry.outcome,
            details=dict(entry.details),
        )


class ReservationOut(Wire):
    """A contact that a run may still make."""

    channel: Channel
    account_id: str | None
    campaign_id: str | None
    run_id: str
    start: Moment
    until: Moment

    @classmethod
    def of(cls, one: Reservation) -> Self:
        return cls(
            channel=one.channel,
            account_id=one.debt or None,
            campaign_id=one.campaign_id or None,
            run_id=one.run_id,
            start=one.start,
            until=one.until,
        )


class TimelineOut(Wire):
    """`reservations` are those that stand now, on every page."""

    reservations: list[ReservationOut]
    items: list[EntryOut]
    next_token: str | None

    @classmethod
    def of(cls, reservations: Sequence[Reservation], page: TimelinePage) -> Self:
        return cls(
            reservations=[ReservationOut.of(one) for one in reservations],
            items=[EntryOut.of(one) for one in page.entries],
            next_token=page.next,
        )


class OptOutIn(StrictWire):
    """With `text`, only what it asks for; without, the address, else the channel, else all."""

    channel: Channel | None = None
    address: Long | None = None
    text: Annotated[str, Field(max_length=2000)] | None = None

    @model_validator(mode="after")
    def _address_of_a_channel(self) -> Self:
        if self.address is not None and self.channel is None:
            raise ValueError("an address needs its channel")
        return self


class OptOutOut(Wire):
    """`optedOut` is false where the text asks for no such thing; then nothing has changed."""

    opted_out: bool
    scope: OptOutScope | None
    channels: list[Channel]
    customer: CustomerOut

    @classmethod
    def of(cls, customer: Customer, wish: OptOut | None) -> Self:
        return cls(
            opted_out=wish is not None,
            scope=None if wish is None else wish.scope,
            channels=[] if wish is None else sorted(wish.channels),
            customer=CustomerOut.of(customer),
        )


class CustomerChangesIn(CustomerIn):
    """Null clears a field, and lifts a flag. `reason` says why flags are set or lifted."""

    reason: Long | None = None
