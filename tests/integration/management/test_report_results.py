"""POST /v1/results."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Reservation
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.identity import moment
from campaigns.domain.public_id import BORROWER, RUN, show
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender, new_id

REPORT = "management/report_results"


def row(**but: Any) -> dict[str, Any]:
    at = moment(wiring.now() - timedelta(minutes=1))
    whole = {"customerExternalId": "100001", "channel": "call", "at": at, "outcome": "no_answer"}
    return {name: value for name, value in {**whole, **but}.items() if value is not None}


def report(lender: Lender, *rows: Any, **but: Any) -> Answer:
    return lender.call(REPORT, body={"rows": list(rows)}, **but)


def told(lender: Lender, customer: str = "100001") -> Any:
    return lender.call("management/list_timeline", ids={"customerId": customer}).body


def reserve(lender: Lender, person_id: str, run_id: str) -> None:
    now = wiring.now()
    one = Reservation(
        run_id=run_id, channel=Channel.CALL, start=now, until=now + timedelta(hours=1)
    )
    history = ContactHistory(company_id=lender.id, person_id=person_id, reservations=(one,))
    assert not wiring.contact_ledger().write([history])


def test_the_sample_is_taken_row_by_row(lender: Lender) -> None:
    lender.account()
    answer = lender.call(REPORT)
    assert answer.status == 200
    assert (answer.body["created"], answer.body["unchanged"], answer.body["rejected"]) == (1, 0, 1)
    first, second = answer.body["rows"]
    assert (first["status"], first["error"]) == ("created", None)
    assert second == {
        "status": "rejected",
        "id": None,
        "error": {"field": "customerId", "message": "customer unknown does not exist"},
    }
    [entry] = told(lender)["items"]
    assert (entry["id"], entry["kind"], entry["at"]) == (
        first["id"],
        "promise",
        "2026-03-02T15:04:05.000Z",
    )
    assert entry["details"] == {"amount": "120.00", "promisedOn": "2026-03-09"}


def test_what_a_run_reserved_becomes_an_attempt(lender: Lender) -> None:
    person, run_id = lender.customer(), new_id()
    reserve(lender, person.id, run_id)
    assert told(lender)["reservations"][0]["runId"] == run_id
    names = {"customerExternalId": None, "customerId": show(BORROWER, person.id)}
    ask = row(outcome="conversation", runId=show(RUN, run_id), **names)
    assert report(lender, ask).body["created"] == 1
    shown = told(lender)
    assert (shown["reservations"], shown["items"][0]["runId"]) == ([], run_id)
    [attempt] = wiring.contact_ledger().histories(lender.id, [person.id])[person.id].attempts
    assert attempt.outcome.was_conversation


def test_told_again_it_changes_nothing(lender: Lender) -> None:
    lender.customer()
    ask = row(id="call-1", text="stop calling me")
    first, again = (report(lender, ask).body for _ in range(2))
    assert (first["created"], again["unchanged"]) == (1, 1)
    assert first["rows"][0]["id"] == again["rows"][0]["id"]
    assert len(told(lender)["items"]) == 1
    other = report(lender, {**ask, "outcome": "busy"}).body["rows"][0]
    assert (other["status"], other["error"]["field"]) == ("rejected", "id")


def test_an_opt_out_is_seen_at_the_customer(lender: Lender) -> None:
    lender.customer()
    report(lender, row(channel="text", address="+15125550123", text="Stop"))
    ids = {"externalId": "100001"}
    [contact] = lender.call("management/get_customer", ids=ids).body["contacts"]
    assert contact["status"] == "optedOut"
    assert told(lender)["items"][0]["kind"] == "optOut"


def test_an_execution_ends_as_told(lender: Lender) -> None:
    campaign, account = lender.collection(), lender.account()
    one = lender.enrolled(account, campaign)
    report(lender, row(outcome="conversation", campaignId=campaign.id, executionOutcome="failed"))
    kept = wiring.enrollments().find(one.ref)
    assert kept is not None
    assert kept.status is EnrollmentStatus.FAILED


def test_a_hundred_rows_fit_and_no_more(lender: Lender) -> None:
    for number in range(1, 26):
        lender.customer(number)
    rows = [row(customerExternalId=str(100001 + n % 25), id=f"r{n}") for n in range(100)]
    assert report(lender, *rows).body["created"] == 100
    assert len(told(lender)["items"]) == 4
    assert report(lender, *rows, row()).fields == ["rows"]
    assert report(lender).fields == ["rows"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "rows"), ({"rows": {}}, "rows"), ({"rows": [7]}, "rows.0"), ({"more": 1}, "rows")],
)
def test_a_body_that_is_no_list_of_rows_is_refused(body: Any, field: str, lender: Lender) -> None:
    assert lender.call(REPORT, body=body).fields[0] == field


def test_another_companys_customer_is_nobody(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.customer()
    names = {"customerExternalId": None, "customerId": theirs.id}
    assert report(lender, row(**names)).body["rejected"] == 1
    assert told(stranger)["items"] == []


def test_a_request_that_is_repeated_by_its_key_is_answered_as_before(lender: Lender) -> None:
    lender.customer()
    key = {"idempotency-key": uuid4().hex}
    ask = row()
    first = report(lender, ask, headers=key)
    again = report(lender, ask, headers=key)
    assert (again.body, again.headers["idempotency-replayed"]) == (first.body, "true")


def test_nothing_of_a_person_is_logged(lender: Lender, said: Callable[[], str]) -> None:
    lender.customer()
    report(lender, row(address="+15125550123", text="Ottoline says stop"), row(address="555"))
    logged = said()
    assert "answered" in logged
    for personal in ("5550123", "Ottoline", "100001"):
        assert personal not in logged


def test_the_sample_has_a_row_for_each_kind_of_answer() -> None:
    assert len(sample_body(REPORT)["rows"]) == 2
