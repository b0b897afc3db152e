"""POST /v1/customers/{customerId}/opt-outs: a customer asks to be left alone, in any wording."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.timeline import OptOutIn, OptOutOut
from campaigns.usecases.opt_out_customer import opt_out_customer


@endpoint("POST /v1/customers/{customerId}/opt-outs", scope="manage:results", wiring=wiring)
def handler(customer_id: Id, body: OptOutIn, caller: Caller) -> OptOutOut:
    customer, wish = opt_out_customer(
        caller.company_id,
        customer_id,
        body.channel,
        body.address,
        body.text,
        people=wiring.people(),
        timeline=wiring.timeline(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return OptOutOut.of(customer, wish)
