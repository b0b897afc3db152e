"""People changed: put down who is to be taken off the lists that name them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.recall import (
    AccountChange,
    PersonChange,
    Recall,
    RecallProgress,
    recalls_of,
)
from campaigns.domain.run import RunRef
from campaigns.ports import Clock, ContactLedger, Json, PeopleChanges, RecallStore

SETTLES = timedelta(seconds=5)
"""A run that read somebody just before they changed may only now be writing that it lists them."""
_TRIES = 40
_AT_ONCE = 90

Change = PersonChange | AccountChange


def note_recalls(
    changes: Sequence[Json],
    *,
    read: PeopleChanges,
    ledger: ContactLedger,
    recalls: RecallStore,
    pause: Callable[[timedelta], None],
    now: Clock,
) -> int:
    """Answers how many addresses were put down. The same changes again put down nothing twice."""
    told = [one for one in map(read.read, changes) if one is not None]
    if not told:
        return 0
    pause(SETTLES)
    return sum(
        _put_down(ref, found, recalls, now) for ref, found in _found(told, ledger, now()).items()
    )


def _found(
    changes: Sequence[Change], ledger: ContactLedger, at: datetime
) -> dict[RunRef, list[Recall]]:
    histories: dict[tuple[str, str], ContactHistory] = {}
    for company_id in {one.now.company_id for one in changes}:
        ids = {one.person_id for one in changes if one.now.company_id == company_id}
        for id, history in ledger.histories(company_id, sorted(ids)).items():
            histories[company_id, id] = history
    found: dict[RunRef, list[Recall]] = {}
    for change in changes:
        known = histories.get((change.now.company_id, change.person_id))
        if known is not None:
            for ref, recall in recalls_of(change, known, at):
                found.setdefault(ref, []).append(recall)
    return found


def _put_down(ref: RunRef, found: Sequence[Recall], recalls: RecallStore, now: Clock) -> int:
    count = 0
    for start in range(0, len(found), _AT_ONCE):
        count += _batch(ref, found[start : start + _AT_ONCE], recalls, now)
    return count


def _batch(ref: RunRef, found: Sequence[Recall], recalls: RecallStore, now: Clock) -> int:
    """Under the number that is open; whoever closes it at the same moment lets us begin again."""
    until = max(one.until for one in found)
    for _ in range(_TRIES):
        was = recalls.find(ref) or RecallProgress(ref=ref, until=until)
        fresh = recalls.missing(ref, found)
        if not fresh:
            return 0
        try:
            recalls.put_down(
                was.taking(until, at=now()), [replace(one, file=was.open) for one in fresh]
            )
        except ChangedMeanwhile:
            continue
        return len(fresh)
    raise ChangedMeanwhile(f"recalls of run {ref.run_id}")
