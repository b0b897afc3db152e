from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.domain.account import Account
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionStatus
from campaigns.domain.enrollment import (
    ACTIVE_ELSEWHERE,
    IS_SETTLED,
    NOT_FOUND,
    OTHER_CUSTOMER,
    OVER_MEANWHILE,
    Change,
    EnrollmentRefused,
    EnrollmentResult,
    Holder,
    ItemStatus,
    enroll,
)
from campaigns.domain.schedule import local_date_of
from campaigns.ports import (
    Access,
    Clock,
    CollectionCampaignStore,
    EnrollmentStore,
    NewId,
    People,
)
from campaigns.usecases.end_enrollments import end_of_campaign

_TRIES = 5


def enroll_accounts(
    company_id: str,
    campaign_id: str,
    account_ids: Sequence[str],
    *,
    customer_id: str | None = None,
    campaigns: CollectionCampaignStore,
    enrollments: EnrollmentStore,
    people: People,
    access: Access,
    new_id: NewId,
    now: Clock,
) -> list[EnrollmentResult]:
    """Enroll accounts; answer in their order what became of each. Sending it again is safe.

    `customer_id` is whom they have to belong to, if given. Raises CampaignNotFound,
    CampaignNotAccepting.
    """
    campaign = campaigns.get(company_id, campaign_id)
    campaign.check_accepts()
    wanted = list(dict.fromkeys(account_ids))
    desk = _Desk(campaign, campaigns, enrollments, people, access, new_id, now)
    results = desk.enroll(wanted, customer_id)
    seen: set[str] = set()
    answers: list[EnrollmentResult] = []
    for id in account_ids:
        result = results[id]
        if id in seen:
            # The first of them stands for the account; its error, if any, is told there.
            result = EnrollmentResult(id, result.account_number, ItemStatus.SKIPPED)
        seen.add(id)
        answers.append(result)
    return answers


@dataclass(slots=True)
class _Desk:
    campaign: CollectionCampaign
    campaigns: CollectionCampaignStore
    enrollments: EnrollmentStore
    people: People
    access: Access
    new_id: NewId
    now: Clock

    def enroll(self, wanted: Sequence[str], customer_id: str | None) -> dict[str, EnrollmentResult]:
        company_id = self.campaign.company_id
        accounts = self.people.accounts(company_id, wanted)
        owners = {one.customer_id for one in accounts.values()}
        known = self.people.customers(company_id, sorted(owners))
        results: dict[str, EnrollmentResult] = {}
        left: dict[str, Account] = {}
        for id in wanted:
            account = accounts.get(id)
            if account is None or account.customer_id not in known:
                results[id] = EnrollmentResult(id, None, ItemStatus.FAILED, NOT_FOUND)
            elif customer_id is not None and account.customer_id != customer_id:
                results[id] = _failed(account, OTHER_CUSTOMER)
            else:
                left[id] = account
        holders: Mapping[str, Holder | None] = {}
        if left:
            holders = self.enrollments.holders(company_id, list(left))
        for _ in range(_TRIES):
            left = self._freed(left, holders, results)
            if not left:
                break
            holders = self._written(left, results)
            left = {id: left[id] for id in holders}
        for account in left.values():
            results[account.id] = _failed(account, ACTIVE_ELSEWHERE)
        return results

    def _freed(
        self,
        accounts: Mapping[str, Account],
        holders: Mapping[str, Holder | None],
        results: dict[str, EnrollmentResult],
    ) -> dict[str, Account]:
        """Those whose place is free, or was held for a campaign that is over."""
        free: dict[str, Account] = {}
        refs = [one.ref for one in holders.values() if one is not None]
        over = self._over({ref.campaign_id for ref in refs if ref is not None})
        for id, account in accounts.items():
            holder = holders.get(id)
            if holder is None:
                free[id] = account
            elif holder.ref is None:
                results[id] = _failed(account, IS_SETTLED)
            elif holder.ref.campaign_id == self.campaign.id:
                results[id] = EnrollmentResult(id, account.number, ItemStatus.SKIPPED)
            elif holder.ref.campaign_id not in over:
                results[id] = _failed(account, ACTIVE_ELSEWHERE)
            else:
                of = over[holder.ref.campaign_id]
                end_of_campaign(of, [holder.ref], enrollments=self.enrollments, now=self.now)
                free[id] = account
        return free

    def _over(self, campaign_ids: set[str]) -> dict[str, CollectionCampaign]:
        """Of these campaigns, those that are over, whose executions only have not ended yet."""
        found = (
            self.campaigns.find(self.campaign.company_id, id)
            for id in campaign_ids - {self.campaign.id}
        )
        return {one.id: one for one in found if one is not None and one.is_over}

    def _written(
        self, accounts: Mapping[str, Account], results: dict[str, EnrollmentResult]
    ) -> Mapping[str, Holder | None]:
        """Enroll them; answers who holds the places that somebody took meanwhile."""
        at = self.now()
        company = self.access.company(self.campaign.company_id)
        today = local_date_of(at, company.zone)
        changes: list[Change] = []
        for account in accounts.values():
            try:
                made = enroll(account, self.campaign, id=self.new_id(), today=today, at=at)
            except EnrollmentRefused as refusal:
                results[account.id] = _failed(account, str(refusal))
                continue
            changes.append(Change(now=made))
        refused = self.enrollments.write(changes)
        made_here = [one for one in changes if one.now.account_id not in refused]
        self._answer(made_here, accounts, results)
        return refused

    def _answer(
        self,
        changes: Sequence[Change],
        accounts: Mapping[str, Account],
        results: dict[str, EnrollmentResult],
    ) -> None:
        """A campaign that ended while we wrote may have closed its books without them."""
        if not changes:
            return
        now_is = self.campaigns.get(self.campaign.company_id, self.campaign.id)
        if now_is.is_over:
            refs = [one.now.ref for one in changes]
            end_of_campaign(now_is, refs, enrollments=self.enrollments, now=self.now)
        for one in changes:
            account = accounts[one.now.account_id]
            if now_is.is_over:
                results[account.id] = _failed(account, OVER_MEANWHILE)
                continue
            paused = now_is.status is CollectionStatus.PAUSED
            status = ItemStatus.PENDING if paused else ItemStatus.SUCCESS
            results[account.id] = EnrollmentResult(account.id, account.number, status)


def _failed(account: Account, error: str) -> EnrollmentResult:
    return EnrollmentResult(account.id, account.number, ItemStatus.FAILED, error)
