"""Every schedule of a company, put to where its zone and run window want it."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.errors import Unavailable
from campaigns.ports import Access, ScheduledCampaigns, ScheduleMover, Schedules
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.put_schedules import CHUNK, put_schedules

_TRIES = 20


class SchedulesNotMoved(Unavailable):
    code = "schedules_not_moved"

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} schedules could not be moved; to begin again does the rest")


@dataclass(frozen=True, slots=True)
class Move:
    """A change of times whose schedules are to follow; `after` is the campaign it has come to."""

    company_id: str
    times: str
    after: str | None


def move_schedules(
    move: Move,
    *,
    access: Access,
    campaigns: ClockOwners,
    scheduled: ScheduledCampaigns,
    schedules: Schedules,
    mover: ScheduleMover,
    is_time_up: Callable[[], bool],
    report: Callable[[int, int], None],
    failed: Callable[[str], None],
) -> bool:
    """Go through the campaigns in the order of their ids; True when all schedules have moved.

    A change of times that came later has a move of its own, which makes this one superfluous.
    When time is up, the rest is begun anew. To repeat it changes nothing. `report` is told how
    many are done, of how many; `failed` of each failure, inside its except block.
    Raises CompanyNotFound, SchedulesNotMoved.
    """

    def put(ids: list[str]) -> int:
        named = [(move.company_id, id) for id in ids]
        return put_schedules(
            named, access=access, campaigns=campaigns, schedules=schedules, failed=failed
        )

    def todo() -> list[str]:
        found = (one.campaign_id for one in scheduled.of_company(move.company_id))
        return sorted(id for id in found if move.after is None or id > move.after)

    done = lost = 0
    known: set[str] = set()
    # Looked up again at the end: who was scheduled meanwhile may have read the times of before.
    while ids := [id for id in todo() if id not in known]:
        known.update(ids)
        for start in range(0, len(ids), CHUNK):
            if access.company(move.company_id).times != move.times:
                return False
            chunk = ids[start : start + CHUNK]
            lost += put(chunk)
            if access.company(move.company_id).times != move.times:
                # The move of those later times may have passed these before they were put.
                put(chunk)
                return False
            done += len(chunk)
            report(done, len(known))
            if is_time_up() and done < len(known):
                if lost:
                    break
                mover.start(access.company(move.company_id), after=chunk[-1])
                return False
        if lost:
            raise SchedulesNotMoved(lost)
    return _say_so(move, access)


def _say_so(move: Move, access: Access) -> bool:
    for _ in range(_TRIES):
        company = access.company(move.company_id)
        if company.times != move.times:
            return False
        if company.schedules_moved_for == move.times:
            return True
        try:
            access.move_company(company.schedules_moved())
        except ChangedMeanwhile:
            continue
        return True
    raise ChangedMeanwhile(f"company {move.company_id}")
