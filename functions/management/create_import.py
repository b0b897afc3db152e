"""POST /v1/imports: ask for an import; the answer says where to upload the file."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import ImportIn, ImportOut
from campaigns.usecases.create_import import create_import


@endpoint("POST /v1/imports", scope="manage:people", wiring=wiring)
def handler(body: ImportIn, caller: Caller) -> ImportOut:
    job, upload_url = create_import(
        caller.company_id,
        body.kind,
        body.format,
        body.mode,
        imports=wiring.imports(),
        uploads=wiring.uploads(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return ImportOut.of(job, upload_url=upload_url, result_url=None)
