"""POST /api/v1/external/accounts/campaign/bulk: enroll up to 100 accounts in a campaign."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.collections import Envelope, endpoint
from campaigns.edge.collections.schemas import PROCESSED, BulkAssignmentIn, BulkAssignmentOut
from campaigns.usecases.enroll_accounts import enroll_accounts


@endpoint("POST /api/v1/external/accounts/campaign/bulk", scope="accounts:write", wiring=wiring)
def handler(body: BulkAssignmentIn, caller: Caller) -> Envelope[BulkAssignmentOut]:
    results = enroll_accounts(
        caller.company_id,
        body.campaign_id,
        body.account_ids,
        customer_id=body.customer_id,
        campaigns=wiring.collections(),
        enrollments=wiring.enrollments(),
        people=wiring.people(),
        access=wiring.access(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return Envelope(data=BulkAssignmentOut.of(body.campaign_id, results), message=PROCESSED)
