"""PATCH /v2/customers/campaign-status."""

from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.account import Account
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionStatus
from campaigns.domain.enrollment import Change, Enrollment, EnrollmentStatus
from tests.integration.lender import Answer, Lender

PATCH = "customers/update_campaign_status"
NINE = {
    "pending": "pending",
    "waiting": "awaiting_call",
    "running": "in_progress",
    "completed": "completed",
    "failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
    "skipped": "skipped",
    "exceeded_max_calls": "exceeded_max_calls",
}
"""Statuses of executions, and as they are seen here."""


def reported(
    lender: Lender, account: Account, campaign: CollectionCampaign, status: str = "completed"
) -> Answer:
    body = {"customerId": account.customer_id, "campaignId": campaign.id, "status": status}
    return lender.call(PATCH, body=body)


def brought_to(one: Enrollment, status: EnrollmentStatus) -> Enrollment:
    """The execution, kept in this status."""
    at = wiring.now()
    if status is EnrollmentStatus.PENDING:
        return one
    if status is EnrollmentStatus.RUNNING:
        now = one.taken(str(uuid4()), at=at)
    elif status is EnrollmentStatus.WAITING:
        now = one.given_back(one.enrolled_on, at=at)
    else:
        now = one.ended(status, "test", at=at)
    assert not wiring.enrollments().write([Change(was=one, now=now)])
    return kept(one)


def kept(one: Enrollment) -> Enrollment:
    found = wiring.enrollments().find(one.ref)
    assert found is not None
    return found


