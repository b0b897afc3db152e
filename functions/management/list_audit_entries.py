"""GET /v1/audit: the audit trail of one day, newest first: what keys changed."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.audit import AuditAsk, AuditEntryOut
from campaigns.edge.management.params import Listed, listed


@endpoint("GET /v1/audit", scope="manage:audit", wiring=wiring)
def handler(ask: AuditAsk, caller: Caller) -> Listed[AuditEntryOut]:
    found = wiring.audit().list(
        caller.company_id,
        ask.day or wiring.now().date(),
        object_id=ask.object_id,
        after=ask.after,
        limit=ask.limit + 1,
    )
    return listed(found, ask.limit, AuditEntryOut.of, lambda entry: entry.id)
