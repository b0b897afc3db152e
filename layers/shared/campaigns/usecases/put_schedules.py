from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from campaigns.ports import Access, Schedules
from campaigns.usecases.keep_schedule import ClockOwners, wind_up

AT_ONCE = 8
CHUNK = 200


def put_schedules(
    named: Sequence[tuple[str, str]],
    *,
    access: Access,
    campaigns: ClockOwners,
    schedules: Schedules,
    failed: Callable[[str], None],
) -> int:
    """The alarm clocks of these campaigns, several at once; answer how many could not be put.

    `failed` is told of each of those, inside its except block.
    """

    def put(one: tuple[str, str]) -> int:
        try:
            campaign = campaigns.find(*one)
            if campaign is not None:
                wind_up(campaign, access=access, schedules=schedules)
        except Exception:
            failed(f"the schedule of campaign {one[1]} could not be put")
            return 1
        return 0

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(put, named))
