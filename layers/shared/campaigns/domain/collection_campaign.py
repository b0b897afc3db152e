"""A collection campaign: an automated flow that accounts go through, one step after another.

    DRAFT ──▶ SCHEDULED ──▶ ACTIVE ◀──▶ PAUSED
      │            │           │           │
      │            │           ├───────────┴──▶ COMPLETED ──┐
      │            └───────────┴──────────────▶ CANCELLED ──┤
      └────────────────────────────────────────────────────▶ ARCHIVED

It shares with a borrower campaign what a run needs and nothing else: a borrower campaign asks
a query whom to contact, a collection campaign was told, account by account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self

from campaigns.domain.account import Account
from campaigns.domain.campaign import (
    Campaign,
    CampaignKind,
    CampaignNotFound,
    SftpSettings,
    since_when,
)
from campaigns.domain.channel import Channel
from campaigns.domain.errors import Conflict, Invalid, NotFound
from campaigns.domain.safety import Safety
from campaigns.domain.schedule import Purpose

DAILY = "P P * * *"
MOST_STEPS = 50


class CollectionStatus(StrEnum):
    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    ARCHIVED = "ARCHIVED"


def status_named(text: str) -> CollectionStatus:
    """In any letter case, and `running` for active. Raises ValueError."""
    name = text.upper()
    return CollectionStatus.ACTIVE if name == "RUNNING" else CollectionStatus(name)


_MOVES: dict[CollectionStatus, frozenset[CollectionStatus]] = {
    CollectionStatus.DRAFT: frozenset(
        {
            CollectionStatus.SCHEDULED,
            CollectionStatus.ACTIVE,
            CollectionStatus.CANCELLED,
            CollectionStatus.ARCHIVED,
        }
    ),
    CollectionStatus.SCHEDULED: frozenset(
        {CollectionStatus.DRAFT, CollectionStatus.ACTIVE, CollectionStatus.CANCELLED}
    ),
    CollectionStatus.ACTIVE: frozenset(
        {CollectionStatus.PAUSED, CollectionStatus.COMPLETED, CollectionStatus.CANCELLED}
    ),
    CollectionStatus.PAUSED: frozenset(
        {CollectionStatus.ACTIVE, CollectionStatus.COMPLETED, CollectionStatus.CANCELLED}
    ),
    CollectionStatus.COMPLETED: frozenset({CollectionStatus.ARCHIVED}),
    CollectionStatus.CANCELLED: frozenset({CollectionStatus.ARCHIVED}),
    CollectionStatus.ARCHIVED: frozenset(),
}
_ACCEPTING = frozenset({CollectionStatus.ACTIVE, CollectionStatus.PAUSED})
_OVER = frozenset(
    {CollectionStatus.COMPLETED, CollectionStatus.CANCELLED, CollectionStatus.ARCHIVED}
)


class CollectionType(StrEnum):
    PAYMENT_REMINDER = "payment_reminder"
    EARLY_STAGE = "early_stage"
    FIRST_PARTY = "first_party"
    STATEMENT_ACKNOWLEDGEMENT = "statement_acknowledgement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Bounds, each included. What is unknown of an account is within no bound."""

    min_balance: Decimal | None = None
    max_balance: Decimal | None = None
    min_days_past_due: int | None = None
    max_days_past_due: int | None = None

    def holds(self, account: Account, today: date) -> bool:
        return _within(account.principal_balance, self.min_balance, self.max_balance) and _within(
            account.days_past_due_on(today), self.min_days_past_due, self.max_days_past_due
        )


