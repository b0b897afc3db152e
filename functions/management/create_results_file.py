"""POST /v1/results/files: say how a file of results reads; the answer says where to upload it."""

from campaigns import wiring
from campaigns.domain.imports import ImportKind, ImportMode
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.results import ResultsFileIn, ResultsFileOut
from campaigns.usecases.create_import import create_import


@endpoint("POST /v1/results/files", scope="manage:results", wiring=wiring)
def handler(body: ResultsFileIn, caller: Caller) -> ResultsFileOut:
    job, upload_url = create_import(
        caller.company_id,
        ImportKind.RESULTS,
        body.format,
        ImportMode.MERGE,
        imports=wiring.imports(),
        uploads=wiring.uploads(),
        new_id=wiring.new_id,
        now=wiring.now,
        results_map=body.map,
    )
    return ResultsFileOut.of(job, upload_url=upload_url, result_url=None)
