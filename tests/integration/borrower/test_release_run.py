from campaigns import wiring
from campaigns.domain.campaign import Campaign
from campaigns.domain.run import Run, RunStatus
from tests.integration.conftest import Invocations
from tests.integration.lender import Lender, shown

RELEASE = "borrower/release_run"


def held(lender: Lender, campaign: Campaign) -> Run:
    running = lender.opened(campaign).moved(RunStatus.RUNNING, at=wiring.now())
    kept = wiring.runs().move(running)
    stopped = kept.failed("host_key_changed", "another host key", at=wiring.now(), held=True)
    return wiring.runs().move(stopped)


def test_a_held_run_goes_on(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.campaign()
    run = held(lender, campaign)
    answer = lender.call(RELEASE, ids={"campaignId": campaign.id, "runId": shown(run)})
    assert answer.status == 200
    assert (answer.body["status"], answer.body["errorMessage"]) == ("pending", None)
    assert invocations.runs == [f"{run.id}-1"]


def test_only_a_held_run_can_be_released(lender: Lender) -> None:
    campaign = lender.campaign()
    run = lender.opened(campaign)
    answer = lender.call(RELEASE, ids={"campaignId": campaign.id, "runId": run.id})
    assert answer.status == 409


def test_a_run_is_released_once(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.campaign()
    ids = {"campaignId": campaign.id, "runId": held(lender, campaign).id}
    assert [lender.call(RELEASE, ids=ids).status for _ in range(2)] == [200, 409]
    assert len(invocations.runs) == 1


def test_it_takes_a_scope_of_its_own(lender: Lender) -> None:
    campaign = lender.campaign()
    ids = {"campaignId": campaign.id, "runId": held(lender, campaign).id}
    answer = lender.allowed("runs:write").call(RELEASE, ids=ids)
    assert answer.status == 403
