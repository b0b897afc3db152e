"""GET /v1/customers/{customerId}/decisions: what all runs decided about somebody, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.runs import CustomerDecisionsAsk, CustomerDecisionsOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_decisions import who
from campaigns.usecases.find_decisions_of_runs import find_decisions_of_runs


@endpoint("GET /v1/customers/{customerId}/decisions", scope="runs:read", wiring=wiring)
def handler(customer_id: Id, ask: CustomerDecisionsAsk, caller: Caller) -> CustomerDecisionsOut:
    asked = who(caller.company_id, customer_id, people=wiring.people())
    found = find_decisions_of_runs(
        wiring.access().company(caller.company_id),
        asked,
        first=ask.first,
        last=ask.last,
        after=ask.next_token,
        runs=wiring.runs(),
        files=wiring.files(),
        now=wiring.now,
    )
    return CustomerDecisionsOut.of(found, asked.id)
