"""GET /v1/runs: the runs of all campaigns, newest first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.params import Listed
from campaigns.edge.management.runs import CompanyRunOut, RunsAsk
from campaigns.usecases.list_company_runs import Period, list_company_runs


@endpoint("GET /v1/runs", scope="runs:read", wiring=wiring)
def handler(ask: RunsAsk, caller: Caller) -> Listed[CompanyRunOut]:
    found = list_company_runs(
        wiring.access().company(caller.company_id),
        Period(first=ask.first, last=ask.last),
        status=ask.status,
        after=ask.next_token,
        limit=ask.limit,
        runs=wiring.runs(),
    )
    items = [CompanyRunOut.of(run) for run in found.runs]
    return Listed[CompanyRunOut](items=items, next_token=found.next)
