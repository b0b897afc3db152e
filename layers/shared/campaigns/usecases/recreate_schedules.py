from collections.abc import Callable
from dataclasses import dataclass

from campaigns.domain.schedule import ClockName
from campaigns.ports import Access, ScheduledCampaigns, Schedules
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.put_schedules import CHUNK, put_schedules


@dataclass(frozen=True, slots=True)
class Recreated:
    put: int
    removed: int
    failed: int


def recreate_schedules(
    company_id: str | None,
    *,
    access: Access,
    campaigns: ClockOwners,
    scheduled: ScheduledCampaigns,
    schedules: Schedules,
    report: Callable[[str], None],
    failed: Callable[[str], None],
) -> Recreated:
    """Put every schedule that should be there, then remove those that should not.

    Of one company, or of all. To repeat it changes nothing, so it may be broken off and begun
    again. `report` is told how it goes, `failed` of each failure, inside its except block.
    Raises CompanyNotFound.
    """
    if company_id is not None:
        access.company(company_id)
    known = [
        (one.company_id, one.campaign_id)
        for shard in range(scheduled.shards)
        for one in scheduled.in_shard(shard)
    ]
    wanted = [named for named in known if company_id in (None, named[0])]
    put = lost = removed = 0
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        missed = put_schedules(
            chunk, access=access, campaigns=campaigns, schedules=schedules, failed=failed
        )
        put, lost = put + len(chunk) - missed, lost + missed
        report(f"{start + len(chunk)} of {len(wanted)} campaigns")
    # A flight check is among the others, as are the slots of agencies, and the campaign asked
    # whether it has one.
    rung = frozenset(ClockName(*named) for named in known)
    for other in schedules.others(rung):
        if company_id not in (None, other[0]):
            continue
        try:
            removed += _removed(other, campaigns, schedules)
        except Exception:
            lost += 1
            failed(f"a schedule of campaign {other[1]} could not be removed")
    return Recreated(put, removed, lost)


def _removed(clock: ClockName, campaigns: ClockOwners, schedules: Schedules) -> int:
    """The index may lag behind: the campaign itself has the last word."""
    if campaigns.want(clock):
        return 0
    schedules.remove(*clock)
    return 1
