"""GET /v1/companies/{companyId}: the company that the key belongs to."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.companies import CompanyOut
from campaigns.edge.management.schemas import Id


@endpoint("GET /v1/companies/{companyId}", scope="manage:companies", wiring=wiring)
def handler(company_id: Id, caller: Caller) -> CompanyOut:
    return CompanyOut.of(wiring.access().company(caller.company_id), wiring.now())
