from campaigns.domain.financing_client import FinancingClient
from campaigns.ports import ClientStore, Clock


def revoke_client(client: FinancingClient, *, clients: ClientStore, now: Clock) -> FinancingClient:
    """Its secret and its tokens end at once; revoking it again changes nothing.

    Raises ChangedMeanwhile.
    """
    return client if client.revoked_at is not None else clients.move(client.revoked(now()))
