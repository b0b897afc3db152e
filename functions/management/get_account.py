"""GET /v1/accounts/{externalId}: one account, by the id that the company gave it."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import AccountOut, Id
from campaigns.usecases.upsert_person import find_account


@endpoint("GET /v1/accounts/{externalId}", scope="manage:people", wiring=wiring)
def handler(external_id: Id, caller: Caller) -> AccountOut:
    return AccountOut.of(find_account(caller.company_id, external_id, people=wiring.people()))
