"""GET /v1/results/files/{fileId}: how a file of results stands, and where its result file is."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.results import ResultsFileOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.create_import import find_import


@endpoint("GET /v1/results/files/{fileId}", scope="manage:results", wiring=wiring)
def handler(file_id: Id, caller: Caller) -> ResultsFileOut:
    job, result_url = find_import(
        caller.company_id,
        file_id,
        of_people=False,
        imports=wiring.imports(),
        uploads=wiring.uploads(),
    )
    return ResultsFileOut.of(job, upload_url=None, result_url=result_url)
