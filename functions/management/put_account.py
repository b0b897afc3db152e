"""PUT /v1/accounts/{externalId}: create an account or change the fields that are sent."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import AccountIn, AccountOut, Id, fields_of
from campaigns.usecases.upsert_person import upsert_account


@endpoint("PUT /v1/accounts/{externalId}", scope="manage:people", wiring=wiring)
def handler(external_id: Id, body: AccountIn, caller: Caller) -> AccountOut:
    people = wiring.people()
    return AccountOut.of(
        upsert_account(caller.company_id, external_id, fields_of(body), people=people)
    )
