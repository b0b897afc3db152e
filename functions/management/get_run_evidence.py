"""GET /v1/campaigns/{campaignId}/runs/{runId}/evidence: a link to the evidence of a run."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.runs import EvidenceOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.find_by_any_id import find_run_of_any_campaign
from campaigns.usecases.pack_evidence import ask_for_evidence


@endpoint("GET /v1/campaigns/{campaignId}/runs/{runId}/evidence", scope="runs:read", wiring=wiring)
def handler(campaign_id: Id, run_id: Id, caller: Caller) -> EvidenceOut:
    run = find_run_of_any_campaign(
        caller.company_id,
        campaign_id,
        run_id,
        campaigns=wiring.campaigns(),
        collections=wiring.collections(),
        agency=wiring.agency_campaigns(),
        runs=wiring.runs(),
    )
    packing, url = ask_for_evidence(
        run, files=wiring.files(), packer=wiring.evidence_packer(), now=wiring.now
    )
    return EvidenceOut.of(packing, url)
