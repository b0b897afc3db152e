"""DELETE /companies/{companyId}/campaign-workers/bulk-senders/{senderId}: delete a bulk sender."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.sender import SenderOut
from campaigns.usecases.find_by_any_id import find_sender


@endpoint(
    "DELETE /companies/{companyId}/campaign-workers/bulk-senders/{senderId}",
    scope="workers:write",
    wiring=wiring,
)
def handler(sender_id: Id, caller: Caller) -> Item[SenderOut]:
    sender = find_sender(caller.company_id, sender_id, senders=wiring.senders())
    return Item(data=SenderOut.of(wiring.senders().move(sender.deleted(wiring.now()))))
