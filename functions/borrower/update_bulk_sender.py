"""PUT, PATCH /companies/{companyId}/campaign-workers/bulk-senders/{senderId}: change a sender."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.sender import SenderIn, SenderOut
from campaigns.usecases.find_by_any_id import find_sender
from campaigns.usecases.update_sender import update_sender


@endpoint(
    "PUT /companies/{companyId}/campaign-workers/bulk-senders/{senderId}",
    "PATCH /companies/{companyId}/campaign-workers/bulk-senders/{senderId}",
    scope="workers:write",
    wiring=wiring,
)
def handler(sender_id: Id, body: SenderIn, caller: Caller) -> Item[SenderOut]:
    sender = update_sender(
        find_sender(caller.company_id, sender_id, senders=wiring.senders()),
        body.changes(),
        senders=wiring.senders(),
        now=wiring.now,
    )
    return Item(data=SenderOut.of(sender))
