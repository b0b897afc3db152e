"""GET /v2/customers/{customerId}: one customer, with all of their enrollments."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.customers import endpoint
from campaigns.edge.customers.schemas import CustomerOut, OneCustomerOut, PathId
from campaigns.usecases.find_customers import get_customer


@endpoint("GET /v2/customers/{customerId}", scope="customers:read", wiring=wiring)
def handler(customer_id: PathId, caller: Caller) -> OneCustomerOut:
    customer, of = get_customer(
        caller.company_id, customer_id, enrollments=wiring.enrollments(), people=wiring.people()
    )
    return OneCustomerOut(customer=CustomerOut.of(customer, of))
