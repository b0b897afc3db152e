"""GET /v1/customers/{externalId}: one customer, by the id that the company gave it."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import CustomerOut, Id
from campaigns.usecases.upsert_person import find_customer


@endpoint("GET /v1/customers/{externalId}", scope="manage:people", wiring=wiring)
def handler(external_id: Id, caller: Caller) -> CustomerOut:
    return CustomerOut.of(find_customer(caller.company_id, external_id, people=wiring.people()))