def test_an_outcome_ends_the_execution_and_frees_the_invoice(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    one = lender.enrolled(account, campaign)
    answer = reported(lender, account, campaign)
    assert (answer.status, answer.body) == (
        200,
        {
            "success": True,
            "previousStatus": "pending",
            "newStatus": "completed",
            "customerCampaignId": one.id,
        },
    )
    assert kept(one).status is EnrollmentStatus.COMPLETED
    assert lender.kept(account).status == "PENDING_COLLECTION"
    assert wiring.enrollments().holders(lender.id, [account.id]) == {}
    counts = wiring.enrollments().counts(lender.id, [campaign.id])[campaign.id]
    assert (counts.active, counts.completed) == (0, 1)


def test_failing_leaves_the_invoice_as_it_is(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    lender.enrolled(account, campaign)
    assert reported(lender, account, campaign, "failed").body["newStatus"] == "failed"
    assert lender.kept(account) == account
    assert wiring.enrollments().holders(lender.id, [account.id]) == {}


def test_completing_goes_on_in_the_next_campaign(lender: Lender) -> None:
    after = lender.collection()
    campaign, account = lender.collection(next_campaign_id=after.id), lender.account()
    one = lender.enrolled(account, campaign)
    reported(lender, account, campaign)
    [follows] = wiring.enrollments().of_customer(lender.id, account.customer_id, after.id)
    assert follows.is_active
    assert kept(one).chained_to == after.id
    held = wiring.enrollments().holders(lender.id, [account.id])[account.id]
    assert held.ref == follows.ref


def test_a_next_campaign_that_does_not_accept_is_left_out(lender: Lender) -> None:
    after = lender.collection(status=CollectionStatus.DRAFT)
    campaign, account = lender.collection(next_campaign_id=after.id), lender.account()
    lender.enrolled(account, campaign)
    assert reported(lender, account, campaign).status == 200
    assert wiring.enrollments().of_customer(lender.id, account.customer_id, after.id) == []


def test_the_same_again_changes_nothing(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    one = lender.enrolled(account, campaign)
    reported(lender, account, campaign)
    before = kept(one)
    again = reported(lender, account, campaign)
    told = (again.status, again.body["previousStatus"], again.body["newStatus"])
    assert told == (200, "completed", "completed")
    assert kept(one) == before


@pytest.mark.parametrize("new", ["completed", "failed"])
@pytest.mark.parametrize("was", [one for one in NINE if one != "cancelled"])
def test_what_it_was_is_told_and_kept(lender: Lender, was: str, new: str) -> None:
    campaign, account = lender.collection(), lender.account()
    one = brought_to(lender.enrolled(account, campaign), EnrollmentStatus(was))
    answer = reported(lender, account, campaign, new)
    assert (answer.body["previousStatus"], answer.body["newStatus"]) == (NINE[was], new)
    now = kept(one)
    assert now.status == new
    if was != new:
        assert now.history[-1].status == was


def test_what_was_cancelled_stays_cancelled(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    brought_to(lender.enrolled(account, campaign), EnrollmentStatus.CANCELLED)
    answer = reported(lender, account, campaign)
    assert (answer.status, answer.body["code"]) == (400, "BAD_REQUEST")


def test_a_late_outcome_does_not_disturb_where_the_invoice_is_now(lender: Lender) -> None:
    after = lender.collection()
    campaign, account = lender.collection(next_campaign_id=after.id), lender.account()
    brought_to(lender.enrolled(account, campaign), EnrollmentStatus.FAILED)
    elsewhere = lender.enrolled(account, lender.collection())
    assert reported(lender, account, campaign).status == 200
    held = wiring.enrollments().holders(lender.id, [account.id])[account.id]
    assert held.ref == elsewhere.ref
    assert lender.kept(account) == account


def test_all_of_the_customers_executions_in_the_campaign_end(lender: Lender) -> None:
    campaign = lender.collection()
    mine = [lender.account(1), lender.account(2, owner=1)]
    ones = [lender.enrolled(account, campaign) for account in mine]
    assert reported(lender, mine[0], campaign).body["customerCampaignId"] == ones[1].id
    assert [kept(one).status for one in ones] == [EnrollmentStatus.COMPLETED] * 2


@pytest.mark.parametrize(
    "status",
    sorted(set(NINE.values()) - {"completed", "failed"}),
)
def test_only_outcomes_may_be_set(lender: Lender, status: str) -> None:
    campaign, account = lender.collection(), lender.account()
    lender.enrolled(account, campaign)
    answer = reported(lender, account, campaign, status)
    assert (answer.status, answer.body) == (
        400,
        {
            "message": "Only terminal statuses (completed, failed) are allowed",
            "code": "BAD_REQUEST",
        },
    )


def test_whoever_is_unknown_or_not_in_the_campaign_is_404(lender: Lender, stranger: Lender) -> None:
    campaign, account, theirs = lender.collection(), lender.account(), stranger.account()
    stranger.enrolled(theirs, (far := stranger.collection()))
    for customer, where in ((account, campaign), (theirs, campaign), (theirs, far)):
        answer = reported(lender, customer, where)
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
    body = {"customerId": account.customer_id, "campaignId": str(uuid4()), "status": "failed"}
    assert lender.call(PATCH, body=body).status == 404


GOOD: dict[str, Any] = {
    "customerId": "00000000-0000-0000-0000-000000000000",
    "campaignId": "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "status": "completed",
}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (
            {**GOOD, "status": "done"},
            {"path": ["status"], "received": "string", "code": "invalid_value"},
        ),
        (
            {**GOOD, "customerId": "018f4e9a-0000-9000-8000-00000000c0de"},
            {"path": ["customerId"], "received": "string", "code": "invalid_value"},
        ),
        (
            {**GOOD, "campaignId": "018f4e9a-0000-7000-c000-00000000c0de"},
            {"path": ["campaignId"], "received": "string", "code": "invalid_value"},
        ),
        (
            {**GOOD, "campaignId": 7},
            {
                "path": ["campaignId"],
                "expected": "string",
                "received": "number",
                "code": "invalid_type",
            },
        ),
        (
            {name: value for name, value in GOOD.items() if name != "status"},
            {
                "path": ["status"],
                "message": "Required",
                "received": "undefined",
                "code": "invalid_type",
            },
        ),
        (
            [GOOD],
            {"path": [], "expected": "object", "received": "array", "code": "invalid_type"},
        ),
    ],
)
def test_what_does_not_fit_is_422_with_an_entry_for_each_fault(
    lender: Lender, body: Any, fault: dict[str, Any]
) -> None:
    answer = lender.call(PATCH, body=body)
    assert (answer.status, answer.body["code"]) == (422, "VALIDATION_ERROR")
    [error] = answer.body["errors"]
    assert error.keys() == {"path", "message", "expected", "received", "code"}
    assert {name: error[name] for name in fault} == fault


def test_every_fault_is_named(lender: Lender) -> None:
    answer = lender.call(PATCH, body={"customerId": "x", "status": 5})
    assert [one["path"] for one in answer.body["errors"]] == [
        ["customerId"],
        ["campaignId"],
        ["status"],
    ]


@pytest.mark.parametrize("text", ["{", "status=completed", '{"status": "completed"} {}'])
def test_malformed_json_is_400(lender: Lender, text: str) -> None:
    answer = lender.call(PATCH, text=text)
    assert (answer.status, answer.body["code"]) == (400, "BAD_REQUEST")
    assert answer.body.keys() == {"message", "code"}


def test_ids_that_are_all_zeros_or_all_ones_are_uuids(lender: Lender) -> None:
    assert lender.call(PATCH, body=GOOD).status == 404


def test_sixty_a_minute_are_answered(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    at = wiring.now()
    monkeypatch.setattr(wiring, "_clock", lambda: at)
    answers = [lender.call(PATCH, body=GOOD).status for _ in range(61)]
    assert answers == [404] * 60 + [429]


@pytest.mark.parametrize("key", ["key", "in_test"])
def test_other_keys_are_not_taken(lender: Lender, key: str) -> None:
    other = lender.key if key == "key" else lender.in_test().key
    answer = lender.call(PATCH, body=GOOD, headers={"x-api-key": other})
    assert (answer.status, answer.body["code"]) == (401, "UNAUTHORIZED")
