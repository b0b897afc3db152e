"""GET /v1/imports/{importId}: how an import stands, and where its result file is."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id, ImportOut
from campaigns.usecases.create_import import find_import


@endpoint("GET /v1/imports/{importId}", scope="manage:people", wiring=wiring)
def handler(import_id: Id, caller: Caller) -> ImportOut:
    job, result_url = find_import(
        caller.company_id, import_id, imports=wiring.imports(), uploads=wiring.uploads()
    )
    return ImportOut.of(job, upload_url=None, result_url=result_url)
