from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.run import HoldReason, RunStatus
from tests.integration.lender import Lender, shown

GET = "borrower/get_run"


def test_a_run_is_answered_bare_with_its_files_in_the_public_order(lender: Lender) -> None:
    campaign = lender.campaign(external_id="spring")
    run = lender.ended(lender.opened(campaign), "log.txt", "contacts_output.csv", "work/x")
    answer = lender.call(GET, ids={"campaignId": "ext-spring", "runId": shown(run)})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.body["status"] == "completed"
    assert answer.body["borrowerCampaignId"] == shown(campaign)
    assert answer.body["availableFiles"] == ["contacts_output.csv", "log.txt"]
    assert answer.body["startedAt"] <= answer.body["finishedAt"]
    assert lender.call(GET, ids={"campaignId": campaign.id, "runId": run.id}).body == answer.body


def test_a_failed_run_says_why(lender: Lender) -> None:
    campaign = lender.campaign()
    opened = lender.opened(campaign)
    wiring.runs().move(opened.failed("no_person_id", "no person is named", at=wiring.now()))
    answer = lender.call(GET, ids={"campaignId": campaign.id, "runId": opened.id})
    assert (answer.body["status"], answer.body["errorMessage"]) == ("failed", "no person is named")


def test_a_held_run_tells_each_reason_and_a_waiting_one_for_what(lender: Lender) -> None:
    campaign = lender.campaign()
    waiting = lender.opened(campaign).moved(RunStatus.RUNNING, at=wiring.now())
    run = wiring.runs().move(waiting.telling("queued at Redash", at=wiring.now()))
    ids = {"campaignId": campaign.id, "runId": run.id}
    assert lender.call(GET, ids=ids).body["stageDetail"] == "queued at Redash"
    reasons = (HoldReason("max_audience", "too many"), HoldReason("query_change", "changed"))
    held = run.failed("held_by_safety", "both", at=wiring.now(), held=True, reasons=reasons)
    wiring.runs().move(held)
    told = lender.call(GET, ids=ids).body
    assert (told["status"], told["errorMessage"], told["stageDetail"]) == ("held", "both", None)
    assert told["holdReasons"] == [
        {"code": "max_audience", "message": "too many"},
        {"code": "query_change", "message": "changed"},
    ]


@pytest.mark.parametrize("whose", ["nobody's", "another campaign's", "another company's", "no id"])
def test_a_run_of_anything_else_does_not_exist(
    whose: str, lender: Lender, stranger: Lender
) -> None:
    campaign = lender.campaign()
    id = {
        "nobody's": str(uuid4()),
        "another campaign's": shown(lender.opened(lender.campaign())),
        "another company's": shown(stranger.opened(stranger.campaign())),
        "no id": "ext-spring",
    }[whose]
    answer = lender.call(GET, ids={"campaignId": campaign.id, "runId": id})
    assert (answer.status, answer.body) == (
        404,
        {"status": 404, "message": f"run {id} does not exist", "data": None},
    )


def test_a_run_of_another_company_does_not_exist_under_its_own_campaign_either(
    lender: Lender, stranger: Lender
) -> None:
    campaign = stranger.campaign()
    run = stranger.opened(campaign)
    answer = lender.call(GET, ids={"campaignId": campaign.id, "runId": run.id})
    assert answer.body["message"] == f"campaign {campaign.id} does not exist"


def test_the_runs_of_a_deleted_campaign_can_still_be_asked(lender: Lender) -> None:
    campaign = lender.campaign()
    run = lender.ended(lender.opened(campaign), "log.txt")
    ids = {"campaignId": shown(campaign), "runId": shown(run)}
    before = lender.call(GET, ids=ids)
    lender.call("borrower/delete_campaign", ids=ids)
    assert lender.call("borrower/get_campaign", ids=ids).status == 404
    assert lender.call(GET, ids=ids).body == before.body
    assert lender.call("borrower/list_runs", ids=ids).items == [shown(run)]
    download = lender.call("borrower/download_run_files", ids=ids, query={"fileName": "log.txt"})
    assert download.status == 302
