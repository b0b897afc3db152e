"""Limits that hold a run: what an operator sees, who lets it go on, and what then leaves."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from campaigns import wiring
from campaigns.usecases.issue_key import issue_key
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.dialer import Dialer
from tests.e2e.lending import Lending, adds_up

COLUMNS = {"person.externalId": "id", "contact.phone": "phone"}


@pytest.fixture(scope="module")
def company(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Lending:
    """Its held runs are released by another key than the one that asked for them."""
    assert stack.endpoint is not None
    lending = Lending.new(stack.url, stack.endpoint, stack.name)
    access = wiring.access()
    access.put_company(replace(access.company(lending.company_id), release_by_another_key=True))
    lending.load_people(stack.lender_database, tmp_path_factory.mktemp("people"))
    return lending


@pytest.fixture
def supervisor(company: Lending) -> Lending:
    """The same company, by a key that may look at runs and release them."""
    _, key = issue_key(
        company.company_id,
        "supervisor",
        frozenset({"runs:read", "runs:release"}),
        access=wiring.access(),
        new_id=wiring.new_id,
        now=wiring.now,
        token=wiring.new_token,
    )
    return replace(company, api=replace(company.api, key=key))


@pytest.fixture
def query(redash: RedashServer) -> Iterator[RedashServer]:
    before = redash.text("overdue")
    yield redash
    redash.edit("overdue", before)


def asked(redash: RedashServer) -> int:
    """How often the query was run since this was last asked."""
    return sum(one["method"] == "POST" and "/results" in one["path"] for one in redash.seen())


def test_a_run_above_its_limits_waits_for_another_key_and_is_delivered_without_asking_again(
    company: Lending, supervisor: Lending, query: RedashServer, dialer: Dialer
) -> None:
    dialer.start()
    campaign = company.campaign(
        redashQueryUrl=query.query_url("overdue"),
        redashApiKey=QUERY_KEY,
        contactExporterId=company.exporter(COLUMNS),
        sftpSettings=dialer.settings,
        safety={"maxAudience": 5, "queryChange": "hold"},
    )
    runs = f"{company.base}/campaigns/{campaign}/runs"

    held = company.run(campaign)
    assert (held["status"], held["stage"], held["finishedAt"]) == ("held", "export", None)
    reasons = {one["code"]: one["message"] for one in held["holdReasons"]}
    assert reasons.keys() == {"max_audience", "query_not_approved"}
    exported = held["counts"]["exported"]
    assert reasons["max_audience"] == f"the audience is {exported}; the limit is 5"
    assert all(message in held["errorMessage"] for message in reasons.values())
    assert company.log(held)[-1] == held["errorMessage"]
    assert adds_up(held)
    contacts = company.file(held, "contacts_output.csv")
    assert contacts.count(b"\n") == exported + 1 > 6
    assert (dialer.files(), asked(query)) == ({}, 1)
    assert company.api.call("POST", runs).status == 409, "it keeps its campaign's place"

    release = f"{runs}/{held['id']}/release"
    refusal = company.api.call("POST", release)
    assert (refusal.status, refusal.json["data"]) == (409, None)
    assert "another key" in refusal.json["message"]
    assert supervisor.api.take("POST", release)["status"] == "pending"
    ended = company.follow(campaign, held["id"], "completed", "failed")
    assert (ended["status"], ended["errorMessage"]) == ("completed", None)
    assert dialer.contacts() == [contacts]
    assert asked(query) == 0, "the files that were looked at are those that left"
    assert ended["counts"] == held["counts"]
    assert ended["holdReasons"] == held["holdReasons"]
    assert ended["releasedBy"] not in (None, ended["requestedBy"])
    assert f"run: released by key {ended['releasedBy']}" in company.log(ended)

    path = f"{company.base}/campaigns/{campaign}"
    assert company.seen(campaign)["approvedQuerySha256"] == held["querySha256"] is not None
    company.api.take("PATCH", path, {"safety": {"maxAudience": None}})
    assert company.run(campaign)["status"] == "completed", "the text was approved with it"
    query.edit("overdue", query.text("overdue").replace("60", "90"))
    changed = company.run(campaign)
    assert [one["code"] for one in changed["holdReasons"]] == ["query_change"]
    cancel = f"{runs}/{changed['id']}/cancel"
    assert company.api.take("POST", cancel)["status"] == "canceled"
    assert len(dialer.contacts()) == 2
    assert company.run(campaign, [])["status"] == "completed", "the campaign is free"


def test_the_key_of_a_query_cannot_show_its_text_which_matters_only_if_it_is_watched(
    company: Lending, query: RedashServer
) -> None:
    def ended(**safety: Any) -> Any:
        campaign = company.campaign(
            redashQueryUrl=query.query_url("overdue"),
            redashApiKey=query.query_key("overdue"),
            safety=safety,
        )
        return company.run(campaign)

    watched, unwatched = ended(queryChange="hold"), ended()
    assert [one["code"] for one in watched["holdReasons"]] == ["query_unreadable"]
    assert unwatched["status"] == "completed"
    for run in (watched, unwatched):
        assert any("its text could not be read" in line for line in company.log(run))


def test_a_run_that_waits_for_its_query_says_so_and_counts_what_it_knows(
    company: Lending, query: RedashServer
) -> None:
    slow = query.query_url("slow")
    campaign = company.campaign(redashQueryUrl=slow, redashApiKey=QUERY_KEY)
    started = company.start(campaign)
    path = f"{company.base}/campaigns/{campaign}/runs/{started}"
    *_, seen = company.api.until(path, lambda run: run["stageDetail"] is not None, every=0.05)
    assert (seen["status"], seen["stage"]) == ("running", "query")
    assert " at Redash since 20" in seen["stageDetail"]
    company.api.take("POST", f"{path}/cancel")
    ended = company.follow(campaign, started)
    assert (ended["status"], ended["stageDetail"]) == ("canceled", None)

    campaign = company.campaign(redashQueryUrl=query.query_url("by-state"), redashApiKey=QUERY_KEY)
    failed = company.run(campaign)
    assert (failed["status"], failed["stage"]) == ("failed", "screen")
    assert failed["counts"]["rowsIn"] > 0
