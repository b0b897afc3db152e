"""An enrollment: the execution of a collection campaign for one account.

    pending ──▶ running ──▶ waiting ──▶ running … ──▶ completed
       │           │           │
       └───────────┴───────────┴──▶ failed, cancelled, expired, skipped, exceeded_max_calls

An invoice has one active execution at a time. One that has ended may still hear a late
outcome, completed or failed, unless it was cancelled.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from campaigns.domain.account import Account, AccountKind
from campaigns.domain.collection_campaign import (
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
    Step,
)
from campaigns.domain.errors import Conflict, Invalid, NotFound


class EnrollmentStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    EXCEEDED_MAX_CALLS = "exceeded_max_calls"


ACTIVE = frozenset({EnrollmentStatus.PENDING, EnrollmentStatus.RUNNING, EnrollmentStatus.WAITING})
OUTCOMES = frozenset({EnrollmentStatus.COMPLETED, EnrollmentStatus.FAILED})
"""What may be reported from outside."""
_ALL = frozenset(EnrollmentStatus)
_MOVES: dict[EnrollmentStatus, frozenset[EnrollmentStatus]] = {
    EnrollmentStatus.PENDING: _ALL,
    EnrollmentStatus.RUNNING: _ALL,
    EnrollmentStatus.WAITING: _ALL,
    EnrollmentStatus.COMPLETED: frozenset({EnrollmentStatus.FAILED}),
    EnrollmentStatus.FAILED: frozenset({EnrollmentStatus.COMPLETED}),
    EnrollmentStatus.CANCELLED: frozenset(),
    EnrollmentStatus.EXPIRED: OUTCOMES,
    EnrollmentStatus.SKIPPED: OUTCOMES,
    EnrollmentStatus.EXCEEDED_MAX_CALLS: OUTCOMES,
}


@dataclass(frozen=True, slots=True, order=True)
class EnrollmentRef:
    """Where an enrollment is found."""

    company_id: str
    customer_id: str
    campaign_id: str
    id: str


@dataclass(frozen=True, slots=True)
class Past:
    """What an enrollment was, until when, and why it changed."""

    status: EnrollmentStatus
    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    id: str
    company_id: str
    campaign_id: str
    customer_id: str
    account_id: str
    account_number: str = ""
    status: EnrollmentStatus = EnrollmentStatus.PENDING
    step_id: str | None = None
    """The step it stands before, or is in; None when it has ended."""
    due_on: date | None = None
    """The company's date on which it is to be looked at; None while a run has it in hand."""
    run_id: str | None = None
    """The run that has it in hand."""
    calls: int = 0
    enrolled_on: date
    expires_on: date | None = None
    chained_to: str | None = None
    """The campaign that it went on to."""
    history: tuple[Past, ...] = ()
    """Its outcomes so far, the oldest first."""
    enrolled_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    version: int = 0

    @property
    def ref(self) -> EnrollmentRef:
        return EnrollmentRef(self.company_id, self.customer_id, self.campaign_id, self.id)

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_due(self) -> bool:
        return self.due_on is not None

    def is_too_old(self, today: date) -> bool:
        return self.expires_on is not None and today >= self.expires_on

    def can_move(self, status: EnrollmentStatus) -> bool:
        return status in _MOVES[self.status]

    def taken(self, run_id: str, *, at: datetime) -> Self:
        """In the hand of a run. Raises EnrollmentMoved."""
        self._check_active()
        return replace(
            self, status=EnrollmentStatus.RUNNING, run_id=run_id, due_on=None, updated_at=at
        )

    def given_back(self, today: date, *, at: datetime) -> Self:
        """Out of the hand of a run that came to nothing: due again, before the same step."""
        self._check_active()
        return replace(
            self, status=EnrollmentStatus.WAITING, run_id=None, due_on=today, updated_at=at
        )

    def stepped(self, step: Step, *, called: bool, today: date, at: datetime) -> Self:
        """Waiting for the step that follows."""
        self._check_active()
        return replace(
            self,
            status=EnrollmentStatus.WAITING,
            step_id=step.id,
            due_on=self._due(step, today),
            run_id=None,
            calls=self.calls + called,
            updated_at=at,
        )

    def called(self) -> Self:
        return replace(self, calls=self.calls + 1)

    def ended(self, status: EnrollmentStatus, why: str, *, at: datetime) -> Self:
        """Over, or over in another way than it was. Raises EnrollmentMoved."""
        if status in ACTIVE or not self.can_move(status):
            raise EnrollmentMoved(self.status, status)
        return replace(
            self,
            status=status,
            step_id=None,
            due_on=None,
            run_id=None,
            history=(*self.history, Past(self.status, at, why)),
            updated_at=at,
            ended_at=at,
        )

    def chained(self, campaign_id: str) -> Self:
        return replace(self, chained_to=campaign_id)

    def _due(self, step: Step, today: date) -> date:
        coming = today + timedelta(days=step.wait_days)
        # An execution that grows too old while it waits is looked at when it does.
        return coming if self.expires_on is None else min(coming, self.expires_on)

    def _check_active(self) -> None:
        if not self.is_active:
            raise EnrollmentMoved(self.status, EnrollmentStatus.RUNNING)


