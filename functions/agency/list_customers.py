"""GET /{uuid}/agency/getCustomers: the customers of an agency, page by page."""

from campaigns import wiring
from campaigns.edge.agency import endpoint
from campaigns.edge.agency.schemas import CustomersPage, PageAsk
from campaigns.edge.auth import Caller
from campaigns.usecases.list_customers import list_customers


@endpoint("GET /{uuid}/agency/getCustomers", scope="agency:read", wiring=wiring)
def handler(ask: PageAsk, caller: Caller) -> CustomersPage:
    found, has_more = list_customers(
        caller.company_id, ask.start, ask.limit, people=wiring.people()
    )
    return CustomersPage.of(found, ask, has_more=has_more)
