"""A stand-in in memory for what is recalled, true to its promises."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.recall import Recall, RecallProgress
from campaigns.domain.run import RunRef


class MemoryRecallStore:
    def __init__(self) -> None:
        self._progress: dict[RunRef, RecallProgress] = {}
        self._recalls: dict[RunRef, dict[str, Recall]] = {}
        self._one_at_a_time = Lock()

    def find(self, ref: RunRef) -> RecallProgress | None:
        return self._progress.get(ref)

    def missing(self, ref: RunRef, recalls: Sequence[Recall]) -> Sequence[Recall]:
        there = self._recalls.get(ref, {})
        return list({one.name: one for one in recalls if one.name not in there}.values())

    def put_down(self, progress: RecallProgress, recalls: Sequence[Recall]) -> None:
        with self._one_at_a_time:
            there = self._recalls.setdefault(progress.ref, {})
            if any(one.name in there for one in recalls):
                raise ChangedMeanwhile(f"recalls of run {progress.ref.run_id}")
            self._put(progress)
            there.update({one.name: one for one in recalls})

    def move(self, progress: RecallProgress) -> RecallProgress:
        with self._one_at_a_time:
            return self._put(progress)

    def of_file(self, ref: RunRef, number: int) -> Iterator[Recall]:
        kept = sorted(self._recalls.get(ref, {}).items())
        return (one for _, one in kept if one.file == number)

    def due(self, at: datetime) -> Iterator[RunRef]:
        waiting = [
            (one.due_at, ref)
            for ref, one in list(self._progress.items())
            if one.due_at is not None and one.due_at <= at
        ]
        return (ref for _, ref in sorted(waiting, key=lambda one: one[0]))

    def _put(self, progress: RecallProgress) -> RecallProgress:
        was = self._progress.get(progress.ref)
        if progress.version != (0 if was is None else was.version):
            raise ChangedMeanwhile(f"recalls of run {progress.ref.run_id}")
        moved = replace(progress, version=progress.version + 1)
        self._progress[progress.ref] = moved
        return moved
