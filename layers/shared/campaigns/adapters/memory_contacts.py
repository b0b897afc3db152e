"""Stand-ins in memory for what is kept of contacts, true to their promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock

from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.timeline import TimelineEntry


class MemoryContactLedger:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], ContactHistory] = {}
        self._one_at_a_time = Lock()

    def histories(self, company_id: str, person_ids: Iterable[str]) -> Mapping[str, ContactHistory]:
        kept = self._kept
        return {id: kept[company_id, id] for id in person_ids if (company_id, id) in kept}

    def write(self, histories: Sequence[ContactHistory]) -> frozenset[str]:
        return frozenset(one.person_id for one in histories if not self._put(one))

    def _put(self, one: ContactHistory) -> bool:
        key = one.company_id, one.person_id
        with self._one_at_a_time:
            was = self._kept.get(key)
            if one.version != (0 if was is None else was.version):
                return False
            self._kept[key] = replace(one, version=one.version + 1)
        return True


class MemoryTimeline:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], dict[str, TimelineEntry]] = {}

    def told(self, entries: Sequence[TimelineEntry]) -> Mapping[str, TimelineEntry]:
        of = self._kept
        found = (of.get((one.company_id, one.person_id), {}).get(one.id) for one in entries)
        return {one.id: one for one in found if one is not None}

    def add(self, entries: Sequence[TimelineEntry]) -> None:
        for one in entries:
            self._kept.setdefault((one.company_id, one.person_id), {}).setdefault(one.id, one)

    def list(
        self, company_id: str, person_id: str, *, after: str | None, limit: int
    ) -> Sequence[TimelineEntry]:
        ours = self._kept.get((company_id, person_id), {}).values()
        newest = sorted(ours, key=lambda one: one.place, reverse=True)
        return [one for one in newest if after is None or one.place < after][:limit]
