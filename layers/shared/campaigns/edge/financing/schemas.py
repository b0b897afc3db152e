"""What the financing API takes and shows."""

from decimal import Decimal
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from campaigns.domain.plan import Offer
from campaigns.edge.wire import Wire

ClientId = Annotated[str, Path()]


def _once(value: object) -> object:
    if isinstance(value, list):
        raise ValueError("must be given once")
    return value


CreditAmount = Annotated[
    str | None,
    BeforeValidator(_once),
    Query(alias="creditAmount"),
    WithJsonSchema({"type": "number", "minimum": 1, "multipleOf": 1}),
]
"""As text: domain/plan.py reads it, more strictly than a number would be."""

Number = Annotated[Decimal, PlainSerializer(float, return_type=float)]
"""On the wire a JSON number. A double keeps 15 digits exactly and its shortest form shows no more
than those, and plans that would need more are refused: so it is the decimal itself."""


class OfferOut(Wire):
    campaign_id: int
    campaign_name: str
    monthly_cost: Number
    nominal_interest: Number
    effective_interest: Number
    administration_fee: Number
    number_of_payments: int
    payment_free_months: int
    total_cost: Number
    setup_fee: Number
    duration: int
    interest_free_months: int
    is_hybrid_campaign: bool
    credit_cost: Number
    calculation_amount: int

    @classmethod
    def of(cls, offer: Offer) -> Self:
        plan, sums = offer.plan, offer.schedule
        terms = plan.terms
        return cls(
            campaign_id=plan.number,
            campaign_name=plan.name,
            monthly_cost=sums.monthly_cost,
            nominal_interest=terms.nominal_interest,
            effective_interest=sums.effective_interest,
            administration_fee=terms.administration_fee,
            number_of_payments=terms.number_of_payments,
            payment_free_months=terms.payment_free_months,
            total_cost=sums.total_cost,
            setup_fee=terms.setup_fee,
            duration=terms.duration,
            interest_free_months=terms.interest_free_months,
            is_hybrid_campaign=plan.is_hybrid,
            credit_cost=sums.credit_cost,
            calculation_amount=offer.amount,
        )
