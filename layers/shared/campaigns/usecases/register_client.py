from campaigns.domain.api_key import NewToken, digest_of
from campaigns.domain.financing_client import FinancingClient
from campaigns.ports import ClientStore, Clock, NewId

SECRET_PREFIX = "fs_"


def register_client(
    company_id: str,
    name: str,
    *,
    clients: ClientStore,
    new_id: NewId,
    new_token: NewToken,
    now: Clock,
) -> tuple[FinancingClient, str]:
    """A new client and its secret: the only time that this is seen."""
    at, secret = now(), SECRET_PREFIX + new_token()
    client = FinancingClient(
        id=new_id(),
        company_id=company_id,
        name=name,
        secret_digest=digest_of(secret),
        created_at=at,
        updated_at=at,
    )
    return clients.add(client), secret
