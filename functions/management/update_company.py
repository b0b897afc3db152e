"""PATCH /v1/companies/{companyId}:
change the fields of the company that are sent, and move its schedules.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.companies import CompanyIn, CompanyOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.update_company import update_company


@endpoint("PATCH /v1/companies/{companyId}", scope="manage:companies", wiring=wiring)
def handler(company_id: Id, body: CompanyIn, caller: Caller) -> CompanyOut:
    return CompanyOut.of(
        update_company(
            caller.company_id,
            body.changes(),
            agency_secret=body.agency_secret(),
            access=wiring.access(),
            secrets=wiring.secrets(),
            mover=wiring.schedule_mover(),
            now=wiring.now,
        ),
        wiring.now(),
    )
