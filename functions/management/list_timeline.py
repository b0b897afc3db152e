"""GET /v1/customers/{customerId}/timeline: what happened with a customer, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.timeline import TimelineAsk, TimelineOut
from campaigns.usecases.list_timeline import list_timeline
from campaigns.usecases.upsert_person import find_customer_by_any_id


@endpoint("GET /v1/customers/{customerId}/timeline", scope="manage:people", wiring=wiring)
def handler(customer_id: Id, ask: TimelineAsk, caller: Caller) -> TimelineOut:
    company_id = caller.company_id
    person = find_customer_by_any_id(company_id, customer_id, people=wiring.people())
    history = wiring.contact_ledger().histories(company_id, [person.id]).get(person.id)
    standing = history.reservations_about("", wiring.now()) if history is not None else ()
    page = list_timeline(
        wiring.access().company(company_id),
        person,
        first=ask.first,
        last=ask.last,
        after=ask.next_token,
        limit=ask.limit,
        timeline=wiring.timeline(),
        people=wiring.people(),
        runs=wiring.runs(),
        files=wiring.files(),
        now=wiring.now,
    )
    return TimelineOut.of(list(standing), page)
