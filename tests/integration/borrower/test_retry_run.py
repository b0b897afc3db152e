from dataclasses import replace

from campaigns import wiring
from campaigns.domain.campaign import Campaign, CampaignStatus
from campaigns.domain.run import Run
from tests.integration.conftest import Invocations
from tests.integration.lender import Lender, shown

RETRY = "borrower/retry_run"


def failed(lender: Lender, campaign: Campaign) -> Run:
    run = lender.opened(campaign)
    return wiring.runs().move(run.failed("connection_lost", "no answer", at=wiring.now()))


def test_a_failed_run_goes_on_under_its_id(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.campaign()
    run = failed(lender, campaign)
    answer = lender.call(RETRY, ids={"campaignId": campaign.id, "runId": shown(run)})
    assert answer.status == 200
    assert (answer.body["id"], answer.body["status"]) == (shown(run), "pending")
    assert (answer.body["triggeredBy"], answer.body["errorMessage"]) == ("retry", None)
    assert invocations.runs == [f"{run.id}-1"]


def test_only_a_failed_run_can_be_retried(lender: Lender) -> None:
    campaign = lender.campaign()
    run = lender.ended(lender.opened(campaign))
    answer = lender.call(RETRY, ids={"campaignId": campaign.id, "runId": run.id})
    message = "a run that is completed cannot become running"
    assert (answer.status, answer.body["message"]) == (409, message)


def test_a_campaign_that_runs_already_is_409(lender: Lender) -> None:
    campaign = lender.campaign()
    run = failed(lender, campaign)
    lender.opened(campaign)
    answer = lender.call(RETRY, ids={"campaignId": campaign.id, "runId": run.id})
    assert answer.status == 409
    assert wiring.runs().get(run.company_id, campaign.id, run.id) == run


def test_a_paused_campaign_is_409(lender: Lender) -> None:
    campaign = lender.campaign()
    run = failed(lender, campaign)
    paused = replace(campaign, status=CampaignStatus.PAUSED)
    wiring.campaigns().move(paused)
    answer = lender.call(RETRY, ids={"campaignId": campaign.id, "runId": run.id})
    assert answer.status == 409


def test_when_the_engine_is_down_the_run_can_be_retried_again(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    ids = {"campaignId": campaign.id, "runId": failed(lender, campaign).id}
    invocations.missing = True
    assert lender.call(RETRY, ids=ids).status == 503
    invocations.missing = False
    assert lender.call(RETRY, ids=ids).status == 200


def test_whoever_retries_it_is_the_one_who_asks_for_it(
    lender: Lender, invocations: Invocations
) -> None:
    campaign, another = lender.campaign(), lender.allowed("runs:write")
    run = failed(lender, campaign)
    answer = another.call(RETRY, ids={"campaignId": campaign.id, "runId": run.id})
    assert answer.body["requestedBy"] == another.key_id != lender.key_id
