"""Payment plans as the management API takes and shows them, and their tables of payments."""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import Field

from campaigns.domain.amortisation import Month
from campaigns.domain.plan import LARGEST_COST, LONGEST_DURATION, Offer, Plan
from campaigns.edge.management.schemas import Money
from campaigns.edge.wire import Moment, StrictWire, Wire

_NAMES = {"campaign_name": "name", "is_hybrid_campaign": "is_hybrid"}
"""Fields that are called otherwise inside."""

Amount = Annotated[int, Field(ge=1, lt=int(LARGEST_COST), strict=True)]
Months = Annotated[int, Field(ge=0, le=LONGEST_DURATION, strict=True)]
Fee = Annotated[Decimal, Field(ge=0, lt=LARGEST_COST)]


class PlanIn(StrictWire):
    """Only the fields that are sent count; null takes back what was set."""

    campaign_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    representative_amount: Amount | None = None
    duration: Annotated[int, Field(ge=1, le=LONGEST_DURATION, strict=True)] | None = None
    payment_free_months: Months | None = None
    interest_free_months: Months | None = None
    nominal_interest: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    administration_fee: Fee | None = None
    setup_fee: Fee | None = None
    is_hybrid_campaign: Annotated[bool, Field(strict=True)] | None = None

    def changes(self) -> Mapping[str, Any]:
        sent = self.model_fields_set - {"version"}
        return {_NAMES.get(name, name): getattr(self, name) for name in sent}


class PlanChangesIn(PlanIn):
    version: Annotated[int, Field(ge=0, strict=True)] | None = None
    """The one that was read: if the plan has another by now, nothing is changed."""


class PlanOut(Wire):
    id: str
    campaign_id: int
    campaign_name: str
    currency: str
    min_amount: int
    max_amount: int
    representative_amount: int | None
    duration: int
    number_of_payments: int
    payment_free_months: int
    interest_free_months: int
    nominal_interest: Money
    administration_fee: Money
    setup_fee: Money
    is_hybrid_campaign: bool
    created_at: Moment
    updated_at: Moment
    ended_at: Moment | None
    version: int

    @classmethod
    def of(cls, plan: Plan) -> Self:
        terms = plan.terms
        return cls(
            id=plan.id,
            campaign_id=plan.number,
            campaign_name=plan.name,
            currency=terms.currency,
            min_amount=plan.min_amount,
            max_amount=plan.max_amount,
            representative_amount=plan.representative_amount,
            duration=terms.duration,
            number_of_payments=terms.number_of_payments,
            payment_free_months=terms.payment_free_months,
            interest_free_months=terms.interest_free_months,
            nominal_interest=terms.nominal_interest,
            administration_fee=terms.administration_fee,
            setup_fee=terms.setup_fee,
            is_hybrid_campaign=plan.is_hybrid,
            created_at=plan.created_at,
            updated_at=plan.updated_at,
            ended_at=plan.ended_at,
            version=plan.version,
        )


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"


AskedForm = Annotated[Form | None, Query(alias="format")]
Accept = Annotated[str | None, Header(alias="accept")]

_CSV = "text/csv"
TABLES = {
    "application/json": {"$ref": "#/components/schemas/management.AmortisationOut"},
    _CSV: {"type": "string"},
}
"""The table in both forms, for the description of all APIs."""


class MonthOut(Wire):
    month: int
    payment: Money
    interest: Money
    principal: Money
    fees: Money
    balance: Money


class AmortisationOut(Wire):
    plan_id: str
    currency: str
    credit_amount: int
    monthly_cost: Money
    total_cost: Money
    credit_cost: Money
    effective_interest: Money
    """The annual percentage rate of the European Union."""
    us_annual_percentage_rate: Money
    """By Regulation Z, Appendix J."""
    months: list[MonthOut]

    @classmethod
    def of(cls, offer: Offer) -> Self:
        sums = offer.schedule
        return cls(
            plan_id=offer.plan.id,
            currency=offer.plan.terms.currency,
            credit_amount=offer.amount,
            monthly_cost=sums.monthly_cost,
            total_cost=sums.total_cost,
            credit_cost=sums.credit_cost,
            effective_interest=sums.effective_interest,
            us_annual_percentage_rate=sums.us_annual_percentage_rate,
            months=[MonthOut(**month._asdict()) for month in sums.months()],
        )


def amortisation(
    offer: Offer, form: Form | None, accept: str | None
) -> Response[AmortisationOut | str]:
    """The table as `format` says, or else as CSV when that is the first type that is accepted."""
    first = (accept or "").split(",")[0].partition(";")[0].strip().lower()
    if form is Form.CSV or (form is None and first == _CSV):
        name = f"plan-{offer.plan.number}-{offer.amount}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(200, f"{_CSV}; charset=utf-8", _as_csv(offer), headers=headers)
    return Response(200, "application/json", AmortisationOut.of(offer))


def _as_csv(offer: Offer) -> str:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(Month._fields)
    for month in offer.schedule.months():
        lines.writerow([format(one, "f") if isinstance(one, Decimal) else one for one in month])
    return text.getvalue()
