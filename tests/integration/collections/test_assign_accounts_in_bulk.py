"""POST /api/v1/external/accounts/campaign/bulk."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.account import AccountKind
from campaigns.domain.collection_campaign import CollectionStatus, CollectionType
from campaigns.domain.enrollment import Change, EnrollmentStatus
from campaigns.usecases.enroll_accounts import enroll_accounts
from tests.integration.lender import Answer, Lender

BULK = "collections/assign_accounts_in_bulk"
ELSEWHERE = (
    "Invoice has an active execution in another campaign. Please wait for the current campaign"
    " to complete before reassigning."
)
NOT_FOUND = "Invoice or Customer not found or access denied"
PAST_DUE = (
    "Invoice is past its due date and cannot be enrolled in a payment reminder campaign. Please"
    " use an early stage or first party campaign instead."
)


def sent(lender: Lender, campaign_id: str, *account_ids: str, **but: Any) -> Answer:
    body = {"campaign_id": campaign_id, "account_ids": list(account_ids), **but}
    return lender.call(BULK, body=body)


def results(answer: Answer) -> list[tuple[str, str | None]]:
    return [(one["status"], one.get("error")) for one in answer.data["results"]]


def test_accounts_are_enrolled_in_the_order_sent(lender: Lender) -> None:
    campaign = lender.collection()
    accounts = [lender.account(number) for number in (3, 1, 2)]
    answer = sent(lender, campaign.id, *(one.id for one in accounts))
    assert answer.body == {
        "success": True,
        "status_code": 200,
        "message": "Campaign assignment processed",
        "data": {
            "campaign_id": campaign.id,
            "total_enrollments": 3,
            "successful_enrollments": 3,
            "failed_enrollments": 0,
            "skipped_enrollments": 0,
            "pending_enrollments": 0,
            "results": [
                {"invoice_id": one.id, "invoice_number": one.number, "status": "SUCCESS"}
                for one in accounts
            ],
        },
        "meta": {},
    }
    [kept] = wiring.enrollments().of_customer(lender.id, accounts[0].customer_id)
    assert (kept.status, kept.campaign_id) == (EnrollmentStatus.PENDING, campaign.id)
    assert kept.step_id == campaign.steps[0].id


def test_each_item_is_told_apart(lender: Lender, stranger: Lender) -> None:
    campaign, other = lender.collection(), lender.collection()
    good, there, elsewhere = (lender.account(number) for number in (1, 2, 3))
    lender.enrolled(there, campaign)
    lender.enrolled(elsewhere, other)
    ownerless = lender.account(4, owner=99)
    theirs = stranger.account(5)
    nobody = str(uuid4())
    ids = [good.id, there.id, elsewhere.id, ownerless.id, theirs.id, nobody, good.id, nobody]
    answer = sent(lender, campaign.id, *ids)
    assert results(answer) == [
        ("SUCCESS", None),
        ("SKIPPED", None),
        ("FAILED", ELSEWHERE),
        ("FAILED", NOT_FOUND),
        ("FAILED", NOT_FOUND),
        ("FAILED", NOT_FOUND),
        ("SKIPPED", None),
        ("SKIPPED", None),
    ]
    data = answer.data
    assert [one["invoice_id"] for one in data["results"]] == ids
    assert data["results"][4]["invoice_number"] is None
    told = [data[f"{name}_enrollments"] for name in ("total", "successful", "failed", "skipped")]
    assert told == [8, 1, 4, 3]


def test_sending_it_again_is_safe(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    assert results(sent(lender, campaign.id, account.id)) == [("SUCCESS", None)]
    assert results(sent(lender, campaign.id, account.id)) == [("SKIPPED", None)]


def test_a_hundred_are_taken_and_one_more_is_not(lender: Lender) -> None:
    campaign = lender.collection()
    lender.customer(1)
    accounts = [lender.account(number, owner=1) for number in range(100)]
    answer = sent(lender, campaign.id, *(one.id for one in accounts))
    assert answer.data["successful_enrollments"] == 100
    assert wiring.enrollments().counts(lender.id, [campaign.id])[campaign.id].active == 100
    many = sent(lender, campaign.id, *(str(uuid4()) for _ in range(101)))
    assert many.fields == ["account_ids"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "campaign_id"),
        ({"campaign_id": "x"}, "campaign_id"),
        ({"account_ids": []}, "account_ids"),
        ({"account_ids": ["x"]}, "account_ids.0"),
        ({"account_ids": [str(uuid4()), 7]}, "account_ids.1"),
        ({"account_ids": "x"}, "account_ids"),
        ({"customer_id": "x"}, "customer_id"),
    ],
)
def test_a_bad_request_enrolls_nothing_and_names_its_field(
    lender: Lender, body: dict[str, Any], field: str
) -> None:
    campaign, account = lender.collection(), lender.account()
    good = {"campaign_id": campaign.id, "account_ids": [account.id]}
    whole = {**good, **body} if body else {"account_ids": [account.id]}
    assert lender.call(BULK, body=whole).fields == [field]
    assert wiring.enrollments().holders(lender.id, [account.id]) == {}


def test_an_unknown_campaign_is_404(lender: Lender, stranger: Lender) -> None:
    account = lender.account()
    for id in (str(uuid4()), stranger.collection().id, lender.campaign().id):
        answer = sent(lender, id, account.id)
        assert (answer.status, answer.body["success"]) == (404, False)
        assert answer.body["status_code"] == 404


@pytest.mark.parametrize("status", ["DRAFT", "SCHEDULED", "COMPLETED", "CANCELLED", "ARCHIVED"])
def test_a_campaign_that_does_not_accept_is_409(lender: Lender, status: str) -> None:
    campaign = lender.collection(status=CollectionStatus(status))
    account = lender.account()
    answer = sent(lender, campaign.id, account.id)
    assert (answer.status, answer.body["success"]) == (409, False)
    assert status in answer.body["message"]
    assert wiring.enrollments().holders(lender.id, [account.id]) == {}


def test_a_paused_campaign_enrolls_and_waits(lender: Lender) -> None:
    campaign, account = lender.collection(status=CollectionStatus.PAUSED), lender.account()
    answer = sent(lender, campaign.id, account.id)
    assert results(answer) == [("PENDING", None)]
    assert answer.data["pending_enrollments"] == 1
    [kept] = wiring.enrollments().of_customer(lender.id, account.customer_id)
    assert kept.status is EnrollmentStatus.PENDING


def test_an_invoice_must_belong_to_the_customer_if_one_is_sent(lender: Lender) -> None:
    campaign = lender.collection()
    mine, theirs = lender.account(1), lender.account(2)
    answer = sent(lender, campaign.id, mine.id, theirs.id, customer_id=mine.customer_id)
    assert results(answer) == [
        ("SUCCESS", None),
        ("FAILED", "Invoice does not belong to this customer"),
    ]


def test_a_payment_reminder_is_for_invoices_that_are_not_past_due(lender: Lender) -> None:
    campaign = lender.collection(type=CollectionType.PAYMENT_REMINDER)
    # The company's date, which near midnight is not that of UTC.
    today = wiring.now().astimezone(lender.zone).date()
    days = (today, today + timedelta(days=1), today - timedelta(days=1))
    accounts = [lender.account(n, next_due_on=day) for n, day in enumerate(days, start=1)]
    answer = sent(lender, campaign.id, *(one.id for one in accounts))
    assert results(answer) == [("SUCCESS", None), ("SUCCESS", None), ("FAILED", PAST_DUE)]


def test_a_payment_reminder_needs_a_due_date(lender: Lender) -> None:
    campaign = lender.collection(type=CollectionType.PAYMENT_REMINDER)
    [(status, error)] = results(sent(lender, campaign.id, lender.account().id))
    assert status == "FAILED"
    assert "no due date" in (error or "")


def test_a_statement_enters_statement_acknowledgements_only(lender: Lender) -> None:
    statement = lender.account(1, kind=AccountKind.STATEMENT)
    [(status, error)] = results(sent(lender, lender.collection().id, statement.id))
    assert (status, "Statement" in (error or "")) == ("FAILED", True)
    fitting = lender.collection(type=CollectionType.STATEMENT_ACKNOWLEDGEMENT)
    assert results(sent(lender, fitting.id, statement.id)) == [("SUCCESS", None)]


def test_a_settled_invoice_enters_nothing(lender: Lender) -> None:
    account = lender.account()
    lender.call("management/settle_account", ids={"externalId": account.external_id})
    [(status, error)] = results(sent(lender, lender.collection().id, account.id))
    assert (status, "settled" in (error or "")) == ("FAILED", True)


def test_an_execution_that_ended_makes_room_for_another(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    one = lender.enrolled(account, campaign)
    ended = one.ended(EnrollmentStatus.FAILED, "reported", at=wiring.now())
    wiring.enrollments().write([Change(was=one, now=ended)])
    assert results(sent(lender, campaign.id, account.id)) == [("SUCCESS", None)]


def test_of_two_hundred_enrollments_of_one_invoice_one_succeeds(lender: Lender) -> None:
    campaigns = [lender.collection().id for _ in range(10)]
    account = lender.account()
    wanted = [campaigns[number % 10] for number in range(200)]

    def enroll(campaign_id: str) -> tuple[str, str | None]:
        [result] = enroll_accounts(
            lender.id,
            campaign_id,
            [account.id],
            campaigns=wiring.collections(),
            enrollments=wiring.enrollments(),
            people=wiring.people(),
            access=wiring.access(),
            new_id=wiring.new_id,
            now=wiring.now,
        )
        return result.status.value, result.error

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(enroll, wanted))
    assert answers.count(("SUCCESS", None)) == 1
    kept = wanted[answers.index(("SUCCESS", None))]
    for campaign_id, answer in zip(wanted, answers, strict=True):
        if answer != ("SUCCESS", None):
            same = campaign_id == kept
            assert answer == (("SKIPPED", None) if same else ("FAILED", ELSEWHERE))
    counts = wiring.enrollments().counts(lender.id, campaigns)
    assert {id: of.total for id, of in counts.items() if of.total} == {kept: 1}


def test_test_keys_see_test_data_only(lender: Lender) -> None:
    tester = lender.in_test()
    live, mine = lender.account(1), tester.account(1)
    campaign, theirs = tester.collection(), lender.collection()
    assert live.id != mine.id
    answer = sent(tester, campaign.id, mine.id, live.id)
    assert results(answer) == [("SUCCESS", None), ("FAILED", NOT_FOUND)]
    assert sent(tester, theirs.id, mine.id).status == 404
    assert sent(lender, campaign.id, live.id).status == 404
    assert results(sent(lender, theirs.id, mine.id)) == [("FAILED", NOT_FOUND)]
