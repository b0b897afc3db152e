from collections.abc import Iterator

from campaigns.domain.financing_client import ClientRevoked, UnknownClient
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.page import Slice
from campaigns.domain.plan import Offer, Plan
from campaigns.ports import ClientStore, PlanStore

_MANY = 1000
"""Plans read at once; what there is of them usually fits."""


def list_offers(
    company_id: str,
    client_text: str,
    token_client: str | None,
    amount: int | None,
    *,
    clients: ClientStore,
    plans: PlanStore,
) -> list[Offer]:
    """What a shop may offer for an amount, or in general when it names none; the shortest first.

    `token_client` is the only client that the caller may ask for, if it came with a token.
    Raises UnknownClient, ClientRevoked.
    """
    _check_client(company_id, client_text, token_client, clients)
    offers = [
        plan.offer(amount)
        for plan in _all(company_id, plans)
        if amount is None or plan.takes(amount)
    ]
    return sorted(offers, key=lambda offer: offer.rank)


def _check_client(
    company_id: str, text: str, token_client: str | None, clients: ClientStore
) -> None:
    try:
        client_id = as_uuid(text)
    except NotAUuid:
        raise UnknownClient from None
    if token_client is not None and client_id != token_client:
        raise UnknownClient
    client = clients.find(company_id, client_id)
    if client is None:
        raise UnknownClient
    if client.revoked_at is not None:
        raise UnknownClient if token_client is None else ClientRevoked


def _all(company_id: str, plans: PlanStore) -> Iterator[Plan]:
    cursor = None
    while True:
        page = plans.list(company_id, Slice(limit=_MANY, starting_after=cursor))
        yield from page.items
        if not page.has_next:
            return
        cursor = page.items[-1].id