def enroll(
    account: Account, campaign: CollectionCampaign, *, id: str, today: date, at: datetime
) -> Enrollment:
    """A new execution, standing before the first step. Raises EnrollmentRefused."""
    check_may_enter(account, campaign.type, today)
    made = Enrollment(
        id=id,
        company_id=campaign.company_id,
        campaign_id=campaign.id,
        customer_id=account.customer_id,
        account_id=account.id,
        account_number=account.number,
        enrolled_on=today,
        expires_on=campaign.expiry(today),
        enrolled_at=at,
        updated_at=at,
    )
    first = campaign.first_step()
    if first is None:
        return made
    return replace(made, step_id=first.id, due_on=made._due(first, today))


def check_may_enter(account: Account, type: CollectionType, today: date) -> None:
    """Raises EnrollmentRefused."""
    if account.settled_at is not None:
        raise EnrollmentRefused(IS_SETTLED)
    if account.kind is AccountKind.STATEMENT and type is not (
        CollectionType.STATEMENT_ACKNOWLEDGEMENT
    ):
        raise EnrollmentRefused(STATEMENT_ELSEWHERE)
    if type is CollectionType.PAYMENT_REMINDER:
        if account.next_due_on is None:
            raise EnrollmentRefused(NO_DUE_DATE)
        if account.next_due_on < today:
            raise EnrollmentRefused(PAST_DUE)


def end_with_campaign(was: Enrollment, campaign: CollectionCampaign, *, at: datetime) -> "Change":
    """Of a campaign that is over, an execution that has not ended: it ends as the campaign did."""
    how = campaign.ended_as or campaign.status
    cancelled = how is CollectionStatus.CANCELLED
    status = EnrollmentStatus.CANCELLED if cancelled else EnrollmentStatus.EXPIRED
    return Change(was=was, now=was.ended(status, f"campaign {how}", at=at))


def completion(
    was: Enrollment,
    account: Account | None,
    successor: CollectionCampaign | None,
    *,
    id: str,
    why: str,
    today: date,
    at: datetime,
    called: bool = False,
) -> "Change":
    """Completed, its invoice back to be collected, and on in `successor` if that takes it.

    An execution goes on only once, and nothing more happens to a settled invoice. `id` is for
    the one that follows; `called` says that its last step was a call.
    """
    done = (was.called() if called else was).ended(EnrollmentStatus.COMPLETED, why, at=at)
    follows: Enrollment | None = None
    kept = account if account is not None and account.settled_at is None else None
    if kept is not None and successor is not None and was.chained_to is None:
        with suppress(EnrollmentRefused):
            if successor.accepts_enrollments:
                follows = enroll(kept, successor, id=id, today=today, at=at)
                done = done.chained(successor.id)
    return Change(
        was=was,
        now=done,
        account=None if kept is None else kept.awaiting_collection(),
        follows=follows,
        called_on=today if called else None,
    )


