from campaigns.domain.financing_client import ClientNotFound, FinancingClient
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.ports import ClientStore


def find_client(company_id: str, text: str, *, clients: ClientStore) -> FinancingClient:
    """By its id, whether it was revoked or not. Raises ClientNotFound."""
    try:
        found = clients.find(company_id, as_uuid(text))
    except NotAUuid:
        found = None
    if found is None:
        raise ClientNotFound(text)
    return found
