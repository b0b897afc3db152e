"""DELETE /v1/keys/{keyId}: end a key; functions that know it forget it within a minute."""

from campaigns import wiring
from campaigns.domain.api_key import key_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.keys import KeyOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.revoke_key import revoke_key


@endpoint("DELETE /v1/keys/{keyId}", scope="manage:keys", wiring=wiring)
def handler(key_id: Id, caller: Caller) -> KeyOut:
    key = revoke_key(caller.company_id, key_id_of(key_id), access=wiring.access(), now=wiring.now)
    return KeyOut.of(key)
