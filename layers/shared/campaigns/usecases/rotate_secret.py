from datetime import timedelta

from campaigns.domain.api_key import NewToken, digest_of
from campaigns.domain.financing_client import ClientNotFound, FinancingClient
from campaigns.ports import ClientStore, Clock
from campaigns.usecases.register_client import SECRET_PREFIX


def rotate_secret(
    client: FinancingClient,
    overlap: timedelta,
    *,
    clients: ClientStore,
    new_token: NewToken,
    now: Clock,
) -> tuple[FinancingClient, str]:
    """The client with a new secret; the one before stays good for the overlap.

    Raises ClientNotFound of a client that was revoked, ChangedMeanwhile.
    """
    if client.revoked_at is not None:
        raise ClientNotFound(client.id)
    secret = SECRET_PREFIX + new_token()
    rotated = client.rotated(digest_of(secret), at=now(), overlap=overlap)
    return clients.move(rotated), secret
