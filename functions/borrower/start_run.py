"""POST /companies/{companyId}/campaigns/{campaignId}/runs: start a run of a campaign now."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import endpoint
from campaigns.edge.borrower.params import Id, IdempotencyKey
from campaigns.edge.borrower.schemas.run import RunOut, StartRunIn
from campaigns.usecases.find_by_any_id import find_campaign
from campaigns.usecases.start_run import start_run


@endpoint(
    "POST /companies/{companyId}/campaigns/{campaignId}/runs", scope="runs:write", wiring=wiring
)
def handler(
    campaign_id: Id,
    caller: Caller,
    body: StartRunIn | None = None,
    idempotency_key: IdempotencyKey = None,
) -> RunOut:
    run = start_run(
        find_campaign(caller.company_id, campaign_id, campaigns=wiring.campaigns()),
        None if body is None else body.query_results_override,
        idempotency_key,
        requested_by=caller.key_id,
        outside=body is not None and body.worker == "outside",
        runs=wiring.runs(),
        exporters=wiring.exporters(),
        files=wiring.files(),
        engine=wiring.engine(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return RunOut.of(run)
