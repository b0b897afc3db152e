from campaigns.domain.api_key import ApiKey, NewToken, digest_of
from campaigns.domain.financing_client import (
    SCOPE,
    TOKEN_LIFE,
    BadClientCredentials,
    FinancingClient,
)
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.ports import Access, ClientStore, Clock, NewId

_PREFIX = "ft_"


def issue_token(
    client_text: str,
    secret: str,
    *,
    access: Access,
    clients: ClientStore,
    new_id: NewId,
    new_token: NewToken,
    now: Clock,
) -> str:
    """A token with which the client may ask for its plans, for as long as TOKEN_LIFE.

    It is kept as a key that may do nothing else. Raises BadClientCredentials.
    """
    at = now()
    client = _find(client_text, clients)
    if client is None or not client.knows(digest_of(secret), at):
        raise BadClientCredentials
    token = _PREFIX + new_token()
    access.add_token(
        ApiKey(
            id=new_id(),
            company_id=client.company_id,
            digest=digest_of(token),
            prefix=_PREFIX,
            name=f"token of {client.name}",
            scopes=frozenset({SCOPE}),
            created_at=at,
            expires_at=at + TOKEN_LIFE,
            client_id=client.id,
        )
    )
    return token


def _find(text: str, clients: ClientStore) -> FinancingClient | None:
    try:
        client_id = as_uuid(text)
    except NotAUuid:
        return None
    company_id = clients.company_of(client_id)
    return None if company_id is None else clients.find(company_id, client_id)
