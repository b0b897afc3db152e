"""PUT /v1/customers/{externalId}: create a customer or change the fields that are sent."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import CustomerIn, CustomerOut, Id, fields_of
from campaigns.usecases.upsert_person import upsert_customer


@endpoint("PUT /v1/customers/{externalId}", scope="manage:people", wiring=wiring)
def handler(external_id: Id, body: CustomerIn, caller: Caller) -> CustomerOut:
    people = wiring.people()
    return CustomerOut.of(
        upsert_customer(
            caller.company_id, external_id, fields_of(body), people=people, now=wiring.now
        )
    )
