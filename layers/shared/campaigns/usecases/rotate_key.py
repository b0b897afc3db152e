from dataclasses import replace
from datetime import timedelta

from campaigns.domain.api_key import ApiKey, NewToken, digest_of
from campaigns.ports import Access, Clock, NewId


def rotate_key(
    company_id: str,
    key_id: str,
    overlap: timedelta,
    *,
    access: Access,
    new_id: NewId,
    now: Clock,
    token: NewToken,
    by: str,
) -> tuple[ApiKey, str]:
    """Make a key like this one in its place; the old one stays good for the overlap.

    Whoever rotates a key learns a secret that can do what the key can, so they have to hold
    that themselves. A key that expires is followed by one that expires as long after its own
    beginning. Raises KeyNotFound, KeyEnded, AlreadyRotated, ScopeNotHeld, ChangedMeanwhile.
    """
    at = now()
    old = access.get_key(company_id, key_id)
    if by != key_id:
        access.get_key(company_id, by).check_may_grant(old.scopes)
    secret = old.prefix + token()
    new = replace(
        old,
        id=new_id(),
        digest=digest_of(secret),
        created_at=at,
        created_by=by,
        expires_at=None if old.expires_at is None else at + (old.expires_at - old.created_at),
        version=0,
    )
    access.rotate_key(old.rotated(new.id, at=at, overlap=overlap), new)
    return new, secret
