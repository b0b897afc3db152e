from contextlib import suppress

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.company import Company, CompanyChanges
from campaigns.domain.errors import Unavailable
from campaigns.ports import Access, Clock, ScheduleMover

_TRIES = 20


def update_company(
    company_id: str,
    changes: CompanyChanges,
    *,
    access: Access,
    mover: ScheduleMover,
    now: Clock,
) -> Company:
    """Set the given fields, whoever else sets others at the same moment.

    With other times of day, the schedules of its campaigns begin to move in the background; if
    that cannot be begun, the company still says that they have not moved, and the sweep begins it.
    Raises CompanyNotFound, UnknownTimeZone, ChangedMeanwhile.
    """
    for _ in range(_TRIES):
        was = access.company(company_id)
        to_be = was.changed(changes, at=now())
        if to_be == was:
            return was
        try:
            kept = access.move_company(to_be)
        except ChangedMeanwhile:
            continue
        if kept.times != was.times:
            with suppress(Unavailable):
                mover.start(kept)
        return kept
    raise ChangedMeanwhile(f"company {company_id}")
