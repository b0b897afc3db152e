"""Collection campaigns and enrollments in memory, held to the same promises as in DynamoDB."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from threading import RLock

from campaigns.adapters.memory import MemoryCollection, MemoryPeople
from campaigns.domain.account import Account
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionCampaignNotFound
from campaigns.domain.enrollment import (
    CALLS,
    TOTAL,
    Change,
    Enrollment,
    EnrollmentCounts,
    EnrollmentRef,
    EnrollmentStatus,
    Holder,
)


class MemoryEnrollmentStore:
    """`people` is where accounts are kept, which change together with their execution."""

    def __init__(self, people: MemoryPeople) -> None:
        self._people = people
        self._kept: dict[EnrollmentRef, Enrollment] = {}
        self._places: dict[tuple[str, str], Holder] = {}
        self._counts: dict[tuple[str, str], dict[str, int]] = {}
        self._calls: dict[tuple[str, str, date], int] = {}
        self._one_at_a_time = RLock()

    def holders(self, company_id: str, account_ids: Iterable[str]) -> Mapping[str, Holder]:
        kept = self._places
        return {id: kept[company_id, id] for id in account_ids if (company_id, id) in kept}

    def write(self, changes: Sequence[Change]) -> Mapping[str, Holder | None]:
        refused: dict[str, Holder | None] = {}
        for change in changes:
            with self._one_at_a_time:
                if self._is_stale(change):
                    refused[change.now.account_id] = None
                elif not self._place_is_right(change):
                    refused[change.now.account_id] = self._place(change)
                elif change.account is not None and self._people.put_accounts([change.account]):
                    refused[change.now.account_id] = None
                else:
                    self._keep(change)
        return refused

    def settle(self, account: Account) -> bool:
        with self._one_at_a_time:
            held = self._places.get((account.company_id, account.id))
            if held is not None and not held.settled:
                return False
            if self._people.put_accounts([account]):
                return False
            self._places[account.company_id, account.id] = Holder(None, settled=True)
            return True

    def find(self, ref: EnrollmentRef) -> Enrollment | None:
        return self._kept.get(ref)

    def many(self, refs: Sequence[EnrollmentRef]) -> Sequence[Enrollment]:
        return [self._kept[ref] for ref in refs if ref in self._kept]

    def of_customer(
        self, company_id: str, customer_id: str, campaign_id: str | None = None
    ) -> Sequence[Enrollment]:
        return [
            one
            for ref, one in sorted(self._kept.items())
            if (ref.company_id, ref.customer_id) == (company_id, customer_id)
            and campaign_id in (None, ref.campaign_id)
        ]

    def of_customers(
        self, company_id: str, customer_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Enrollment]]:
        return {id: self.of_customer(company_id, id) for id in customer_ids}

    def due(
        self,
        company_id: str,
        campaign_id: str,
        step_id: str,
        until: date,
        *,
        at_once: int | None = None,
    ) -> Iterator[EnrollmentRef]:
        for ref, one in sorted(self._kept.items()):
            here = (ref.company_id, ref.campaign_id, one.step_id)
            is_here = here == (company_id, campaign_id, step_id)
            if is_here and one.due_on is not None and one.due_on <= until:
                yield ref

    def by_status(
        self,
        company_id: str,
        groups: Sequence[tuple[str, EnrollmentStatus]],
        *,
        newest_first: bool = True,
        at_once: int = 1000,
    ) -> Iterator[EnrollmentRef]:
        found = [
            one
            for one in self._kept.values()
            if one.company_id == company_id and (one.campaign_id, one.status) in groups
        ]
        found.sort(key=lambda one: (one.enrolled_at, one.id), reverse=newest_first)
        return iter([one.ref for one in found])

    def counts(
        self, company_id: str, campaign_ids: Sequence[str], today: date | None = None
    ) -> Mapping[str, EnrollmentCounts]:
        return {id: self._counted(company_id, id, today) for id in campaign_ids}

    def _counted(self, company_id: str, campaign_id: str, today: date | None) -> EnrollmentCounts:
        of = self._counts.get((company_id, campaign_id), {})
        calls_today = 0 if today is None else self._calls.get((company_id, campaign_id, today), 0)
        return EnrollmentCounts(
            total=of.get(TOTAL, 0),
            calls=of.get(CALLS, 0),
            calls_today=calls_today,
            by_status={status: of.get(status, 0) for status in EnrollmentStatus},
        )

    def _is_stale(self, change: Change) -> bool:
        kept = self._kept.get(change.now.ref)
        if change.was is None:
            return kept is not None
        return kept is None or kept.version != change.was.version

    def _place(self, change: Change) -> Holder | None:
        return self._places.get((change.now.company_id, change.now.account_id))

    def _place_is_right(self, change: Change) -> bool:
        before, after, place = change.holds_before, change.holds_after, self._place(change)
        if before is None and after is None and not change.settles:
            return True
        if before is not None:
            return place is not None and place.ref == before.ref
        return place is None

    def _keep(self, change: Change) -> None:
        now, after = change.now, change.holds_after
        version = 0 if change.was is None else change.was.version + 1
        self._kept[now.ref] = replace(now, version=version)
        if change.follows is not None:
            self._kept[change.follows.ref] = change.follows
        place = (now.company_id, now.account_id)
        if after is not None:
            self._places[place] = Holder(after.ref)
        elif change.settles:
            self._places[place] = Holder(None, settled=True)
        elif change.holds_before is not None:
            del self._places[place]
        for campaign_id, by in change.counted().items():
            of = self._counts.setdefault((now.company_id, campaign_id), {})
            for name, count in by.items():
                of[name] = of.get(name, 0) + count
        if change.called_on is not None:
            day = (now.company_id, now.campaign_id, change.called_on)
            self._calls[day] = self._calls.get(day, 0) + 1


class MemoryCollectionCampaigns(MemoryCollection[CollectionCampaign]):
    def __init__(self) -> None:
        super().__init__(missing=CollectionCampaignNotFound)
        self._chains: dict[str, int] = {}

    def chain_version(self, company_id: str) -> int:
        return self._chains.get(company_id, 0)

    def rechain(self, campaign: CollectionCampaign, chain_version: int) -> CollectionCampaign:
        if self.chain_version(campaign.company_id) != chain_version:
            raise ChangedMeanwhile("chain")
        moved = self.move(campaign)
        self._chains[campaign.company_id] = chain_version + 1
        return moved
