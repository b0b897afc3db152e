"""POST /v1/accounts/{externalId}/settle:
an account is paid in full; nobody is contacted about it any more.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import AccountOut, Id
from campaigns.usecases.settle_account import settle_account


@endpoint("POST /v1/accounts/{externalId}/settle", scope="manage:people", wiring=wiring)
def handler(external_id: Id, caller: Caller) -> AccountOut:
    settled = settle_account(
        caller.company_id,
        external_id,
        people=wiring.people(),
        enrollments=wiring.enrollments(),
        now=wiring.now,
    )
    return AccountOut.of(settled)
