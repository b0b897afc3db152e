"""Collection campaigns as the management API takes and shows them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import ConfigDict, Field, model_validator

from campaigns.domain.agency_campaign import AgencyCampaign, AgencyStatus
from campaigns.domain.channel import Channel
from campaigns.domain.collection_campaign import (
    MOST_STEPS,
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
    Condition,
    Step,
)
from campaigns.domain.run import Run, RunStatus, Stage, TriggeredBy
from campaigns.domain.safety import Safety
from campaigns.edge.borrower.schemas.campaign import (
    AudienceChangeIn,
    AudienceChangeOut,
    MostPeople,
    Percent,
    SftpOut,
)
from campaigns.edge.borrower.schemas.run import HoldReasonOut
from campaigns.edge.management.schemas import IsoDate, Money
from campaigns.edge.sftp import SftpIn as PublicSftpIn
from campaigns.edge.wire import ExternalId, Moment, Short, StrictWire, Uuid, Wire, sent

Name = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=2000)]
Crontab = Annotated[str, Field(max_length=200)]
Days = Annotated[int, Field(ge=0, le=3650)]
Balance = Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=4)]


class SftpIn(PublicSftpIn):
    model_config = ConfigDict(extra="forbid")


class ConditionIn(StrictWire):
    """Bounds, each included; what is unknown of an account is within none."""

    min_balance: Balance | None = None
    max_balance: Balance | None = None
    min_days_past_due: Days | None = None
    max_days_past_due: Days | None = None


class StepSafetyIn(StrictWire):
    """When a run of the step is held for somebody to look at; what is not set is not checked."""

    audience_change: AudienceChangeIn | None = None
    max_audience: MostPeople | None = None
    max_without_phone_percent: Percent | None = None


class StepIn(StrictWire):
    """Either a contact exporter, with a destination or without, or a channel and a template.

    `id` names a step that there is already; of its `sftpSettings`, what is not sent stays.
    """

    id: Uuid | None = None
    wait_days: Days = 0
    condition: ConditionIn | None = None
    contact_exporter_id: Short | None = None
    sftp_settings: SftpIn | None = None
    safety: StepSafetyIn | None = None
    channel: Channel | None = None
    template_id: Short | None = None


class CollectionPatch(StrictWire):
    """Only the fields that are sent count; `null` clears. `steps` are sent all together."""

    name: Name | None = None
    description: Description | None = None
    external_id: ExternalId | None = None
    schedule: Crontab | None = None
    steps: Annotated[list[StepIn], Field(max_length=MOST_STEPS)] | None = None
    next_campaign_id: Uuid | None = None
    max_calls: Annotated[int, Field(ge=1, le=10_000)] | None = None
    expires_after_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    starts_on: IsoDate | None = None

    @model_validator(mode="after")
    def _is_still_called_something(self) -> Self:
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("name cannot be cleared")
        return self

    def changes(self) -> Mapping[str, Any]:
        """The fields that were sent; of a step likewise, one by one."""
        values = sent(self)
        if values.get("steps") is not None:
            values["steps"] = [sent(one) for one in values["steps"]]
        if "description" in values:
            values["description"] = values["description"] or ""
        return values


class CollectionIn(CollectionPatch):
    kind: Literal["collection"]
    type: CollectionType
    name: Name

    def changes(self) -> Mapping[str, Any]:
        values = dict(super().changes())
        return {name: value for name, value in values.items() if name not in ("kind", "type")}


class CollectionStatusIn(StrictWire):
    status: CollectionStatus


class ConditionOut(Wire):
    min_balance: Money | None
    max_balance: Money | None
    min_days_past_due: int | None
    max_days_past_due: int | None

    @classmethod
    def of(cls, condition: Condition) -> Self:
        return cls(
            min_balance=condition.min_balance,
            max_balance=condition.max_balance,
            min_days_past_due=condition.min_days_past_due,
            max_days_past_due=condition.max_days_past_due,
        )


class StepSafetyOut(Wire):
    audience_change: AudienceChangeOut | None
    max_audience: int | None
    max_without_phone_percent: int | None

    @classmethod
    def of(cls, safety: Safety) -> Self:
        return cls(
            audience_change=AudienceChangeOut.of(safety),
            max_audience=safety.max_audience,
            max_without_phone_percent=safety.max_without_phone_percent,
        )


class CampaignStepOut(Wire):
    id: str
    wait_days: int
    condition: ConditionOut
    contact_exporter_id: str | None
    sftp_settings: SftpOut | None
    safety: StepSafetyOut
    channel: Channel | None
    template_id: str | None

    @classmethod
    def of(cls, step: Step) -> Self:
        return cls(
            id=step.id,
            wait_days=step.wait_days,
            condition=ConditionOut.of(step.condition),
            contact_exporter_id=step.exporter_id,
            sftp_settings=None if step.sftp is None else SftpOut.of(step.sftp),
            safety=StepSafetyOut.of(step.safety),
            channel=step.channel,
            template_id=step.template_id,
        )


class CollectionOut(Wire):
    id: str
    kind: Literal["collection"]
    type: CollectionType
    name: str
    description: str
    external_id: str | None
    status: CollectionStatus
    schedule: str
    steps: list[CampaignStepOut]
    next_campaign_id: str | None
    max_calls: int | None
    expires_after_days: int | None
    starts_on: date | None
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, campaign: CollectionCampaign) -> Self:
        return cls(
            id=campaign.id,
            kind="collection",
            type=campaign.type,
            name=campaign.name,
            description=campaign.description,
            external_id=campaign.external_id,
            status=campaign.status,
            schedule=campaign.schedule,
            steps=[CampaignStepOut.of(step) for step in campaign.steps],
            next_campaign_id=campaign.next_campaign_id,
            max_calls=campaign.max_calls,
            expires_after_days=campaign.expires_after_days,
            starts_on=campaign.starts_on,
            created_at=campaign.created_at,
            updated_at=campaign.updated_at,
            started_at=campaign.started_at,
            ended_at=campaign.ended_at,
        )


class AgencyOut(Wire):
    """Made and read in full by the agency API; here it is paused, activated and cancelled."""

    id: str
    kind: Literal["agency"]
    name: str
    status: AgencyStatus
    schedule: str
    template_name: str
    group_name: str
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, campaign: AgencyCampaign) -> Self:
        return cls(
            id=campaign.id,
            kind="agency",
            name=campaign.name,
            status=campaign.status,
            schedule=campaign.schedule,
            template_name=campaign.template_name,
            group_name=campaign.group_name,
            created_at=campaign.created_at,
            updated_at=campaign.updated_at,
            started_at=campaign.started_at,
            ended_at=campaign.ended_at,
        )


def shown(campaign: CollectionCampaign | AgencyCampaign) -> CollectionOut | AgencyOut:
    if isinstance(campaign, AgencyCampaign):
        return AgencyOut.of(campaign)
    return CollectionOut.of(campaign)


class StepCountsOut(Wire):
    rows_in: int
    exported: int
    sent: int
    suppressed: int
    deferred: int
    rejected: int
    lines: int
    reasons: dict[str, int]


class CollectionRunOut(Wire):
    """A run of one step; `stepId` is null for one that ends what a campaign has left."""

    id: str
    campaign_id: str
    step_id: str | None
    closing: bool
    status: RunStatus
    triggered_by: TriggeredBy
    scheduled_for: Moment | None
    stage: Stage | None
    counts: StepCountsOut
    available_files: list[str]
    deliveries: list[dict[str, Any]]
    error_message: str | None
    hold_reasons: list[HoldReasonOut]
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, run: Run) -> Self:
        counts = run.counts
        return cls(
            id=run.id,
            campaign_id=run.campaign_id,
            step_id=run.step_id,
            closing=run.closing,
            status=run.status,
            triggered_by=run.triggered_by,
            scheduled_for=run.scheduled_for,
            stage=run.stage,
            counts=StepCountsOut(
                rows_in=counts.rows_in,
                exported=counts.exported,
                sent=counts.sent,
                suppressed=counts.suppressed,
                deferred=counts.deferred,
                rejected=counts.rejected,
                lines=counts.lines,
                reasons=dict(counts.reasons),
            ),
            available_files=list(run.available_files),
            deliveries=[dict(one) for one in run.deliveries],
            error_message=run.error_message,
            hold_reasons=HoldReasonOut.all_of(run),
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
        )


class FileLinkOut(Wire):
    """Good for five minutes."""

    url: str


FileName = Annotated[str | None, Query(alias="fileName")]
