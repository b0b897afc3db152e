"""POST /companies/{companyId}/campaign-workers/bulk-senders: create a bulk sender."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.schemas.sender import SenderIn, SenderOut
from campaigns.usecases.create_sender import create_sender


@endpoint(
    "POST /companies/{companyId}/campaign-workers/bulk-senders",
    scope="workers:write",
    wiring=wiring,
)
def handler(body: SenderIn, caller: Caller) -> Item[SenderOut]:
    sender = create_sender(
        caller.company_id,
        {"subject": None, **body.changes()},
        senders=wiring.senders(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return Item(data=SenderOut.of(sender))
