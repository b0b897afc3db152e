from campaigns.domain.api_key import ApiKey
from campaigns.ports import Access, Clock
from campaigns.usecases.keep_trying import keep_trying


def revoke_key(company_id: str, key_id: str, *, access: Access, now: Clock) -> ApiKey:
    """End a key at once; again is fine. Raises KeyNotFound, ChangedMeanwhile."""
    revoked: ApiKey = keep_trying(
        lambda: access.get_key(company_id, key_id),
        lambda key: key.revoked(now()),
        access.move_key,
    )
    return revoked
