"""POST /v1/results: results of up to 100 contacts; each row is answered for itself."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.results import ResultsIn, ResultsOut
from campaigns.usecases.take_results import ResultStores, take_results


@endpoint("POST /v1/results", scope="manage:results", wiring=wiring)
def handler(body: ResultsIn, caller: Caller) -> ResultsOut:
    stores = ResultStores(
        people=wiring.people(),
        ledger=wiring.contact_ledger(),
        timeline=wiring.timeline(),
        campaigns=wiring.collections(),
        enrollments=wiring.enrollments(),
        access=wiring.access(),
    )
    taken = take_results(caller.company_id, body.rows, stores, new_id=wiring.new_id, now=wiring.now)
    return ResultsOut.of(taken)
