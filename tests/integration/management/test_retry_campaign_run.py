"""POST /v1/campaigns/{campaignId}/runs/{runId}/retry."""

import pytest

from campaigns.domain.collection_campaign import CollectionStatus
from campaigns.domain.run import RunStatus
from tests.integration.conftest import Invocations
from tests.integration.lender import Lender
from tests.integration.management.flows import moved

VERB = "management/retry_campaign_run"


def test_the_same_run_goes_on(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, RunStatus.FAILED)
    answer = lender.call(VERB, ids={"campaignId": campaign.id, "runId": run.id})
    assert (answer.status, answer.body["status"]) == (200, "pending")
    assert len(invocations.runs) == 1


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.COMPLETED, RunStatus.HELD])
def test_any_other_run_is_409(lender: Lender, status: RunStatus) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, status)
    assert lender.call(VERB, ids={"campaignId": campaign.id, "runId": run.id}).status == 409


def test_of_a_campaign_that_is_stopped_nothing_goes_on(lender: Lender) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, RunStatus.FAILED)
    assert moved(lender, campaign.id, CollectionStatus.PAUSED).status == 200
    answer = lender.call(VERB, ids={"campaignId": campaign.id, "runId": run.id})
    assert (answer.status, answer.body["type"]) == (409, "urn:campaigns:campaign_stopped")