def _within(
    value: Decimal | int | None, least: Decimal | int | None, most: Decimal | int | None
) -> bool:
    if least is None and most is None:
        return True
    if value is None:
        return False
    return (least is None or value >= least) and (most is None or value <= most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Wait so many days, then export or send. Exactly one of exporter and channel is set."""

    id: str
    wait_days: int = 0
    condition: Condition = Condition()
    exporter_id: str | None = None
    sftp: SftpSettings | None = None
    safety: Safety = field(default_factory=Safety)
    """Of its runs; they have no query, and none begins for nobody."""
    channel: Channel | None = None
    template_id: str | None = None

    @property
    def sends_messages(self) -> bool:
        return self.channel is not None

    def check(self, place: int) -> None:
        """Raises StepIncomplete."""
        at = f"steps.{place}"
        if self.channel is None and self.exporter_id is None:
            raise StepIncomplete("needs contactExporterId, or channel and templateId", field=at)
        if self.channel is not None and (self.exporter_id or self.sftp):
            raise StepIncomplete("either exports or sends a message, not both", field=at)
        if self.channel is not None and not self.template_id:
            raise StepIncomplete("is required with a channel", field=f"{at}.templateId")
        if self.channel is None and self.template_id:
            raise StepIncomplete("goes with a channel only", field=f"{at}.templateId")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionCampaign:
    id: str
    company_id: str
    name: str
    description: str = ""
    type: CollectionType
    status: CollectionStatus = CollectionStatus.DRAFT
    external_id: str | None = None
    steps: tuple[Step, ...] = ()
    schedule: str = DAILY
    """On which local dates its steps are taken."""
    next_campaign_id: str | None = None
    max_calls: int | None = None
    expires_after_days: int | None = None
    starts_on: date | None = None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_as: CollectionStatus | None = None
    """How it ended, which being archived later does not change."""
    scheduled_since: datetime | None = None
    """Since when its clock rings by the schedule that it has now; None while it does not."""
    version: int = 0

    @property
    def deleted_at(self) -> None:
        """It is archived, never deleted."""
        return

    @property
    def accepts_enrollments(self) -> bool:
        return self.status in _ACCEPTING

    @property
    def is_over(self) -> bool:
        return self.status in _OVER

    @property
    def rings_for(self) -> frozenset[Purpose]:
        """What its alarm clock is for: one that is over is closed by it, if a run did not."""
        silent = self.status in (CollectionStatus.DRAFT, CollectionStatus.ARCHIVED)
        return frozenset() if silent else frozenset({Purpose.RUN})

    @property
    def runs_by_schedule(self) -> bool:
        """One that is scheduled wakes up by its clock."""
        return self.status in (CollectionStatus.ACTIVE, CollectionStatus.SCHEDULED)

    def scheduled_after(self, was: Self, *, at: datetime) -> Self:
        """Told since when its schedule counts; `was` is what it was before."""
        return replace(self, scheduled_since=since_when(self, was, at))

    def step(self, step_id: str) -> Step:
        """Raises StepNotFound."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise StepNotFound(step_id)

    def first_step(self) -> Step | None:
        return self.steps[0] if self.steps else None

    def step_after(self, step_id: str) -> Step | None:
        places = [place for place, step in enumerate(self.steps) if step.id == step_id]
        behind = self.steps[places[0] + 1 :] if places else ()
        return behind[0] if behind else None

    def check_accepts(self) -> None:
        """Raises CampaignNotAccepting."""
        if not self.accepts_enrollments:
            raise CampaignNotAccepting(self.status)

    def check_active(self) -> None:
        """Only an active campaign contacts anybody. Raises CampaignNotAccepting."""
        if self.status is not CollectionStatus.ACTIVE:
            raise CampaignStopped(self.status)

    def moved(self, status: CollectionStatus, *, at: datetime, today: date) -> Self:
        """Moving to where it stands is no move. Raises CampaignCannotMove, NotReady.

        Activating a campaign that starts on a later date schedules it.
        """
        if status is CollectionStatus.ACTIVE and self.starts_on and today < self.starts_on:
            status = CollectionStatus.SCHEDULED
        if status is self.status:
            return self
        if status not in _MOVES[self.status]:
            raise CampaignCannotMove(self.status, status)
        if status in (CollectionStatus.ACTIVE, CollectionStatus.SCHEDULED):
            self._check_ready()
        begins = status is CollectionStatus.ACTIVE and self.started_at is None
        ends = status in _OVER and self.ended_at is None
        moved = replace(
            self,
            status=status,
            updated_at=at,
            started_at=at if begins else self.started_at,
            ended_at=at if ends else self.ended_at,
            ended_as=status if ends else self.ended_as,
        )
        return moved.scheduled_after(self, at=at)

    def _check_ready(self) -> None:
        if not self.steps:
            raise NotReady("a campaign without steps cannot be activated", field="steps")

    def with_steps(self, steps: Sequence[Step]) -> Self:
        """Once it has begun, steps may be changed and added, not removed or reordered.

        Executions stand before a step and would be lost with it. Raises StepsFixed.
        """
        if len(steps) > MOST_STEPS:
            raise StepIncomplete(f"must be at most {MOST_STEPS}", field="steps")
        for place, step in enumerate(steps):
            step.check(place)
        ids = [step.id for step in steps]
        if len(set(ids)) < len(ids):
            raise StepIncomplete("the same step occurs twice", field="steps")
        kept = [step.id for step in self.steps]
        if self.status is not CollectionStatus.DRAFT and ids[: len(kept)] != kept:
            raise StepsFixed
        return replace(self, steps=tuple(steps))

    def exporting(self, step: Step) -> Campaign:
        """The step in the role of a campaign with an exporter and a destination.

        Secrets of a destination are sealed for the step, hence its id.
        """
        return Campaign(
            id=step.id,
            company_id=self.company_id,
            kind=CampaignKind.COLLECTION,
            name=self.name,
            external_id=self.external_id,
            exporter_id=step.exporter_id,
            sftp=step.sftp,
            safety=step.safety,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )

    def with_destination(self, step_id: str, sftp: SftpSettings | None) -> Self:
        steps = (replace(one, sftp=sftp) if one.id == step_id else one for one in self.steps)
        return replace(self, steps=tuple(steps))

    def expiry(self, enrolled_on: date) -> date | None:
        """The first date on which an execution is too old for another step."""
        days = self.expires_after_days
        return None if days is None else enrolled_on + timedelta(days=days)


class CollectionCampaignNotFound(CampaignNotFound):
    code = "collection_campaign_not_found"


class StepNotFound(NotFound):
    code = "step_not_found"

    def __init__(self, step_id: str) -> None:
        super().__init__(f"step {step_id} does not exist")


class CampaignNotAccepting(Conflict):
    code = "campaign_not_accepting"

    def __init__(self, status: CollectionStatus) -> None:
        super().__init__(
            f"Campaign is {status} and does not accept enrollments;"
            " only an ACTIVE or PAUSED campaign does."
        )


class CampaignStopped(Conflict):
    code = "campaign_stopped"

    def __init__(self, status: str) -> None:
        super().__init__(f"the campaign is {status}; only an ACTIVE campaign contacts anybody")


class CampaignCannotMove(Conflict):
    code = "campaign_cannot_move"

    def __init__(self, was: CollectionStatus, to: CollectionStatus) -> None:
        allowed = ", ".join(sorted(_MOVES[was])) or "nothing else"
        super().__init__(f"a campaign that is {was} cannot become {to}, only {allowed}")


class CampaignIsOver(Conflict):
    code = "campaign_is_over"

    def __init__(self, status: CollectionStatus) -> None:
        super().__init__(f"a campaign that is {status} can no longer be changed")


class NotReady(Invalid):
    code = "campaign_not_ready"


class StepIncomplete(Invalid):
    code = "step_incomplete"


class StepsFixed(Conflict):
    code = "steps_fixed"

    def __init__(self) -> None:
        super().__init__(
            "steps of a campaign that has left DRAFT can be changed and added,"
            " not removed or reordered; send them all, each with its id, in their order"
        )


class ChainClosesCircle(Conflict):
    code = "chain_closes_circle"

    def __init__(self, campaign_id: str) -> None:
        super().__init__(
            f"nextCampaignId {campaign_id} would close a circle: it leads back to this campaign"
        )
