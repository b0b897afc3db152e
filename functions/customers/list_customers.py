"""GET /v2/customers: all customers, those in campaigns or statuses, or those in none."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.customers import Listed, endpoint, listed
from campaigns.edge.customers.schemas import CustomerAsk, CustomerOut
from campaigns.usecases.find_customers import find_customers, find_enrolled


@endpoint("GET /v2/customers", scope="customers:read", wiring=wiring)
def handler(ask: CustomerAsk, caller: Caller) -> Listed[CustomerOut]:
    stores = (wiring.collections(), wiring.enrollments(), wiring.people())
    descending, start = ask.sort_order == "desc", (ask.page - 1) * ask.limit
    if ask.campaign_ids is None and ask.statuses is None:
        page = find_customers(
            caller.company_id, ask.unassigned, start, ask.limit, descending, *stores
        )
    else:
        statuses = None if ask.statuses is None else [one.meant for one in ask.statuses]
        page = find_enrolled(
            caller.company_id, ask.campaign_ids, statuses, start, ask.limit, descending, *stores
        )
    shown = [CustomerOut.of(customer, of) for customer, of in page.found]
    return listed(shown, page.total, ask.page, ask.limit)
