"""GET /v1/campaigns/{campaignId}/runs/{runId}."""

from uuid import uuid4

from campaigns.domain.run import RunStatus
from tests.integration.lender import Lender

GET = "management/get_campaign_run"


def test_a_run_is_shown_with_its_step(lender: Lender) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, RunStatus.COMPLETED, "log.txt")
    shown = lender.call(GET, ids={"campaignId": campaign.id, "runId": run.id}).body
    assert (shown["id"], shown["campaignId"]) == (run.id, campaign.id)
    assert (shown["stepId"], shown["status"]) == (campaign.steps[0].id, "completed")
    assert (shown["availableFiles"], shown["closing"]) == (["log.txt"], False)


def test_a_run_of_another_campaign_is_404(lender: Lender) -> None:
    campaign, other = lender.collection(), lender.collection()
    run = lender.step_run(other, RunStatus.COMPLETED)
    for id in (run.id, str(uuid4()), "x"):
        answer = lender.call(GET, ids={"campaignId": campaign.id, "runId": id})
        assert answer.status == 404
