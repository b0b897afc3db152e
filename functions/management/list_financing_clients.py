"""GET /v1/financing-clients: the company's clients of the financing API, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.clients import ClientOut
from campaigns.edge.management.params import Listed, RecordAsk, paged


@endpoint("GET /v1/financing-clients", scope="manage:clients", wiring=wiring)
def handler(ask: RecordAsk, caller: Caller) -> Listed[ClientOut]:
    page = wiring.financing_clients().list(caller.company_id, ask.slice())
    return paged(page, ClientOut.of)
