"""POST /companies/{companyId}/campaign-workers/contact-exporters: create a contact exporter."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.schemas.exporter import ExporterIn, ExporterOut
from campaigns.usecases.create_exporter import create_exporter


@endpoint(
    "POST /companies/{companyId}/campaign-workers/contact-exporters",
    scope="workers:write",
    wiring=wiring,
)
def handler(body: ExporterIn, caller: Caller) -> Item[ExporterOut]:
    exporter = create_exporter(
        caller.company_id,
        body.changes(),
        exporters=wiring.exporters(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return Item(data=ExporterOut.of(exporter))
