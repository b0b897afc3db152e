"""POST /api/v1/external/accounts/{account_id}/campaign: enroll one account in a campaign."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.collections import Envelope, endpoint
from campaigns.edge.collections.schemas import PROCESSED, AssignmentIn, AssignmentOut, PathId
from campaigns.usecases.enroll_accounts import enroll_accounts


@endpoint(
    "POST /api/v1/external/accounts/{account_id}/campaign", scope="accounts:write", wiring=wiring
)
def handler(account_id: PathId, body: AssignmentIn, caller: Caller) -> Envelope[AssignmentOut]:
    [result] = enroll_accounts(
        caller.company_id,
        body.campaign_id,
        [account_id],
        customer_id=body.customer_id,
        campaigns=wiring.collections(),
        enrollments=wiring.enrollments(),
        people=wiring.people(),
        access=wiring.access(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return Envelope(data=AssignmentOut.in_campaign(body.campaign_id, result), message=PROCESSED)
