"""POST /v1/financing-clients/{clientId}/rotate: a new secret for a client, shown once."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.clients import IssuedClientOut
from campaigns.edge.management.keys import RotationIn
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_client import find_client
from campaigns.usecases.rotate_secret import rotate_secret


@endpoint(
    "POST /v1/financing-clients/{clientId}/rotate",
    scope="manage:clients",
    wiring=wiring,
    shown_once=("clientSecret",),
)
def handler(client_id: Id, caller: Caller, body: RotationIn | None = None) -> IssuedClientOut:
    client, secret = rotate_secret(
        find_client(caller.company_id, client_id, clients=wiring.financing_clients()),
        (body or RotationIn()).overlap,
        clients=wiring.financing_clients(),
        new_token=wiring.new_token,
        now=wiring.now,
    )
    return IssuedClientOut.issued(client, secret)
