from campaigns.domain.api_key import ApiKey
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.ports import Access, Clock

_TRIES = 5


def revoke_key(company_id: str, key_id: str, *, access: Access, now: Clock) -> ApiKey:
    """End a key at once; again is fine. Raises KeyNotFound, ChangedMeanwhile."""
    for _ in range(_TRIES):
        key = access.get_key(company_id, key_id)
        revoked = key.revoked(now())
        if revoked == key:
            return key
        try:
            return access.move_key(revoked)
        except ChangedMeanwhile:
            continue
    raise ChangedMeanwhile(f"key {key_id}")
