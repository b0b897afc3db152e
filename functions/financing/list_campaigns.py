"""GET /v3/client/{clientId}/campaigns: the payment plans that a client's shop may offer."""

from campaigns import wiring
from campaigns.domain.plan import read_amount
from campaigns.edge.auth import Caller
from campaigns.edge.financing import endpoint
from campaigns.edge.financing.schemas import ClientId, CreditAmount, OfferOut
from campaigns.usecases.list_offers import list_offers


@endpoint("GET /v3/client/{clientId}/campaigns", scope="financing:read", wiring=wiring)
def handler(
    client_id: ClientId, caller: Caller, credit_amount: CreditAmount = None
) -> list[OfferOut]:
    offers = list_offers(
        caller.company_id,
        client_id,
        caller.client_id,
        read_amount(credit_amount),
        clients=wiring.financing_clients(),
        plans=wiring.plans(),
    )
    return [OfferOut.of(offer) for offer in offers]
