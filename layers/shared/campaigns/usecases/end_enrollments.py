from collections.abc import Sequence

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.enrollment import EnrollmentRef, end_with_campaign
from campaigns.ports import Clock, EnrollmentStore

_TRIES = 5


def end_of_campaign(
    campaign: CollectionCampaign,
    refs: Sequence[EnrollmentRef],
    *,
    enrollments: EnrollmentStore,
    now: Clock,
) -> int:
    """End those of a campaign that is over which are still active; answer how many."""
    ended = 0
    left = list(refs)
    for _ in range(_TRIES):
        if not left:
            return ended
        at = now()
        changes = [
            end_with_campaign(one, campaign, at=at)
            for one in enrollments.many(left)
            if one.is_active
        ]
        refused = enrollments.write(changes)
        ended += len(changes) - len(refused)
        left = [one.now.ref for one in changes if one.now.account_id in refused]
    if left:
        raise ChangedMeanwhile(f"campaign {campaign.id}")
    return ended
