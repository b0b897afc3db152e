from campaigns.domain.company import Company
from campaigns.domain.schedule import RunWindow, zone_of
from campaigns.ports import Access, Clock, NewId


def create_company(
    name: str,
    zone: str,
    run_window: RunWindow,
    *,
    release_by_another_key: bool = False,
    access: Access,
    new_id: NewId,
    now: Clock,
) -> Company:
    """Raises UnknownTimeZone."""
    company = Company(
        id=new_id(),
        name=name,
        zone=zone_of(zone).key,
        run_window=run_window,
        release_by_another_key=release_by_another_key,
        created_at=now(),
    )
    access.put_company(company)
    return company
