"""GET /companies/{companyId}/campaign-workers/bulk-senders: the bulk senders, newest first."""

from campaigns import wiring
from campaigns.domain.public_id import SENDER
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Listed, endpoint
from campaigns.edge.borrower.params import ListUrl, PageAsk, listed
from campaigns.edge.borrower.schemas.sender import SenderOut


@endpoint(
    "GET /companies/{companyId}/campaign-workers/bulk-senders",
    scope="workers:read",
    wiring=wiring,
)
def handler(ask: PageAsk, at: ListUrl, caller: Caller) -> Listed[SenderOut]:
    page = wiring.senders().list(caller.company_id, ask.slice_of(SENDER))
    return listed(page, SenderOut.of, at)
