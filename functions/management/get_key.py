"""GET /v1/keys/{keyId}: one key, without its secret."""

from campaigns import wiring
from campaigns.domain.api_key import key_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.keys import KeyOut
from campaigns.edge.management.schemas import Id


@endpoint("GET /v1/keys/{keyId}", scope="manage:keys", wiring=wiring)
def handler(key_id: Id, caller: Caller) -> KeyOut:
    return KeyOut.of(wiring.access().get_key(caller.company_id, key_id_of(key_id)))
