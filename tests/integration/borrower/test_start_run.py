import json
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import CampaignStatus
from campaigns.domain.page import Slice
from campaigns.domain.public_id import RUN, read
from campaigns.domain.run import OVERRIDE, RunRef
from tests.integration.conftest import Invocations
from tests.integration.lender import Answer, Lender, shown

START = "borrower/start_run"
QUERY = "https://redash.example.com/queries/42"
ROWS = [{"borrowerId": "100001", "loanId": "900001"}]
OTHERS = [{"borrowerId": "100002", "loanId": ""}]


def start(lender: Lender, id: str, *, key: str | None = None, **but: Any) -> Answer:
    headers = {"idempotency-key": key, **but.pop("headers", {})}
    return lender.call(START, ids={"campaignId": id}, headers=headers, **but)


def rows_of(run: Any, lender: Lender, campaign_id: str) -> Any:
    ref = RunRef(lender.id, campaign_id, read(RUN, run["id"]) or "")
    with wiring.files().read(ref, OVERRIDE) as file:
        return json.loads(file.read())


def test_the_sample_starts_a_run_and_answers_at_once(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    answer = lender.call(START, ids={"campaignId": shown(campaign)})
    run = answer.body
    assert answer.status == 200
    assert run == {
        "status": "pending",
        "borrowerCampaignId": shown(campaign),
        "availableFiles": [],
        "id": run["id"],
        "createdAt": run["createdAt"],
        "updatedAt": run["createdAt"],
        "startedAt": None,
        "finishedAt": None,
        "triggeredBy": "manual",
        "worker": "service",
        "scheduledFor": None,
        "stage": None,
        "stageDetail": None,
        "counts": {
            "rowsIn": 0,
            "exported": 0,
            "sent": 0,
            "suppressed": 0,
            "deferred": 0,
            "rejected": 0,
            "lines": 0,
            "withoutPhone": 0,
            "reasons": {},
        },
        "deliveries": [],
        "errorMessage": None,
        "holdReasons": [],
        "requestedBy": lender.key_id,
        "releasedBy": None,
        "querySha256": None,
    }
    run_id = read(RUN, run["id"])
    event = {"companyId": lender.id, "campaignId": campaign.id, "runId": run_id}
    assert invocations.taken == [(wiring.settings().campaign_run_function, event, run_id)]
    assert rows_of(run, lender, campaign.id) == ROWS
    ids = {"campaignId": campaign.id, "runId": run["id"]}
    assert lender.call("borrower/get_run", ids=ids).body == run


@pytest.mark.parametrize(
    "sent",
    [
        {"text": ""},
        {"text": "", "headers": {"content-type": None}},
        {"text": "null"},
        {"body": {}},
        {"body": {"queryResultsOverride": None}},
        {"body": {"color": "green"}},
    ],
    ids=str,
)
def test_without_rows_the_query_is_asked(
    sent: Any, lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(query_url=QUERY)
    answer = start(lender, campaign.id, **sent)
    assert (answer.status, answer.body["status"]) == (200, "pending")
    [(_, event, _)] = invocations.taken
    assert not wiring.runs().get(lender.id, campaign.id, event["runId"]).overrides


def test_with_neither_query_nor_rows_there_is_nothing_to_run(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(query_url=None)
    answer = start(lender, campaign.id, body={})
    assert answer.fields == ["queryResultsOverride"]
    assert answer.body["data"] is None
    assert invocations.taken == []


def test_an_empty_list_of_rows_is_a_list(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.campaign(query_url=None)
    run = start(lender, campaign.id, body={"queryResultsOverride": []}).body
    assert run["status"] == "pending"
    assert rows_of(run, lender, campaign.id) == []


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ([{}], 1),
        ([{"borrowerId": ""}], 1),
        ([{"id": None}], 1),
        ([{"loanId": "900001"}], 1),
        ([{"borrowerId": "1"}, {"personId": 2}, {"ID": "3"}, {"borrower": "4"}], 4),
    ],
)
def test_a_row_without_a_person_is_400_with_its_number(
    rows: Any, number: int, lender: Lender, invocations: Invocations
) -> None:
    answer = start(lender, lender.campaign().id, body={"queryResultsOverride": rows})
    assert answer.fields == ["queryResultsOverride"]
    assert answer.body["message"].startswith(f"row {number} names no person")
    assert invocations.taken == []


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ("100001", "queryResultsOverride"),
        ({"borrowerId": "1"}, "queryResultsOverride"),
        (["100001"], "queryResultsOverride.0"),
        ([{"borrowerId": "1"}, None], "queryResultsOverride.1"),
    ],
)
def test_rows_that_are_none_are_400(rows: Any, field: str, lender: Lender) -> None:
    campaign = lender.campaign()
    assert start(lender, campaign.id, body={"queryResultsOverride": rows}).fields == [field]


