"""PATCH /v1/customers/{externalId}: change the fields that are sent, of a customer who exists."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import CustomerOut, Id, fields_of
from campaigns.edge.management.timeline import CustomerChangesIn
from campaigns.usecases.update_customer import update_customer


@endpoint("PATCH /v1/customers/{externalId}", scope="manage:people", wiring=wiring)
def handler(external_id: Id, body: CustomerChangesIn, caller: Caller) -> CustomerOut:
    fields = fields_of(body)
    reason = fields.pop("reason", None)
    changed = update_customer(
        caller.company_id,
        external_id,
        fields,
        reason,
        people=wiring.people(),
        timeline=wiring.timeline(),
        now=wiring.now,
    )
    return CustomerOut.of(changed)
