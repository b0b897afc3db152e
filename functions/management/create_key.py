"""POST /v1/keys: make an API key; the answer is the only one that shows it."""

from campaigns import wiring
from campaigns.domain.api_key import NoScopes
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.keys import IssuedKeyOut, KeyIn
from campaigns.usecases.issue_key import issue_key


@endpoint("POST /v1/keys", scope="manage:keys", wiring=wiring, shown_once=("key",))
def handler(body: KeyIn, caller: Caller) -> IssuedKeyOut:
    if not body.scopes and not body.full_access:
        raise NoScopes
    key, secret = issue_key(
        caller.company_id,
        body.name,
        frozenset(body.scopes),
        prefix=body.prefix,
        expires_at=body.expires_at,
        rate_limit=None if body.rate_limit is None else body.rate_limit.kept(),
        by=caller.key_id,
        access=wiring.access(),
        token=wiring.new_token,
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return IssuedKeyOut.issued(key, secret)
