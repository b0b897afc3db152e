"""DELETE /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}:
take a contact exporter out of use, softly.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.exporter import ExporterOut
from campaigns.usecases.find_by_any_id import find_exporter


@endpoint(
    "DELETE /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    scope="workers:write",
    wiring=wiring,
)
def handler(exporter_id: Id, caller: Caller) -> Item[ExporterOut]:
    exporter = find_exporter(caller.company_id, exporter_id, exporters=wiring.exporters())
    return Item(data=ExporterOut.of(wiring.exporters().move(exporter.deleted(wiring.now()))))
