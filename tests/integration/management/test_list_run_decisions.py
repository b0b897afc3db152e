"""GET /v1/campaigns/{campaignId}/runs/{runId}/decisions."""

from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.customer import Flag
from campaigns.domain.public_id import BORROWER, CAMPAIGN, RUN, show
from campaigns.domain.run import Run, RunStatus
from tests.builders import a_phone
from tests.integration.lender import Answer, Lender, new_id
from tests.integration.rehearsal import rehearsed

pytestmark = pytest.mark.usefixtures("by_day")
DECISIONS = "management/list_run_decisions"


@pytest.fixture
def run(lender: Lender) -> Run:
    lender.customer(1, contacts=(a_phone("+15125550123"),))
    lender.customer(2, flags=frozenset({Flag.CEASE}))
    return rehearsed(lender, "100001", "100002", "nobody")


def asked(lender: Lender, run: Run, customer: str, **ids: str) -> Answer:
    named = {"campaignId": run.campaign_id, "runId": run.id, **ids}
    return lender.call(DECISIONS, ids=named, query={"customerId": customer})


def test_who_was_exported_stands_there_with_rule_and_line(lender: Lender, run: Run) -> None:
    [row] = asked(lender, run, "100001").body["items"]
    [decided] = row.pop("decisions")
    assert row == {
        "row": 1,
        "borrowerId": "100001",
        "loanId": "",
        "outcome": "exported",
        "rejects": [],
        "lines": [{"file": "contacts_output.csv", "line": 1}],
    }
    assert (decided["address"], decided["verdict"]) == ("***0123", "allow")


def test_who_was_suppressed_or_rejected_is_told_why(lender: Lender, run: Run) -> None:
    [suppressed] = asked(lender, run, "100002").body["items"]
    assert (suppressed["outcome"], suppressed["lines"]) == ("suppressed", [])
    assert [one["ruleId"] for one in suppressed["decisions"]] == ["cease"]
    [rejected] = asked(lender, run, "nobody").body["items"]
    assert (rejected["outcome"], rejected["decisions"]) == ("rejected", [])
    assert rejected["rejects"] == [{"reason": "unknown_person", "detail": ""}]


def test_a_customer_and_a_run_are_found_by_any_id(lender: Lender, run: Run) -> None:
    whole = asked(lender, run, "100001").body
    person = whole["customerId"]
    for name in (person, show(BORROWER, person)):
        assert asked(lender, run, name).body == whole
    shown = {"campaignId": show(CAMPAIGN, run.campaign_id), "runId": show(RUN, run.id)}
    assert asked(lender, run, "100001", **shown).body == whole
    campaign = wiring.campaigns().get(lender.id, run.campaign_id)
    named = {"campaignId": f"ext-{campaign.external_id}"}
    assert asked(lender, run, "100001", **named).body == whole


def test_who_was_not_in_the_list_has_nothing(lender: Lender, run: Run) -> None:
    lender.customer(3)
    answer = asked(lender, run, "100003").body
    assert (answer["items"], answer["explanation"]) == ([], None)


def test_a_run_that_decided_nothing_says_why(lender: Lender) -> None:
    campaign = lender.collection()
    canceled = lender.step_run(campaign, RunStatus.FAILED)
    answer = asked(lender, canceled, "100001").body
    assert answer["items"] == []
    assert answer["explanation"] == "the run is failed and had not decided about anybody"


@pytest.mark.parametrize(
    "ids", [{"runId": new_id()}, {"campaignId": "ext-nothing"}, {"runId": "x"}]
)
def test_a_run_that_is_not_there_is_404(lender: Lender, run: Run, ids: dict[str, Any]) -> None:
    assert asked(lender, run, "100001", **ids).status == 404


def test_a_run_of_another_company_is_404(lender: Lender, stranger: Lender, run: Run) -> None:
    assert asked(stranger, run, "100001").status == 404


def test_somebody_has_to_be_named(lender: Lender, run: Run) -> None:
    ids = {"campaignId": run.campaign_id, "runId": run.id}
    assert lender.call(DECISIONS, ids=ids, query={}).fields == ["customerId"]