def test_a_long_list_of_faults_is_cut_short(lender: Lender) -> None:
    answer = start(lender, lender.campaign().id, body={"queryResultsOverride": [1] * 50_000})
    assert len(answer.fields) == 101
    assert answer.body["errors"][-1] == {"field": "body", "message": "and 49900 more"}


@pytest.mark.parametrize(
    "value",
    [10**30, 1.5e300, "\ud800", {"a": [1, {"b": None}]}, True, "x\0y"],
    ids=repr,
)
def test_any_json_value_may_stand_in_a_row(
    value: Any, lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    rows = [{"borrowerId": "1", "extra": value}]
    run = start(lender, campaign.id, body={"queryResultsOverride": rows})
    assert run.status == 200
    assert rows_of(run.body, lender, campaign.id) == rows


def test_rows_that_are_nested_without_end_are_400(lender: Lender) -> None:
    for depth in (900, 5_000, 100_000):
        text = '{"queryResultsOverride": [{"id": 1, "x": ' + "[" * depth + "]" * depth + "}]}"
        answer = start(lender, lender.campaign().id, text=text)
        assert answer.status in (200, 400), "what is too deep depends on the interpreter"
    assert answer.fields == ["body"]


def test_a_second_run_waits_for_the_first(lender: Lender, invocations: Invocations) -> None:
    campaign = lender.campaign()
    start(lender, campaign.id, body={"queryResultsOverride": ROWS})
    answer = start(lender, campaign.id, body={"queryResultsOverride": ROWS})
    assert (answer.status, answer.body) == (
        409,
        {
            "status": 409,
            "message": "the campaign already has a run in progress; wait until it ends",
            "data": None,
        },
    )
    assert len(invocations.taken) == 1
    [run] = wiring.runs().list(lender.id, campaign.id, Slice()).items
    lender.ended(run)
    assert start(lender, campaign.id, body={"queryResultsOverride": ROWS}).status == 200
    assert len(invocations.taken) == 2


def test_a_repeat_gets_the_same_run_and_begins_nothing(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    first = start(lender, campaign.id, key="a", body={"queryResultsOverride": ROWS})
    again = start(lender, campaign.id, key="a", body={"queryResultsOverride": ROWS})
    assert again.body == first.body
    assert len(invocations.taken) == 1
    other = start(lender, campaign.id, key="b", body={"queryResultsOverride": ROWS})
    assert other.status == 409


def test_a_repeat_does_not_touch_the_rows_of_the_first(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    first = start(lender, campaign.id, key="a", body={"queryResultsOverride": ROWS}).body
    start(lender, campaign.id, key="a", body={"queryResultsOverride": [{"id": "7"}]})
    assert rows_of(first, lender, campaign.id) == ROWS


def test_a_repeat_is_answered_the_same_even_after_the_run_ended_and_the_campaign_was_paused(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    first = start(lender, campaign.id, key="a").body
    _end_and_pause(lender, campaign.id, first["id"])
    again = start(lender, campaign.id, key="a")
    assert (again.status, again.body) == (200, first)
    assert again.headers["idempotency-replayed"] == "true"


def test_a_repeat_under_another_name_of_the_campaign_finds_its_run_as_it_is_now(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    first = start(lender, campaign.id, key="a").body
    _end_and_pause(lender, campaign.id, first["id"])
    again = start(lender, shown(campaign), key="a")
    assert (again.status, again.body["id"]) == (200, first["id"])
    assert (again.body["status"], again.body["availableFiles"]) == ("completed", ["log.txt"])


def test_another_body_under_another_name_of_the_campaign_is_422_all_the_same(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(external_id="spring")
    start(lender, campaign.id, key="a", body={"queryResultsOverride": ROWS})
    for name in (shown(campaign), "ext-spring", campaign.id.upper()):
        other = start(lender, name, key="a", body={"queryResultsOverride": OTHERS})
        assert other.status == 422
        assert "with another body" in other.body["message"]
        same = start(lender, name, key="a", body={"queryResultsOverride": ROWS})
        assert same.status == 200
    assert len(set(invocations.runs)) == 1


def _end_and_pause(lender: Lender, campaign_id: str, run_id: str) -> None:
    run = wiring.runs().get(lender.id, campaign_id, read(RUN, run_id) or "")
    lender.ended(run, "log.txt")
    body = {"status": "paused"}
    lender.call("borrower/update_campaign", ids={"campaignId": campaign_id}, body=body)


def test_two_campaigns_may_see_the_same_idempotency_key(
    lender: Lender, invocations: Invocations
) -> None:
    one, two = (start(lender, lender.campaign().id, key="a").body for _ in range(2))
    assert one["id"] != two["id"]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_that_cannot_be_is_400(key: str, lender: Lender) -> None:
    assert start(lender, lender.campaign().id, key=key).fields == ["idempotency-key"]


@pytest.mark.parametrize("status", ["draft", "paused", "archived"])
def test_only_an_active_campaign_runs(
    status: str, lender: Lender, invocations: Invocations
) -> None:
    answer = start(lender, lender.campaign(status=CampaignStatus(status)).id)
    assert (answer.status, answer.body["data"]) == (409, None)
    assert answer.body["message"] == f"the campaign is {status}; only an active campaign runs"
    assert invocations.taken == []


def test_an_engine_that_is_down_is_503_and_does_not_block_the_campaign(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    invocations.missing = True
    answer = start(lender, campaign.id)
    assert (answer.status, answer.body["status"], answer.body["data"]) == (503, 503, None)
    [failed] = lender.call("borrower/list_runs", ids={"campaignId": campaign.id}).data
    assert (failed["status"], failed["errorMessage"]) == ("failed", "the run could not be started")
    invocations.missing = False
    assert start(lender, campaign.id).body["status"] == "pending"


def test_the_repeat_that_a_503_asks_for_begins_the_run(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    invocations.missing = True
    assert start(lender, campaign.id, key="a").status == 503
    invocations.missing = False
    run = start(lender, campaign.id, key="a").body
    assert run["status"] == "pending"
    assert invocations.runs == [read(RUN, run["id"])]


def test_a_run_that_was_never_begun_is_begun_by_whoever_finds_it_in_the_way(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign()
    stuck = lender.opened(campaign)
    assert start(lender, campaign.id).status == 409
    assert invocations.runs == [stuck.id]


def test_a_campaign_of_another_company_cannot_be_started(
    lender: Lender, stranger: Lender, invocations: Invocations
) -> None:
    assert start(lender, stranger.campaign().id).status == 404
    assert invocations.taken == []


def test_a_run_for_a_worker_outside_is_opened_and_left_alone(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(query_url=None)
    run = start(lender, campaign.id, key="a", body={"worker": "outside"}).body
    assert (run["status"], run["worker"]) == ("pending", "outside")
    again = start(lender, campaign.id, key="a", body={"worker": "outside"}).body
    assert again == run
    busy = start(lender, campaign.id, body={"queryResultsOverride": ROWS})
    assert busy.status == 409
    assert invocations.taken == []


def test_a_worker_outside_is_not_sent_rows(lender: Lender) -> None:
    body = {"worker": "outside", "queryResultsOverride": ROWS}
    answer = start(lender, lender.campaign().id, body=body)
    assert answer.fields == ["queryResultsOverride"]
    assert start(lender, lender.campaign().id, body={"worker": "mine"}).fields == ["worker"]
