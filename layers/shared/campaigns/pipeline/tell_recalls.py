"""Tell whoever has a list who is to be taken off it: one suppression file at a time.

Everything may be done again. The file is made of what is put down under a closed number, so it is
the same file; one that has arrived is not sent again; what is released is released once, and an
entry of a timeline is kept once. The progress is written last.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.destination import NoDestination
from campaigns.domain.errors import DomainError, NotFound
from campaigns.domain.events import recall_missed
from campaigns.domain.recall import (
    COLUMNS,
    GATHERED,
    WAITS,
    Recall,
    RecallProgress,
    is_meant_for,
    line_of,
)
from campaigns.domain.run import Run, RunFile, RunRef, RunStatus, recall_file
from campaigns.pipeline.csv_lines import CsvLines, in_batches
from campaigns.pipeline.deliver import RECALL, planned_file, take_there
from campaigns.pipeline.rulings import change_histories
from campaigns.pipeline.tools import Handover
from campaigns.ports import CollectionCampaignStore, ContactLedger, Events, RecallStore, Timeline

_BATCH = 500
_TRIES = 40


class Change(Protocol):
    def __call__(self, was: RecallProgress, /, *, at: datetime) -> RecallProgress: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallTools(Handover):
    """What recalling people may touch."""

    collections: CollectionCampaignStore
    recalls: RecallStore
    ledger: ContactLedger
    timeline: Timeline
    events: Events

    @property
    def collection_store(self) -> CollectionCampaignStore:
        return self.collections


@dataclass(slots=True)
class Recalls:
    """All that is due, each run for itself."""

    tools: RecallTools
    is_time_up: Callable[[], bool]
    report: Callable[[str], None]
    """Told of every failure that nobody foresaw, inside its except block."""
    counts: Counter[str] = field(default_factory=Counter)

    def tell(self) -> None:
        for ref in self.tools.recalls.due(self.tools.now()):
            if self.is_time_up():
                self.counts["postponed"] += 1
                return
            try:
                self.counts[tell_recalls(ref, self.tools)] += 1
            except ChangedMeanwhile:
                self.counts["moved_on"] += 1
            except Exception:
                self.counts["broken"] += 1
                self.report(f"recalls of run {ref.run_id} could not be told")


def tell_recalls(ref: RunRef, tools: RecallTools) -> str:
    """Answers what came of it: told, missed, failed, waiting, dropped or moved_on.

    Raises ChangedMeanwhile where somebody else has it, or puts down more; then it is due again.
    """
    at = tools.now()
    progress = tools.recalls.find(ref)
    if progress is None or progress.due_at is None or progress.due_at > at:
        return "moved_on"
    run = tools.run(ref)
    campaign = _campaign_of(run, tools)
    if not _is_wanted(run, campaign) or (at >= progress.until and not run.may_have_called):
        tools.recalls.move(progress.ended())
        return "dropped"
    if at < progress.until and not run.may_have_called:
        tools.recalls.move(progress.put_off(WAITS, at=at))
        return "waiting"
    if at < progress.until and run.is_at_work and not run.is_between_windows:
        # What comes with the list comes first. Where the rest of the list comes hours later,
        # what is told now is told again behind it.
        tools.recalls.move(progress.put_off(GATHERED, at=at))
        return "waiting"
    progress = tools.recalls.move(progress.claimed(at=at))
    if at >= progress.until:
        return _missed(run, tools, progress)
    return _told(run, campaign, tools, progress)


def _campaign_of(run: Run, tools: RecallTools) -> Campaign | None:
    """Also one that was deleted, or is over: whoever has its list calls all the same."""
    if run.step_id is None:
        return tools.campaigns.find(run.company_id, run.campaign_id)
    collection = tools.collections.find(run.company_id, run.campaign_id)
    if collection is None:
        return None
    try:
        return collection.exporting(collection.step(run.step_id))
    except NotFound:
        return None


def _is_wanted(run: Run, campaign: Campaign | None) -> bool:
    if run.status is RunStatus.CANCELED and not run.may_have_called:
        return False
    return campaign is None or campaign.sftp is None or campaign.sftp.recall


def _told(run: Run, campaign: Campaign | None, tools: RecallTools, progress: RecallProgress) -> str:
    number = progress.closed
    found = _meant(run, tools, number)
    if not found:
        return _conclude(run.ref, tools, number, RecallProgress.told, "told")
    try:
        _bring(run, campaign, tools, progress, found)
    except DomainError as refusal:
        _note(run.ref, tools, f"recall: {recall_file(number)} did not arrive: {refusal}")
        return _conclude(run.ref, tools, number, RecallProgress.failed, "failed")
    at = tools.now()
    _release(run.ref, tools, found, at)
    if late := [one for one in found if one.until <= at]:
        _tell_missed(run, tools, number, len(late))
    return _conclude(run.ref, tools, number, RecallProgress.told, "missed" if late else "told")


def _missed(run: Run, tools: RecallTools, progress: RecallProgress) -> str:
    """The hours of the list are over; who should have been taken off it may have been called."""
    first = progress.done + 1
    left = sum(len(_meant(run, tools, number)) for number in range(first, progress.used + 1))
    if left:
        _tell_missed(run, tools, first, left)
    tools.recalls.move(progress.ended())
    return "missed" if left else "dropped"


def _tell_missed(run: Run, tools: RecallTools, number: int, addresses: int) -> None:
    tools.events.publish(recall_missed(run, number, addresses))
    _note(run.ref, tools, f"recall: {addresses} addresses were not taken off the list in time")


def _conclude(ref: RunRef, tools: RecallTools, number: int, change: Change, outcome: str) -> str:
    """Whatever was put down for the next file meanwhile stays."""
    for _ in range(_TRIES):
        progress = tools.recalls.find(ref)
        if progress is None or progress.closed != number or progress.done == number:
            return "moved_on"
        with suppress(ChangedMeanwhile):
            tools.recalls.move(change(progress, at=tools.now()))
            return outcome
    raise ChangedMeanwhile(f"recalls of run {ref.run_id}")


def _meant(run: Run, tools: RecallTools, number: int) -> list[Recall]:
    found = tools.recalls.of_file(run.ref, number)
    return [one for one in found if is_meant_for(one, run.exporter)]


def _bring(
    run: Run,
    campaign: Campaign | None,
    tools: RecallTools,
    progress: RecallProgress,
    found: Sequence[Recall],
) -> None:
    if campaign is None or campaign.sftp is None:
        raise NoDestination
    number = progress.closed
    file = _written(run, tools, number, found)
    reasons = Counter(one.reason for one in found)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    people = len({one.person_id for one in found})

    def hold(run: Run) -> Run:
        if file in run.files:
            return run
        note = f"recall: {file.name} takes {people} people off the list ({told})"
        return run.holding(file).noted(note, at=tools.now())

    run = tools.change(run.ref, hold)
    planned = planned_file(file, f"{RECALL}_{number:02d}", "csv", run)
    take_there(run, campaign, tools, {**planned, "kind": RECALL}, progress.failures + 1)
    tools.write_log(run.ref)


def _written(run: Run, tools: RecallTools, number: int, found: Sequence[Recall]) -> RunFile:
    """Two people with one phone are one line."""
    lines = CsvLines()
    rows = {row[:2]: row for row in (line_of(one, run.ref, run.exporter) for one in found)}
    with tools.files.write(run.ref, recall_file(number)) as out:
        out.write(lines.encode([COLUMNS]))
        out.write(lines.encode(rows.values()))
        out.rows = len(rows)
    return out.facts


def _release(ref: RunRef, tools: RecallTools, found: Sequence[Recall], at: datetime) -> None:
    """Whoever is not contacted any more uses up nothing; and their timeline says so."""
    addresses: dict[str, set[str]] = {}
    for one in found:
        addresses.setdefault(one.person_id, set()).add(one.address)

    def change(history: ContactHistory) -> ContactHistory:
        return history.recalled(ref.run_id, addresses[history.person_id], at=at)

    for batch in in_batches(iter(addresses), _BATCH):
        change_histories(ref.company_id, batch, change, ledger=tools.ledger)
    for entries in in_batches((one.entry(ref, at) for one in found), _BATCH):
        tools.timeline.add(entries)


def _note(ref: RunRef, tools: RecallTools, text: str) -> None:
    """Once, however often it happens."""

    def note(run: Run) -> Run:
        if any(line.text == text for line in run.log):
            return run
        return run.noted(text, at=tools.now())

    tools.change(ref, note)
    tools.write_log(ref)
