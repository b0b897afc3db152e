from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.domain.account import Account
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.enrollment import (
    Change,
    Enrollment,
    EnrollmentMoved,
    EnrollmentNotFound,
    EnrollmentStatus,
    completion,
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

_TRIES = 10
_WHY = "reported"


@dataclass(frozen=True, slots=True)
class Reported:
    """Of the customer's newest enrollment in the campaign."""

    enrollment_id: str
    previous: EnrollmentStatus
    status: EnrollmentStatus


def report_outcome(
    company_id: str,
    customer_id: str,
    campaign_id: str,
    status: EnrollmentStatus,
    *,
    campaigns: CollectionCampaignStore,
    enrollments: EnrollmentStore,
    people: People,
    access: Access,
    new_id: NewId,
    now: Clock,
) -> Reported:
    """End a customer's executions in a campaign as completed or failed.

    All that are active end; if none is, the newest hears the late outcome. Saying the same
    again changes nothing. Raises EnrollmentNotFound, EnrollmentMoved, ChangedMeanwhile.
    """
    campaign = campaigns.find(company_id, campaign_id)
    for _ in range(_TRIES):
        found = enrollments.of_customer(company_id, customer_id, campaign_id)
        if campaign is None or not found:
            raise EnrollmentNotFound(customer_id, campaign_id)
        newest = max(found, key=lambda one: (one.is_active, one.enrolled_at, one.id))
        meant = [one for one in found if one.is_active] or [newest]
        changing = [one for one in meant if one.status is not status]
        for one in changing:
            if not one.can_move(status):
                raise EnrollmentMoved(one.status, status)
        desk = _Desk(campaign, campaigns, enrollments, people, access, new_id, now)
        if not changing or desk.moved(changing, status):
            return Reported(newest.id, newest.status, status)
    raise ChangedMeanwhile(f"enrollment of customer {customer_id}")


@dataclass(slots=True)
class _Desk:
    campaign: CollectionCampaign
    campaigns: CollectionCampaignStore
    enrollments: EnrollmentStore
    people: People
    access: Access
    new_id: NewId
    now: Clock

    def moved(self, changing: Sequence[Enrollment], status: EnrollmentStatus) -> bool:
        """Whether all of them could be moved; the others have to be read afresh."""
        if status is EnrollmentStatus.COMPLETED:
            changes = self._completions(changing)
        else:
            at = self.now()
            changes = [Change(was=one, now=one.ended(status, _WHY, at=at)) for one in changing]
        return not self.enrollments.write(changes)

    def _completions(self, changing: Sequence[Enrollment]) -> list[Change]:
        company_id = self.campaign.company_id
        accounts = self.people.accounts(company_id, [one.account_id for one in changing])
        late = [one.account_id for one in changing if not one.is_active]
        taken = self.enrollments.holders(company_id, late) if late else {}
        successor: CollectionCampaign | None = None
        if self.campaign.next_campaign_id is not None:
            successor = self.campaigns.find(company_id, self.campaign.next_campaign_id)
        at = self.now()
        today = local_date_of(at, self.access.company(company_id).zone)

        def free(one: Enrollment) -> Account | None:
            # A late outcome changes nothing about an invoice that has gone elsewhere.
            return None if one.account_id in taken else accounts.get(one.account_id)

        return [
            completion(one, free(one), successor, id=self.new_id(), why=_WHY, today=today, at=at)
            for one in changing
        ]
