"""DELETE /v1/financing-clients/{clientId}: revoke a client; its secret and its tokens end."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.clients import ClientOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_client import find_client
from campaigns.usecases.revoke_client import revoke_client


@endpoint("DELETE /v1/financing-clients/{clientId}", scope="manage:clients", wiring=wiring)
def handler(client_id: Id, caller: Caller) -> ClientOut:
    clients = wiring.financing_clients()
    client = find_client(caller.company_id, client_id, clients=clients)
    return ClientOut.of(revoke_client(client, clients=clients, now=wiring.now))
