"""The schedules port in memory, for tests."""

from campaigns.domain.schedule import Purpose, ScheduleEntry


class MemorySchedules:
    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, Purpose], ScheduleEntry] = {}

    @property
    def entries(self) -> list[ScheduleEntry]:
        return list(self._entries.values())

    def put(self, entry: ScheduleEntry) -> None:
        self._entries[entry.company_id, entry.campaign_id, entry.purpose] = entry

    def remove(self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN) -> None:
        self._entries.pop((company_id, campaign_id, purpose), None)

    def find(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN
    ) -> ScheduleEntry | None:
        return self._entries.get((company_id, campaign_id, purpose))
