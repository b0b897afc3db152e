"""The schedules port in memory, for tests."""

from campaigns.domain.schedule import ScheduleEntry


class MemorySchedules:
    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], ScheduleEntry] = {}

    def put(self, entry: ScheduleEntry) -> None:
        self._entries[entry.company_id, entry.campaign_id] = entry

    def remove(self, company_id: str, campaign_id: str) -> None:
        self._entries.pop((company_id, campaign_id), None)

    def find(self, company_id: str, campaign_id: str) -> ScheduleEntry | None:
        return self._entries.get((company_id, campaign_id))
