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
    beginning, but no later than the key that asks, unless that may manage everything.
    Raises KeyNotFound, KeyEnded, AlreadyRotated, ScopeNotHeld, FasterThanItsMaker,
    ChangedMeanwhile.
    """
    at = now()
    old = access.get_key(company_id, key_id)
    asking = old if by == key_id else access.get_key(company_id, by)
    lasts = None if old.expires_at is None else at + (old.expires_at - old.created_at)
    expires_at = asking.latest_end(lasts)
    asking.check_may_make(old.scopes, expires_at=expires_at, rate_limit=old.rate_limit)
    secret = old.prefix + token()
    new = replace(
        old,
        id=new_id(),
        digest=digest_of(secret),
        created_at=at,
        created_by=by,
        expires_at=expires_at,
        version=0,
    )
    access.rotate_key(old.rotated(new.id, at=at, overlap=overlap), new)
    return new, secret
