"""GET /v1/customers/{customerId}/timeline: what happened with a customer, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.params import PageAsk
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.timeline import TimelineOut
from campaigns.usecases.upsert_person import find_customer_by_any_id


@endpoint("GET /v1/customers/{customerId}/timeline", scope="manage:people", wiring=wiring)
def handler(customer_id: Id, ask: PageAsk, caller: Caller) -> TimelineOut:
    company_id = caller.company_id
    person = find_customer_by_any_id(company_id, customer_id, people=wiring.people())
    history = wiring.contact_ledger().histories(company_id, [person.id]).get(person.id)
    standing = history.reservations_about("", wiring.now()) if history is not None else ()
    entries = wiring.timeline().list(
        company_id, person.id, after=ask.next_token, limit=ask.limit + 1
    )
    return TimelineOut.of(list(standing), entries, ask.limit)
