"""What the collections API takes and answers."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, model_serializer

from campaigns.domain.collection_campaign import (
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
    status_named,
)
from campaigns.domain.enrollment import EnrollmentCounts, EnrollmentResult, ItemStatus
from campaigns.edge.collections import ListEnvelope, PageMeta
from campaigns.edge.collections.wire import SnakeWire
from campaigns.edge.wire import Moment, Uuid, as_uuid_text

PathId = Annotated[str, Path(), AfterValidator(as_uuid_text)]


def _status(text: object) -> object:
    try:
        return status_named(text) if isinstance(text, str) else text
    except ValueError:
        known = ", ".join(status.lower() for status in CollectionStatus)
        raise ValueError(f"must be one of {known}, running") from None


class CampaignQuery(SnakeWire):
    search: Annotated[str, Field(max_length=200)] | None = None
    status: Annotated[CollectionStatus, BeforeValidator(_status)] | None = None
    type: CollectionType | None = None
    page: Annotated[int, Field(ge=1)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 20


CampaignAsk = Annotated[CampaignQuery, Query()]


class CampaignOut(SnakeWire):
    id: str
    name: str
    description: str
    type: CollectionType
    category: CollectionType
    status: CollectionStatus
    next_campaign_id: str | None
    total_accounts: int
    active_accounts: int
    completed_accounts: int
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, campaign: CollectionCampaign, counts: EnrollmentCounts) -> Self:
        return cls(
            id=campaign.id,
            name=campaign.name,
            description=campaign.description,
            type=campaign.type,
            category=campaign.type,
            status=campaign.status,
            next_campaign_id=campaign.next_campaign_id,
            total_accounts=counts.total,
            active_accounts=counts.active,
            completed_accounts=counts.completed,
            created_at=campaign.created_at,
            updated_at=campaign.updated_at,
            started_at=campaign.started_at,
            ended_at=campaign.ended_at,
        )


def listed(
    shown: Sequence[CampaignOut], ask: CampaignQuery, total: int
) -> "ListEnvelope[CampaignOut]":
    pages = -(-total // ask.per_page)
    return ListEnvelope[Any](
        data=list(shown),
        meta=PageMeta(
            page=ask.page,
            per_page=ask.per_page,
            total=total,
            total_pages=pages,
            has_next=ask.page < pages,
            has_prev=ask.page > 1 and total > 0,
        ),
    )


class AssignmentIn(SnakeWire):
    campaign_id: Uuid
    customer_id: Uuid | None = None


class BulkAssignmentIn(SnakeWire):
    campaign_id: Uuid
    account_ids: Annotated[list[Uuid], Field(min_length=1, max_length=100)]
    customer_id: Uuid | None = None


class Result(SnakeWire):
    """`error` is there only where there is one."""

    invoice_id: str
    invoice_number: str | None
    status: ItemStatus
    error: str | None = None

    @classmethod
    def of(cls, result: EnrollmentResult) -> Self:
        return cls(
            invoice_id=result.account_id,
            invoice_number=result.account_number,
            status=result.status,
            error=result.error,
        )

    @model_serializer(mode="wrap")
    def _without_blank(self, write: Any) -> dict[str, Any]:
        whole: dict[str, Any] = write(self)
        if whole["error"] is None:
            del whole["error"]
        return whole


class AssignmentOut(Result):
    campaign_id: str

    @classmethod
    def in_campaign(cls, campaign_id: str, result: EnrollmentResult) -> Self:
        return cls(campaign_id=campaign_id, **dict(Result.of(result)))


class BulkAssignmentOut(SnakeWire):
    campaign_id: str
    total_enrollments: int
    successful_enrollments: int
    failed_enrollments: int
    skipped_enrollments: int
    pending_enrollments: int
    results: list[Result]

    @classmethod
    def of(cls, campaign_id: str, results: Sequence[EnrollmentResult]) -> Self:
        of = Counter(result.status for result in results)
        return cls(
            campaign_id=campaign_id,
            total_enrollments=len(results),
            successful_enrollments=of[ItemStatus.SUCCESS],
            failed_enrollments=of[ItemStatus.FAILED],
            skipped_enrollments=of[ItemStatus.SKIPPED],
            pending_enrollments=of[ItemStatus.PENDING],
            results=[Result.of(result) for result in results],
        )


PROCESSED = "Campaign assignment processed"
