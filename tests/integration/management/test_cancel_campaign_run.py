"""POST /v1/campaigns/{campaignId}/runs/{runId}/cancel."""

from dataclasses import replace

import pytest

from campaigns import wiring
from campaigns.domain.run import RunStatus
from tests.integration.conftest import Invocations
from tests.integration.lender import Lender

CANCEL = "management/cancel_campaign_run"


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.HELD])
def test_a_run_in_progress_is_ended_and_its_step_is_free(lender: Lender, status: RunStatus) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, status)
    ids = {"campaignId": campaign.id, "runId": run.id}
    assert lender.call(CANCEL, ids=ids).body["status"] == "canceled"
    assert lender.step_run(campaign, RunStatus.RUNNING).id != run.id
    assert wiring.runs().get(lender.id, campaign.id, run.id).status is RunStatus.CANCELED


def test_what_a_held_run_reserved_is_given_back_by_an_execution_of_its_own(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.collection()
    run = wiring.runs().move(replace(lender.step_run(campaign, RunStatus.HELD), parts=1))
    answer = lender.call(CANCEL, ids={"campaignId": campaign.id, "runId": run.id})
    assert answer.body["status"] == "canceled"
    assert invocations.runs == [f"{run.id}-1"]


def test_a_run_that_is_over_stays_so(lender: Lender) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, RunStatus.COMPLETED)
    assert lender.call(CANCEL, ids={"campaignId": campaign.id, "runId": run.id}).status == 409
