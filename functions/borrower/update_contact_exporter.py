"""PUT, PATCH /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}:
change the fields of a contact exporter that are sent.
"""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.exporter import ExporterIn, ExporterOut
from campaigns.usecases.find_by_any_id import find_exporter
from campaigns.usecases.update_exporter import update_exporter


@endpoint(
    "PUT /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    "PATCH /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    scope="workers:write",
    wiring=wiring,
)
def handler(exporter_id: Id, body: ExporterIn, caller: Caller) -> Item[ExporterOut]:
    exporter = update_exporter(
        find_exporter(caller.company_id, exporter_id, exporters=wiring.exporters()),
        body.changes(),
        exporters=wiring.exporters(),
        now=wiring.now,
    )
    return Item(data=ExporterOut.of(exporter))
