from datetime import datetime

from campaigns.domain.api_key import (
    ApiKey,
    ExpiresInThePast,
    NewToken,
    RateLimit,
    check_scopes,
    digest_of,
)
from campaigns.ports import Access, Clock, NewId


def issue_key(
    company_id: str,
    name: str,
    scopes: frozenset[str],
    *,
    access: Access,
    new_id: NewId,
    now: Clock,
    token: NewToken,
    prefix: str = "sk_live_",
    expires_at: datetime | None = None,
    rate_limit: RateLimit | None = None,
    by: str | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; answer it and its secret, which is never seen again.

    `by` is the id of the key that asks: it may hand out only what it holds.
    Raises CompanyNotFound, UnknownScope, ExpiresInThePast, and what `check_may_make` raises.
    """
    check_scopes(scopes)
    at = now()
    if expires_at is not None and expires_at <= at:
        raise ExpiresInThePast
    company = access.company(company_id)
    if by is not None:
        access.get_key(company_id, by).check_may_make(
            scopes, expires_at=expires_at, rate_limit=rate_limit
        )
    secret = prefix + token()
    key = ApiKey(
        id=new_id(),
        company_id=company.id,
        digest=digest_of(secret),
        prefix=prefix,
        name=name,
        scopes=scopes,
        rate_limit=rate_limit,
        created_at=at,
        created_by=by,
        expires_at=expires_at,
    )
    access.add_key(key)
    return key, secret
