from campaigns.domain.account import Account, AccountNotFound
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.enrollment import Change, EnrollmentStatus
from campaigns.domain.people_rows import account_id
from campaigns.ports import Clock, EnrollmentStore, People

_TRIES = 10


def settle_account(
    company_id: str,
    external_id: str,
    *,
    people: People,
    enrollments: EnrollmentStore,
    now: Clock,
) -> Account:
    """Paid in full: its execution ends, and no other can begin. Again is fine.

    Raises AccountNotFound, ChangedMeanwhile.
    """
    id = account_id(company_id, external_id)
    for _ in range(_TRIES):
        account = people.accounts(company_id, [id]).get(id)
        if account is None:
            raise AccountNotFound(external_id)
        if account.settled_at is not None:
            return account
        at = now()
        settled = account.settled(at)
        holder = enrollments.holders(company_id, [id]).get(id)
        if holder is None or holder.ref is None:
            if enrollments.settle(settled):
                return settled
            continue
        execution = enrollments.find(holder.ref)
        if execution is None or not execution.is_active:
            continue
        ended = execution.ended(EnrollmentStatus.COMPLETED, "settled", at=at)
        change = Change(was=execution, now=ended, account=settled)
        if not enrollments.write([change]):
            return settled
    raise ChangedMeanwhile(f"account {external_id}")
