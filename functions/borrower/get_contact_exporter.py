"""GET /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}:
one contact exporter.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.exporter import ExporterOut
from campaigns.usecases.find_by_any_id import find_exporter


@endpoint(
    "GET /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    scope="workers:read",
    wiring=wiring,
)
def handler(exporter_id: Id, caller: Caller) -> Item[ExporterOut]:
    exporter = find_exporter(caller.company_id, exporter_id, exporters=wiring.exporters())
    return Item(data=ExporterOut.of(exporter))
