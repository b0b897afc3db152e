"""Schedules, and the campaigns that have some, in memory: for tests."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.campaign import Campaign, CampaignKind, Scheduled, ScheduledCampaign
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.schedule import ClockName, Purpose, ScheduleEntry


class MemorySchedules:
    def __init__(self) -> None:
        self._entries: dict[ClockName, ScheduleEntry] = {}

    @property
    def entries(self) -> list[ScheduleEntry]:
        return list(self._entries.values())

    def put(self, entry: ScheduleEntry) -> None:
        self._entries[entry.name] = entry

    def remove(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN, slot: str = ""
    ) -> None:
        self._entries.pop(ClockName(company_id, campaign_id, purpose, slot), None)

    def find(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN, slot: str = ""
    ) -> ScheduleEntry | None:
        return self._entries.get(ClockName(company_id, campaign_id, purpose, slot))

    def others(self, known: frozenset[ClockName]) -> Iterator[ClockName]:
        yield from [named for named in self._entries if named not in known]


class MemoryScheduledCampaigns:
    """Of the campaigns of a MemoryCollection, and of those of other kinds in others."""

    shards = 2

    def __init__(
        self,
        campaigns: Iterable[Campaign],
        collections: Iterable[CollectionCampaign] = (),
        agency: Iterable[AgencyCampaign] = (),
    ) -> None:
        self._campaigns = campaigns
        self._collections = collections
        self._agency = agency
        self._marks: dict[int, datetime] = {}
        self._answered: dict[tuple[str, str], datetime] = {}

    def in_shard(self, shard: int) -> Iterator[ScheduledCampaign]:
        yield from (one for one in self._all() if int(one.campaign_id[-1], 16) % 2 == shard)

    def of_company(self, company_id: str) -> Iterator[ScheduledCampaign]:
        yield from (one for one in self._all() if one.company_id == company_id)

    def looked_until(self, shard: int) -> datetime | None:
        return self._marks.get(shard)

    def look_from(self, shard: int, at: datetime) -> None:
        self._marks[shard] = max(at, self._marks.get(shard, at))

    def answered(self, company_id: str, campaign_id: str) -> datetime | None:
        return self._answered.get((company_id, campaign_id))

    def answer(self, company_id: str, campaign_id: str, at: datetime) -> None:
        named = (company_id, campaign_id)
        self._answered[named] = max(at, self._answered.get(named, at))

    def _all(self) -> Iterator[ScheduledCampaign]:
        yield from self._of(self._campaigns, CampaignKind.BORROWER)
        yield from self._of(self._collections, CampaignKind.COLLECTION)
        yield from self._of(self._agency, CampaignKind.AGENCY)

    def _of(
        self, campaigns: Iterable[Scheduled], kind: CampaignKind
    ) -> Iterator[ScheduledCampaign]:
        for campaign in campaigns:
            if campaign.schedule is not None and campaign.runs_by_schedule:
                yield ScheduledCampaign(
                    company_id=campaign.company_id,
                    campaign_id=campaign.id,
                    kind=kind,
                    schedule=campaign.schedule,
                    since=campaign.scheduled_since or campaign.updated_at,
                )
