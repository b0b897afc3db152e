"""POST /v1/keys/{keyId}/rotate: a new key in place of one that stays good for a while."""

from campaigns import wiring
from campaigns.domain.api_key import key_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.keys import IssuedKeyOut, RotationIn
from campaigns.edge.management.schemas import Id
from campaigns.usecases.rotate_key import rotate_key


@endpoint("POST /v1/keys/{keyId}/rotate", scope="manage:keys", wiring=wiring, shown_once=("key",))
def handler(key_id: Id, caller: Caller, body: RotationIn | None = None) -> IssuedKeyOut:
    key, secret = rotate_key(
        caller.company_id,
        key_id_of(key_id),
        (body or RotationIn()).overlap,
        by=caller.key_id,
        access=wiring.access(),
        token=wiring.new_token,
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return IssuedKeyOut.issued(key, secret)
