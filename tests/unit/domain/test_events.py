import json
from datetime import timedelta

from campaigns.domain.delivery import Step
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.events import enrollment_ended, flight_check_failed, run_ended
from campaigns.domain.public_id import show
from campaigns.domain.run import Counts, RunStatus, Stage
from tests.builders import NOON, a_campaign, a_run, an_enrollment


def test_the_end_of_a_run_is_told_with_ids_states_and_counts() -> None:
    run = a_run(
        stage=Stage.DELIVER,
        counts=Counts(rows_in=3, exported=2, rejected=1),
        campaign_facts={"id": "CM-x", "name": "Overdue", "externalId": "overdue"},
        deliveries=({"kind": "contacts"}, {"kind": "log"}),
    )
    run = run.moved(RunStatus.RUNNING, at=NOON)
    run = run.failed("server_full", "no room for +15125550123", at=NOON)
    event = run_ended(run)
    assert event.type.value == "RunEnded"
    assert json.loads(json.dumps(dict(event.detail))) == {
        "id": event.id,
        "companyId": run.company_id,
        "campaignId": show("CM", run.campaign_id),
        "campaignExternalId": "overdue",
        "runId": show("RN", run.id),
        "status": "failed",
        "stage": "deliver",
        "errorCode": "server_full",
        "holdReasons": [],
        "triggeredBy": "manual",
        "scheduledFor": None,
        "startedAt": "2026-03-02T12:00:00.000Z",
        "finishedAt": "2026-03-02T12:00:00.000Z",
        "filesDelivered": 2,
        "counts": {
            "rowsIn": 3,
            "exported": 2,
            "sent": 0,
            "suppressed": 0,
            "deferred": 0,
            "rejected": 1,
        },
    }


def test_the_same_end_is_told_under_the_same_id_and_another_under_another() -> None:
    held = a_run().moved(RunStatus.RUNNING, at=NOON).failed("host", "", at=NOON, held=True)
    later = NOON + timedelta(hours=1)
    again = held.restarted("released", at=later).moved(RunStatus.RUNNING, at=later)
    held_again = again.failed("host", "", at=later, held=True)
    completed = again.moved(RunStatus.COMPLETED, at=later)
    assert run_ended(held).id == run_ended(held).id
    assert len({run_ended(run).id for run in (held, held_again, completed)}) == 3
    assert run_ended(held).detail["holdReasons"] == ["host"]
    assert run_ended(completed).detail["holdReasons"] == []


def test_a_failed_flight_check_says_which_run_and_which_step() -> None:
    campaign = a_campaign(external_id="overdue")
    event = flight_check_failed(campaign, NOON, Step("auth", False, "refused 'dialer'", 7))
    assert event.type.value == "FlightCheckFailed"
    assert dict(event.detail) == {
        "id": event.id,
        "companyId": campaign.company_id,
        "campaignId": show("CM", campaign.id),
        "campaignExternalId": "overdue",
        "runDueAt": "2026-03-02T12:00:00.000Z",
        "step": "auth",
        "message": "refused 'dialer'",
    }
    other_day = flight_check_failed(campaign, NOON + timedelta(days=1), Step("cd", False, "", 1))
    assert other_day.id != event.id


def test_the_end_of_an_enrollment_is_told_with_ids_and_states() -> None:
    one = an_enrollment(account_number="I-7", calls=2)
    done = one.ended(EnrollmentStatus.COMPLETED, "all steps", at=NOON).chained("next")
    event = enrollment_ended(done)
    assert event.type.value == "EnrollmentEnded"
    assert json.loads(json.dumps(dict(event.detail))) == {
        "id": event.id,
        "companyId": one.company_id,
        "campaignId": one.campaign_id,
        "customerId": one.customer_id,
        "accountId": one.account_id,
        "executionId": one.id,
        "status": "completed",
        "previousStatus": "pending",
        "reason": "all steps",
        "calls": 2,
        "nextCampaignId": "next",
        "enrolledAt": "2026-03-02T12:00:00.000Z",
        "endedAt": "2026-03-02T12:00:00.000Z",
    }


def test_each_outcome_of_an_enrollment_has_its_own_id() -> None:
    failed = an_enrollment().ended(EnrollmentStatus.FAILED, "reported", at=NOON)
    later = NOON + timedelta(hours=1)
    completed = failed.ended(EnrollmentStatus.COMPLETED, "reported", at=later)
    failed_again = completed.ended(EnrollmentStatus.FAILED, "reported", at=later)
    told = [enrollment_ended(one) for one in (failed, completed, failed_again)]
    assert len({one.id for one in told}) == 3
    assert enrollment_ended(failed).id == told[0].id
