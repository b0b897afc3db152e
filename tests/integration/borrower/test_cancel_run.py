import pytest

from campaigns import wiring
from campaigns.domain.run import RunStatus
from tests.integration.conftest import Invocations
from tests.integration.lender import Lender, shown

CANCEL = "borrower/cancel_run"


def test_a_run_is_canceled_and_its_campaign_may_run_again(lender: Lender) -> None:
    campaign = lender.campaign()
    run = lender.opened(campaign)
    answer = lender.call(CANCEL, ids={"campaignId": campaign.id, "runId": shown(run)})
    assert answer.status == 200
    assert (answer.body["status"], answer.body["availableFiles"]) == ("canceled", ["log.txt"])
    with wiring.files().read(run.ref, "log.txt") as log:
        assert b"run: canceled" in log.read()
    assert lender.opened(campaign).id != run.id


def test_what_a_held_run_reserved_is_given_back_by_an_execution_of_its_own(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    run = wiring.runs().move(lender.opened(campaign, parts=1, status=RunStatus.HELD))
    answer = lender.call(CANCEL, ids={"campaignId": campaign.id, "runId": run.id})
    assert (answer.status, answer.body["status"]) == (200, "canceled")
    assert invocations.runs == [f"{run.id}-1"]


def test_canceling_twice_changes_nothing(lender: Lender) -> None:
    campaign = lender.campaign()
    ids = {"campaignId": campaign.id, "runId": lender.opened(campaign).id}
    first = lender.call(CANCEL, ids=ids)
    assert lender.call(CANCEL, ids=ids).body == first.body


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_a_run_that_is_over_is_409(lender: Lender, end: str) -> None:
    campaign = lender.campaign()
    run = lender.opened(campaign)
    if end == "failed":
        run = wiring.runs().move(run.failed("down", "the server is down", at=wiring.now()))
    else:
        run = lender.ended(run)
    answer = lender.call(CANCEL, ids={"campaignId": campaign.id, "runId": run.id})
    message = f"a run that is {end} cannot become canceled"
    assert (answer.status, answer.body["message"]) == (409, message)


def test_an_unknown_run_is_404(lender: Lender) -> None:
    campaign = lender.campaign()
    answer = lender.call(CANCEL, ids={"campaignId": campaign.id, "runId": campaign.id})
    assert (answer.status, answer.body["data"]) == (404, None)
