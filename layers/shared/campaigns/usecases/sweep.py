from collections import Counter
from collections.abc import Callable

from campaigns.usecases.settle_stuck_runs import StuckRuns
from campaigns.usecases.start_missed_runs import MissedRuns


def sweep(missed: MissedRuns, stuck: StuckRuns, report: Callable[[str], None]) -> dict[str, int]:
    """Both, whatever becomes of the other; answer how many there were of each outcome.

    `broken` counts parts that could not be gone through at all.
    """
    counts: Counter[str] = Counter()
    for name, part in (("missed runs", missed.start), ("stuck runs", stuck.settle)):
        try:
            part()
        except Exception:
            counts["broken"] += 1
            report(f"the sweep for {name} broke off")
    for name, seen in (("due", missed.counts), ("stuck", stuck.counts)):
        counts.update({f"{name}_{outcome}": number for outcome, number in seen.items()})
    return dict(counts)