ACTIVE_ELSEWHERE = (
    "Invoice has an active execution in another campaign. Please wait for the current campaign"
    " to complete before reassigning."
)
NOT_FOUND = "Invoice or Customer not found or access denied"
OTHER_CUSTOMER = "Invoice does not belong to this customer"
PAST_DUE = (
    "Invoice is past its due date and cannot be enrolled in a payment reminder campaign."
    " Please use an early stage or first party campaign instead."
)
NO_DUE_DATE = (
    "Invoice has no due date and cannot be enrolled in a payment reminder campaign."
    " Please use an early stage or first party campaign instead."
)
STATEMENT_ELSEWHERE = "Statement can only be enrolled in a statement acknowledgement campaign."
IS_SETTLED = "Invoice is settled and cannot be enrolled in a campaign."
OVER_MEANWHILE = "Campaign ended while the invoice was being enrolled."


class ItemStatus(StrEnum):
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class EnrollmentResult:
    """What became of one account that was sent. PENDING: enrolled, and nothing is sent until
    the campaign, which is paused, goes on."""

    account_id: str
    account_number: str | None
    status: ItemStatus
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """What stands at an invoice's one place: its active execution, or that it is settled."""

    ref: EnrollmentRef | None
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An enrollment as it was read and as it is to be, with all that has to be so at once.

    `was` is None for a new one. `account` is its invoice as it is to be, if it changes too;
    `follows` the execution that takes over the invoice's place; `called_on` the date of a call
    that was made.
    """

    was: Enrollment | None = None
    now: Enrollment
    account: Account | None = None
    follows: Enrollment | None = None
    called_on: date | None = None

    @property
    def holds_before(self) -> Enrollment | None:
        """Whose the invoice's place has to be for this change to be right."""
        return self.was if self.was is not None and self.was.is_active else None

    @property
    def holds_after(self) -> Enrollment | None:
        if self.follows is not None:
            return self.follows
        return self.now if self.now.is_active else None

    @property
    def settles(self) -> bool:
        return self.account is not None and self.account.settled_at is not None

    def counted(self) -> Mapping[str, Mapping[str, int]]:
        """What the counters of campaigns have to be changed by, in this very write."""
        by: dict[str, dict[str, int]] = {}

        def add(enrollment: Enrollment, name: str, count: int) -> None:
            counts = by.setdefault(enrollment.campaign_id, {})
            counts[name] = counts.get(name, 0) + count

        if self.was is None:
            add(self.now, TOTAL, 1)
            add(self.now, self.now.status, 1)
        elif self.was.status is not self.now.status:
            add(self.was, self.was.status, -1)
            add(self.now, self.now.status, 1)
        if self.follows is not None:
            add(self.follows, TOTAL, 1)
            add(self.follows, self.follows.status, 1)
        if self.called_on is not None:
            add(self.now, CALLS, 1)
        return by


TOTAL, CALLS = "total", "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentCounts:
    """Of one campaign."""

    total: int = 0
    calls: int = 0
    calls_today: int = 0
    by_status: Mapping[EnrollmentStatus, int] = field(default_factory=dict)

    @property
    def active(self) -> int:
        return sum(self.by_status.get(status, 0) for status in ACTIVE)

    @property
    def completed(self) -> int:
        return self.by_status.get(EnrollmentStatus.COMPLETED, 0)


def check_reportable(status: EnrollmentStatus) -> None:
    """Raises NotAnOutcome."""
    if status not in OUTCOMES:
        raise NotAnOutcome


class NotAnOutcome(Invalid):
    code = "not_an_outcome"

    def __init__(self) -> None:
        super().__init__("Only terminal statuses (completed, failed) are allowed")


class EnrollmentRefused(Invalid):
    """One account may not enter; its text is the item's error."""

    code = "enrollment_refused"


class EnrollmentNotFound(NotFound):
    code = "enrollment_not_found"

    def __init__(self, customer_id: str, campaign_id: str) -> None:
        super().__init__(f"customer {customer_id} is not in campaign {campaign_id}")


class EnrollmentMoved(Conflict):
    code = "enrollment_moved"

    def __init__(self, was: EnrollmentStatus, to: EnrollmentStatus) -> None:
        super().__init__(f"an execution that is {was} cannot become {to}")
