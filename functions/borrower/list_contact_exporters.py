"""GET /companies/{companyId}/campaign-workers/contact-exporters:
the company's contact exporters, newest first.
"""

from campaigns import wiring
from campaigns.domain.public_id import EXPORTER
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Listed, endpoint
from campaigns.edge.borrower.params import ListUrl, PageAsk, listed
from campaigns.edge.borrower.schemas.exporter import ExporterOut


@endpoint(
    "GET /companies/{companyId}/campaign-workers/contact-exporters",
    scope="workers:read",
    wiring=wiring,
)
def handler(ask: PageAsk, at: ListUrl, caller: Caller) -> Listed[ExporterOut]:
    page = wiring.exporters().list(caller.company_id, ask.slice_of(EXPORTER))
    return listed(page, ExporterOut.of, at)
