"""PATCH /v2/customers/campaign-status: a dialer tells how a customer's campaign ended."""

from campaigns import wiring
from campaigns.domain.enrollment import check_reportable
from campaigns.edge.auth import Caller
from campaigns.edge.customers import endpoint
from campaigns.edge.customers.schemas import CustomerStatus, StatusIn, StatusOut
from campaigns.usecases.report_outcome import report_outcome


@endpoint("PATCH /v2/customers/campaign-status", scope="customers:write", wiring=wiring)
def handler(body: StatusIn, caller: Caller) -> StatusOut:
    status = body.status.meant
    check_reportable(status)
    told = report_outcome(
        caller.company_id,
        body.customer_id,
        body.campaign_id,
        status,
        campaigns=wiring.collections(),
        enrollments=wiring.enrollments(),
        people=wiring.people(),
        access=wiring.access(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return StatusOut(
        previous_status=CustomerStatus.of(told.previous),
        new_status=CustomerStatus.of(told.status),
        customer_campaign_id=told.enrollment_id,
    )
