from dataclasses import replace
from datetime import timedelta
from typing import Any

from campaigns import wiring
from campaigns.domain.campaign import Campaign
from campaigns.domain.run import (
    CONTACTS_OUTPUT,
    HoldReason,
    ListExpired,
    Run,
    RunFile,
    RunStatus,
)
from tests.integration.conftest import Invocations
from tests.integration.lender import Lender, shown

RELEASE = "borrower/release_run"


def held(lender: Lender, campaign: Campaign, **but: Any) -> Run:
    running = lender.opened(campaign, **but).moved(RunStatus.RUNNING, at=wiring.now())
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


def test_a_list_for_a_day_that_is_over_is_409_and_stays_held(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    listed = RunFile(name=CONTACTS_OUTPUT, bytes=9, sha256="0" * 64, rows=1)
    over = wiring.now() - timedelta(seconds=1)
    run = held(lender, campaign, files=(listed,), expires_at=over)
    answer = lender.call(RELEASE, ids={"campaignId": campaign.id, "runId": shown(run)})
    assert answer.status == 409
    assert answer.body["message"] == str(ListExpired())
    assert wiring.runs().get(lender.id, campaign.id, run.id) == run
    assert invocations.runs == []


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


def test_whoever_releases_it_is_shown_beside_whoever_asked_for_it(
    lender: Lender, invocations: Invocations
) -> None:
    campaign, another = lender.campaign(), lender.allowed("runs:release")
    run = held(lender, campaign, requested_by=lender.key_id)
    ids = {"campaignId": campaign.id, "runId": run.id}
    answer = another.call(RELEASE, ids=ids).body
    assert (answer["requestedBy"], answer["releasedBy"]) == (lender.key_id, another.key_id)
    assert answer["holdReasons"] == [{"code": "host_key_changed", "message": "another host key"}]
    [line] = [line.text for line in wiring.runs().get(lender.id, campaign.id, run.id).log[-1:]]
    assert line == f"run: released by key {another.key_id}"


def test_where_it_takes_another_key_the_one_that_asked_for_the_run_is_409(
    lender: Lender, invocations: Invocations
) -> None:
    wiring.access().put_company(replace(lender.company, release_by_another_key=True))
    campaign, another = lender.campaign(), lender.allowed("runs:*")
    run = held(lender, campaign, requested_by=lender.key_id)
    ids = {"campaignId": campaign.id, "runId": run.id}
    answer = lender.call(RELEASE, ids=ids)
    assert (answer.status, answer.body) == (
        409,
        {
            "status": 409,
            "message": "this key asked for the run, and the company wants another key to"
            " release it",
            "data": None,
        },
    )
    assert invocations.runs == []
    assert another.call(RELEASE, ids=ids).status == 200


def test_the_text_that_a_run_was_held_for_is_approved_with_it(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    running = lender.opened(campaign, query_sha256="ab" * 32).moved(
        RunStatus.RUNNING, at=wiring.now()
    )
    reasons = (HoldReason("query_change", "the text has changed"),)
    stopped = (
        wiring.runs()
        .move(running)
        .failed("held_by_safety", "look", at=wiring.now(), held=True, reasons=reasons)
    )
    wiring.runs().move(stopped)
    ids = {"campaignId": campaign.id, "runId": running.id}
    assert lender.call(RELEASE, ids=ids).status == 200
    assert wiring.campaigns().get(lender.id, campaign.id).approved_query_sha256 == "ab" * 32
