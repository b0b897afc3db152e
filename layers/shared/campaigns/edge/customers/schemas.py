"""What the customers API takes and answers."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, Self

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from campaigns.domain.collection_campaign import (
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
    status_named,
)
from campaigns.domain.customer import Customer
from campaigns.domain.enrollment import Enrollment, EnrollmentCounts, EnrollmentStatus
from campaigns.edge.wire import Moment, Wire

# Of version 1 to 8 and variant 8 to b, or all zeros, or all ones.
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"|0{8}-0{4}-0{4}-0{4}-0{12}|f{8}-f{4}-f{4}-f{4}-f{12}",
    re.IGNORECASE,
)


def _uuid(text: str) -> str:
    if _UUID.fullmatch(text) is None:
        raise ValueError("must be a UUID")
    return text.lower()


Id = Annotated[str, AfterValidator(_uuid)]
PathId = Annotated[str, Path(), AfterValidator(_uuid)]


class CustomerStatus(StrEnum):
    """An execution's status as dialers know it."""

    PENDING = "pending"
    AWAITING_CALL = "awaiting_call"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    EXCEEDED_MAX_CALLS = "exceeded_max_calls"

    @classmethod
    def of(cls, status: EnrollmentStatus) -> Self:
        return cls(_SEEN_AS.get(status, status))

    @property
    def meant(self) -> EnrollmentStatus:
        return EnrollmentStatus(_MEANT.get(self, self))


_SEEN_AS = {EnrollmentStatus.WAITING: "awaiting_call", EnrollmentStatus.RUNNING: "in_progress"}
_MEANT = {seen: status.value for status, seen in _SEEN_AS.items()}


class StatusIn(Wire):
    customer_id: Id
    campaign_id: Id
    status: CustomerStatus


class StatusOut(Wire):
    success: bool = True
    previous_status: CustomerStatus
    new_status: CustomerStatus
    customer_campaign_id: str


def _status(text: object) -> object:
    try:
        return status_named(text) if isinstance(text, str) else text
    except ValueError:
        raise ValueError(f"must be one of {', '.join(CollectionStatus)}, running") from None


def _split(text: object) -> object:
    if isinstance(text, list) and len(text) == 1:
        text = text[0]
    return [part.strip() for part in text.split(",")] if isinstance(text, str) else text


class CampaignQuery(Wire):
    search: Annotated[str, Field(max_length=200)] | None = None
    status: Annotated[CollectionStatus, BeforeValidator(_status)] | None = None
    page: Annotated[int, Field(ge=1)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    sort_by: Literal["createdAt", "updatedAt", "name", "status"] = "createdAt"
    sort_order: Literal["asc", "desc"] = "desc"


class CustomerQuery(Wire):
    """The lists are written with commas; of each, one has to fit."""

    campaign_ids: (
        Annotated[list[Id], BeforeValidator(_split), Field(min_length=1, max_length=20)] | None
    ) = None
    statuses: (
        Annotated[list[CustomerStatus], BeforeValidator(_split), Field(min_length=1)] | None
    ) = None
    unassigned: bool = False
    page: Annotated[int, Field(ge=1)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    sort_by: Literal["createdAt"] = "createdAt"
    sort_order: Literal["asc", "desc"] = "desc"

    @field_validator("unassigned")
    @classmethod
    def _alone(cls, unassigned: bool, others: ValidationInfo) -> bool:
        if unassigned and (others.data.get("campaign_ids") or others.data.get("statuses")):
            raise ValueError("excludes campaignIds and statuses")
        return unassigned


CampaignAsk = Annotated[CampaignQuery, Query()]
CustomerAsk = Annotated[CustomerQuery, Query()]


class CampaignOut(Wire):
    id: str
    name: str
    description: str
    type: CollectionType
    status: CollectionStatus
    next_campaign_id: str | None
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, campaign: CollectionCampaign) -> Self:
        return cls(
            id=campaign.id,
            name=campaign.name,
            description=campaign.description,
            type=campaign.type,
            status=campaign.status,
            next_campaign_id=campaign.next_campaign_id,
            created_at=campaign.created_at,
            updated_at=campaign.updated_at,
            started_at=campaign.started_at,
            ended_at=campaign.ended_at,
        )


class CustomerStatsOut(Wire):
    total: int
    total_calls: int
    today_calls: int
    status_counts: dict[CustomerStatus, int]

    @classmethod
    def of(cls, counts: EnrollmentCounts) -> Self:
        return cls(
            total=counts.total,
            total_calls=counts.calls,
            today_calls=counts.calls_today,
            status_counts={
                status: counts.by_status.get(status.meant, 0) for status in CustomerStatus
            },
        )


class CampaignWithStatsOut(CampaignOut):
    customer_stats: CustomerStatsOut


class OneCampaignOut(Wire):
    campaign: CampaignWithStatsOut

    @classmethod
    def of(cls, campaign: CollectionCampaign, counts: EnrollmentCounts) -> Self:
        shown = CampaignOut.of(campaign).model_dump()
        return cls(
            campaign=CampaignWithStatsOut(**shown, customer_stats=CustomerStatsOut.of(counts))
        )


class EnrollmentOut(Wire):
    customer_campaign_id: str
    campaign_id: str
    invoice_id: str
    invoice_number: str
    status: CustomerStatus
    calls: int
    created_at: Moment
    updated_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, one: Enrollment) -> Self:
        return cls(
            customer_campaign_id=one.id,
            campaign_id=one.campaign_id,
            invoice_id=one.account_id,
            invoice_number=one.account_number,
            status=CustomerStatus.of(one.status),
            calls=one.calls,
            created_at=one.enrolled_at,
            updated_at=one.updated_at,
            ended_at=one.ended_at,
        )


class CustomerOut(Wire):
    """`campaigns` are those of the customer's enrollments that were asked for."""

    id: str
    external_id: str
    first_name: str
    last_name: str
    language: str
    state: str
    time_zone: str
    campaigns: list[EnrollmentOut]

    @classmethod
    def of(cls, customer: Customer, enrollments: Iterable[Enrollment]) -> Self:
        return cls(
            id=customer.id,
            external_id=customer.external_id,
            first_name=customer.first_name,
            last_name=customer.last_name,
            language=customer.language,
            state=customer.state,
            time_zone=customer.time_zone,
            campaigns=[EnrollmentOut.of(one) for one in enrollments],
        )


class OneCustomerOut(Wire):
    customer: CustomerOut
