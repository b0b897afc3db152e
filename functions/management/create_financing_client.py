"""POST /v1/financing-clients: register a client of the financing API; its secret is shown once."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.clients import ClientIn, IssuedClientOut
from campaigns.usecases.register_client import register_client


@endpoint(
    "POST /v1/financing-clients",
    scope="manage:clients",
    wiring=wiring,
    shown_once=("clientSecret",),
)
def handler(body: ClientIn, caller: Caller) -> IssuedClientOut:
    client, secret = register_client(
        caller.company_id,
        body.name,
        clients=wiring.financing_clients(),
        new_id=wiring.new_id,
        new_token=wiring.new_token,
        now=wiring.now,
    )
    return IssuedClientOut.issued(client, secret)
