"""What the agency API takes and answers.

The parts of a request are read by the domain, one after the other in the order of the contract,
so the schemas only describe them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from campaigns.domain.agency_campaign import AgencyCampaign, AgencyStatus
from campaigns.domain.agency_request import CampaignRequest
from campaigns.domain.customer import ContactType, Customer
from campaigns.domain.reported_send import SendCounts
from campaigns.edge.wire import Moment

CampaignId = Annotated[str, Path()]
NamedAgency = Annotated[str | None, Query(alias="uuid")]
"""In the older form of an address, where it is not in the path."""


class PageQuery(BaseModel):
    page: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 10

    @property
    def start(self) -> int:
        return (self.page - 1) * self.limit


PageAsk = Annotated[PageQuery, Query()]


_AN_INSTANT = timedelta(microseconds=1)


class AgencyWire(BaseModel):
    """Names are written as they are in the core, but for some."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _told(schema: Mapping[str, Any]) -> Any:
    """A part that the domain reads; it is described, and not checked here."""
    return Annotated[Any, WithJsonSchema(dict(schema))]


_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_CARD = {
    "type": "object",
    "required": ["card_image_url"],
    "properties": {"card_image_url": _TEXT, "card_body_variables": _TEXTS},
}
_PAYLOAD = {
    "type": "object",
    "required": ["template_name", "group_name"],
    "properties": {
        "template_name": _TEXT,
        "group_name": _TEXT,
        "image_url": {**_TEXT, "description": "Empty: none."},
        "header_variable": _TEXTS,
        "body_variable": _TEXTS,
        "cards": {"type": "array", "items": _CARD},
    },
}
_DAYS = {
    "type": "object",
    "description": "Of a recurring schedule: times like 10:00 by lower-case weekdays.",
    "additionalProperties": _TEXTS,
}
_SCHEDULE = {
    "type": "string",
    "description": "Like 2026-03-05 10:00 in the zone of the agency, or ISO 8601 with an offset.",
}
_TYPE = {"type": "string", "enum": ["once", "recurring"]}


class CampaignIn(AgencyWire):
    """All but `days` is required."""

    name: _told({**_TEXT, "maxLength": 200}) = None  # type: ignore[valid-type]
    template_payload: _told(_PAYLOAD) = None  # type: ignore[valid-type]
    schedule_type: _told(_TYPE) = None  # type: ignore[valid-type]
    days: _told(_DAYS) = None  # type: ignore[valid-type]
    schedule: _told(_SCHEDULE) = None  # type: ignore[valid-type]

    def asked(self) -> CampaignRequest:
        """Raises as CampaignRequest.read does."""
        return CampaignRequest.read(
            self.name, self.template_payload, self.schedule_type, self.days, self.schedule
        )


class CreatedRef(AgencyWire):
    id: str


class CampaignCreated(AgencyWire):
    success: bool = True
    message: str = "Campaign successfully created"
    data: CreatedRef


class SendIn(AgencyWire):
    """Without `wam_id` the message counts as failed."""

    template_name: _told(_TEXT) = None  # type: ignore[valid-type]
    phone_number: _told(_TEXT) = None  # type: ignore[valid-type]
    wam_id: _told(_TEXT) = None  # type: ignore[valid-type]


class SendTaken(AgencyWire):
    success: bool = True
    message: str = "Template data processed successfully"


class CampaignLine(AgencyWire):
    """`uuid` is the agency's; `next_run` is null when nothing is to come."""

    id: str
    uuid: str
    name: str
    status: AgencyStatus
    startDate: Moment
    endDate: Moment | None
    schedule_type: str
    next_run: Moment | None

    @classmethod
    def told(cls, campaign: AgencyCampaign, zone: str, now: datetime) -> dict[str, Any]:
        timing = campaign.timing
        begin, made = timing.begin(zone), campaign.created_at
        return {
            "id": campaign.id,
            "uuid": campaign.company_id,
            "name": campaign.name,
            "status": campaign.status,
            "startDate": timing.next_after(zone, max(begin - _AN_INSTANT, made)) or begin,
            "endDate": campaign.ended_at,
            "schedule_type": "once" if timing.is_once else "recurring",
            "next_run": campaign.next_run_at(zone, now),
        }

    @classmethod
    def of(cls, campaign: AgencyCampaign, zone: str, now: datetime) -> Self:
        return cls(**cls.told(campaign, zone, now))


class SendsOut(AgencyWire):
    sent: int
    failed: int


class CardOut(AgencyWire):
    card_image_url: str
    card_body_variables: list[str]


class PayloadOut(AgencyWire):
    template_name: str
    group_name: str
    image_url: str
    header_variable: list[str]
    body_variable: list[str]
    cards: list[CardOut]


class CampaignOut(CampaignLine):
    template_payload: PayloadOut
    days: dict[str, list[str]] | None
    schedule: str
    template_sends: SendsOut
    """What the agency has sent with this template by itself."""

    @classmethod
    def whole(cls, campaign: AgencyCampaign, sends: SendCounts, zone: str, now: datetime) -> Self:
        given = campaign.parameters
        return cls(
            **cls.told(campaign, zone, now),
            template_payload=PayloadOut(
                template_name=campaign.template_name,
                group_name=campaign.group_name,
                image_url=given.image_url,
                header_variable=list(given.header),
                body_variable=list(given.body),
                cards=[
                    CardOut(card_image_url=one.image_url, card_body_variables=list(one.body))
                    for one in given.cards
                ],
            ),
            days=campaign.timing.days or None,
            schedule=campaign.timing.begins,
            template_sends=SendsOut(sent=sends.sent, failed=sends.failed),
        )


class Pagination(AgencyWire):
    total: int
    page: int
    limit: int
    totalPages: int


class CampaignsPage(AgencyWire):
    success: bool = True
    message: str = "Campaigns retrieved successfully."
    data: list[CampaignLine]
    pagination: Pagination

    @classmethod
    def of(cls, shown: Sequence[CampaignLine], ask: PageQuery, total: int) -> Self:
        pages = -(-total // ask.limit)
        return cls(
            data=list(shown),
            pagination=Pagination(total=total, page=ask.page, limit=ask.limit, totalPages=pages),
        )


class CampaignFound(AgencyWire):
    success: bool = True
    message: str = "Campaign retrieved successfully."
    data: list[CampaignOut]


class CustomerLine(AgencyWire):
    """`email` is the first that may be used; empty if there is none."""

    id: str
    name: str
    email: str

    @classmethod
    def of(cls, customer: Customer) -> Self:
        emails = (
            one.value
            for one in customer.contacts
            if one.type is ContactType.EMAIL and one.is_usable
        )
        name = f"{customer.first_name} {customer.last_name}".strip()
        return cls(id=customer.id, name=name, email=next(emails, ""))


class Paging(AgencyWire):
    """The numbers of the pages before and after; null if there is none."""

    before: int | None
    after: int | None


class CustomersPage(AgencyWire):
    success: bool = True
    message: str = "Customers retrieved successfully."
    data: list[CustomerLine]
    paging: Paging

    @classmethod
    def of(cls, found: Sequence[Customer], ask: PageQuery, *, has_more: bool) -> Self:
        before = ask.page - 1 if ask.page > 1 else None
        after = ask.page + 1 if has_more else None
        return cls(
            data=[CustomerLine.of(one) for one in found], paging=Paging(before=before, after=after)
        )
