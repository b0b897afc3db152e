"""POST /v1/accounts/{externalId}/settle."""

from dataclasses import replace

from campaigns import wiring
from campaigns.domain.enrollment import EnrollmentStatus
from tests.integration.lender import Answer, Lender


def settled(lender: Lender, external_id: str) -> Answer:
    return lender.call("management/settle_account", ids={"externalId": external_id})


def test_an_account_is_settled_once(lender: Lender) -> None:
    account = lender.account()
    body = settled(lender, account.external_id).body
    assert (body["status"], body["settledAt"] is not None) == ("SETTLED", True)
    assert settled(lender, account.external_id).body == body


def test_its_execution_ends_and_goes_on_nowhere(lender: Lender) -> None:
    after = lender.collection()
    campaign, account = lender.collection(next_campaign_id=after.id), lender.account()
    one = lender.enrolled(account, campaign)
    settled(lender, account.external_id)
    kept = wiring.enrollments().find(one.ref)
    assert kept is not None
    assert (kept.status, kept.chained_to) == (EnrollmentStatus.COMPLETED, None)
    assert wiring.enrollments().of_customer(lender.id, account.customer_id, after.id) == []
    assert lender.kept(account).status == "SETTLED"


def test_an_import_does_not_bring_it_back(lender: Lender) -> None:
    account = lender.account()
    settled(lender, account.external_id)
    body = {"status": "active", "amountPastDue": "1.00"}
    ids = {"externalId": account.external_id}
    shown = lender.call("management/put_account", ids=ids, body=body).body
    assert (shown["status"], shown["settledAt"] is not None) == ("active", True)


def test_an_account_that_was_changed_meanwhile_is_settled_all_the_same(lender: Lender) -> None:
    account = lender.account()
    wiring.people().put_accounts([replace(account, number="new")])
    assert settled(lender, account.external_id).body["number"] == "new"


def test_an_account_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    stranger.account(7)
    for id in ("900007", "nobody"):
        assert settled(lender, id).status == 404
