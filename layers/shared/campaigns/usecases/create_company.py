from collections.abc import Callable

from campaigns.domain.company import ApiKey, Company, check_scopes, digest_of
from campaigns.domain.schedule import RunWindow, zone_of
from campaigns.ports import Access, Clock, NewId


def create_company(
    name: str, zone: str, run_window: RunWindow, *, access: Access, new_id: NewId, now: Clock
) -> Company:
    """Raises UnknownTimeZone."""
    company = Company(
        id=new_id(),
        name=name,
        zone=zone_of(zone).key,
        run_window=run_window,
        created_at=now(),
    )
    access.put_company(company)
    return company


def issue_key(
    company_id: str,
    name: str,
    scopes: frozenset[str],
    *,
    access: Access,
    new_id: NewId,
    now: Clock,
    token: Callable[[], str],
    prefix: str = "sk_live_",
) -> str:
    """Make a key and answer it: the only time it is seen. Raises CompanyNotFound, UnknownScope."""
    check_scopes(scopes)
    company = access.company(company_id)
    key = prefix + token()
    access.add_key(
        ApiKey(
            id=new_id(),
            company_id=company.id,
            digest=digest_of(key),
            prefix=prefix,
            name=name,
            scopes=scopes,
            created_at=now(),
        )
    )
    return key
