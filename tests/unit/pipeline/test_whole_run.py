"""A run from the query to the delivered bytes, and how it ends when it cannot get there."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.domain.customer import Flag
from campaigns.domain.exporter import EmptyFile
from campaigns.domain.public_id import show
from campaigns.domain.query import QueryRefused, QueryUnavailable, parse_query_url
from campaigns.domain.run import (
    LINES_INDEX,
    MAIL_OUTPUT,
    MESSAGES,
    OVERRIDE,
    PEOPLE_INDEX,
    PUBLIC_FILES,
    QUERY_TEXT,
    RULES_IN_FORCE,
    VOICE_OUTPUT,
    Run,
    RunStatus,
    Stage,
)
from tests.builders import NOON, a_customer, an_account, an_exporter, an_id
from tests.unit.pipeline.world import KEY, World

ADDRESS = parse_query_url("https://redash.example.com/queries/42", allow_http=False)
ROWS = [
    {"borrowerId": 1, "loanId": "L1", "offer": "10 % off, now"},
    {"borrowerId": 2, "loanId": None, "offer": None},
    {"borrowerId": 3, "loanId": None, "offer": "x"},
    {"borrowerId": 1, "loanId": "L1", "offer": "twice"},
    {"borrowerId": 9, "loanId": None, "offer": "who?"},
]
PEOPLE = [
    a_customer("1"),
    a_customer("2", last_name="Śmith"),
    a_customer("3", flags=frozenset({Flag.CEASE})),
]

FILES = tuple(one for one in PUBLIC_FILES if one not in (MESSAGES, MAIL_OUTPUT, VOICE_OUTPUT))
"""Of a run that sends no messages."""


def a_world(rows: Any = ROWS, **but: Any) -> World:
    exporter = but.pop("exporter", None) or an_exporter(
        "person.externalId", "person.lastName", "contact.phone", "query.offer", "loan.number"
    )
    return World(
        rows, exporter=exporter, people=PEOPLE, accounts=[an_account("L1", owner="1")], **but
    )


def test_a_run_goes_from_the_query_to_the_delivered_file() -> None:
    world = a_world()
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert run.available_files == FILES
    contacts = (
        "person.externalId,person.lastName,contact.phone,query.offer,loan.number\r\n"
        '1,Osei,+15125550123,"10 % off, now",L-L1\r\n'
        "2,Śmith,+15125550123,,\r\n"
    ).encode()
    assert world.content("contacts_output.csv") == contacts
    stem = f"{show('CM', world.campaign_id)}_20260302T120000Z_{show('RN', run.id)}"
    assert world.receiver.files[f"{stem}_contacts.csv"] == contacts
    assert world.receiver.published == [
        f"{stem}_contacts.csv",
        f"{stem}_log.txt",
        f"{stem}_receipt.json",
    ]


def test_every_file_tells_its_part() -> None:
    world = a_world()
    world.execute()
    assert world.table("query_results.csv") == [
        ["borrowerId", "loanId", "offer"],
        ["1", "L1", "10 % off, now"],
        ["2", "", ""],
        ["3", "", "x"],
        ["1", "L1", "twice"],
        ["9", "", "who?"],
    ]
    assert world.table("campaign_input.csv") == [
        ["row", "borrowerId", "loanId", "query.offer"],
        ["1", "1", "L1", "10 % off, now"],
        ["2", "2", "", ""],
        ["3", "3", "", "x"],
        ["5", "9", "", "who?"],
    ]
    assert world.table("rejects.csv") == [
        ["row", "reason", "borrowerId", "loanId", "detail"],
        ["4", "duplicate", "1", "L1", ""],
        ["5", "unknown_person", "9", "", ""],
    ]
    header, *decisions = world.table("decisions.csv")
    assert header[:6] == ["row", "borrowerId", "loanId", "channel", "address", "verdict"]
    assert [row[:7] for row in decisions] == [
        ["1", "1", "L1", "phone", "+15125550123", "allow", "none"],
        ["2", "2", "", "phone", "+15125550123", "allow", "none"],
        ["3", "3", "", "phone", "+15125550123", "suppress", "cease"],
    ]
    assert json.loads(decisions[2][8]) == {"channel": "call", "cease": "true"}


def test_the_files_facts_are_true() -> None:
    world = a_world()
    run = world.execute()
    records = {"query_results.csv": 5, "campaign_input.csv": 4, "contacts_output.csv": 2}
    records |= {"decisions.csv": 3, "rejects.csv": 2}
    for name in run.available_files:
        facts, content = run.file(name), world.content(name)
        assert facts.bytes == len(content)
        assert facts.sha256 == hashlib.sha256(content).hexdigest()
        assert facts.rows == records.get(name, facts.rows)


def test_the_counts_add_up_and_say_why() -> None:
    run = a_world().execute()
    counts = run.counts
    counts.check()
    assert (counts.rows_in, counts.exported, counts.suppressed, counts.rejected) == (5, 2, 1, 2)
    assert (counts.lines, dict(counts.reasons)) == (
        2,
        {"duplicate": 1, "unknown_person": 1, "cease": 1},
    )


def test_the_log_tells_the_run_without_secrets_or_numbers() -> None:
    world = a_world()
    world.execute()
    log = world.content("log.txt").decode()
    assert log == world.run.log_text()
    assert "export: 5 in = 2 exported + 0 sent + 1 suppressed + 0 deferred + 2 rejected" in log
    assert "run: completed in 0 s" in log
    for secret in (KEY, "correct horse", "+15125550123", "5550123", "Osei"):
        assert secret not in log


def test_the_receipt_lists_what_arrived() -> None:
    world = a_world()
    run = world.execute()
    receipt = json.loads(world.content("receipt.json"))
    assert receipt["runId"] == show("RN", run.id)
    assert [one["kind"] for one in receipt["deliveries"]] == ["contacts", "log"]
    contacts = receipt["deliveries"][0]
    content = world.content("contacts_output.csv")
    assert contacts["sha256"] == hashlib.sha256(content).hexdigest()
    assert [one["kind"] for one in run.deliveries] == ["contacts", "log", "receipt"]


KEPT_ASIDE = {QUERY_TEXT, RULES_IN_FORCE, PEOPLE_INDEX, LINES_INDEX}


def test_what_lies_between_the_stages_is_cleared_away() -> None:
    world = a_world()
    world.execute()
    assert world.file_names == {*FILES, *KEPT_ASIDE}


def test_secrets_are_opened_for_their_place_only_where_they_are_used() -> None:
    world = a_world()
    world.execute()
    assert {key for _, key in world.queries.asked} == {KEY}
    [destination, *_] = world.receiver.connections
    assert (destination.password, destination.directory) == ("correct horse", "inbox")


# Variants


def test_without_a_destination_nothing_is_delivered() -> None:
    world = a_world(sftp=None)
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert world.receiver.connections == []
    assert "receipt.json" not in run.available_files


def test_a_campaign_without_an_exporter_gets_no_contact_file() -> None:
    world = a_world(with_exporter=False)
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert "contacts_output.csv" not in run.available_files
    assert run.counts.reasons == {"duplicate": 1, "no_exporter": 4}
    assert [one["kind"] for one in run.deliveries] == ["log", "receipt"]


def test_rows_that_come_with_the_request_stand_in_for_the_query() -> None:
    world = a_world(query_url=None)
    rows = [{"borrowerId": 2**70, "a": "\ud83d"}, {"id": "x", "borrowerId": "2", "b": [1, {}]}]
    world.change(lambda run: replace(run, overrides=True))
    world.files.kept[world.opened.ref, OVERRIDE] = json.dumps(rows).encode()
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert world.queries.asked == []
    assert world.table("query_results.csv") == [
        ["borrowerId", "a", "id", "b"],
        [str(2**70), "?", "", ""],
        ["2", "", "x", "[1,{}]"],
    ]
    assert run.counts.exported == 1


@pytest.mark.parametrize("columns", [[], ["borrowerId"], ["no", "id", "needed"]])
def test_a_query_that_finds_nobody_completes_with_an_empty_file(columns: list[str]) -> None:
    world = a_world([], columns=columns)
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert run.available_files == FILES
    assert len(world.table("contacts_output.csv")) == 1
    assert run.counts.rows_in == 0
    assert len(world.receiver.files) == 3


@pytest.mark.parametrize("rows", [[], [{"borrowerId": 9}]])
def test_an_empty_contact_file_is_sent_skipped_or_a_failure_as_the_exporter_says(
    rows: list[dict[str, Any]],
) -> None:
    sent = a_world(rows, exporter=an_exporter(empty_file=EmptyFile.SEND))
    assert "contacts_output.csv" in sent.execute().available_files
    assert len(sent.receiver.files) == 3

    skipped = a_world(rows, exporter=an_exporter(empty_file=EmptyFile.SKIP))
    run = skipped.execute()
    assert run.status is RunStatus.COMPLETED
    assert "contacts_output.csv" not in run.available_files
    assert [one["kind"] for one in run.deliveries] == ["log", "receipt"]

    failed = a_world(rows, exporter=an_exporter(empty_file=EmptyFile.FAIL))
    run = failed.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "nobody_to_contact")
    assert failed.receiver.files == {}
    assert {"rejects.csv", "decisions.csv"} <= set(run.available_files)
    assert len(failed.table("rejects.csv")) == 1 + len(rows)


def test_a_result_that_names_no_person_fails_and_names_the_columns_it_saw() -> None:
    world = a_world([{"customer": 1, "Loan Id": 2}])
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "no_person_id")
    assert "Columns seen: customer, Loan Id" in (run.error_message or "")
    assert "Columns seen: customer, Loan Id" in world.content("log.txt").decode()
    assert run.available_files == ("query_results.csv", "log.txt")
    assert world.receiver.files == {}


# The query


def test_a_query_is_waited_for() -> None:
    world = a_world()
    world.queries.polls = ["queued", "started", "started", "done"]
    assert world.execute().status is RunStatus.COMPLETED
    assert [verb for verb, _ in world.queries.asked] == ["submit", *["poll"] * 4, "rows"]


def test_a_result_that_is_there_at_once_is_not_waited_for() -> None:
    world = a_world()
    world.queries.polls = []
    assert world.execute().status is RunStatus.COMPLETED
    assert [verb for verb, _ in world.queries.asked] == ["submit", "rows"]


def test_a_query_is_tried_again_while_redash_is_away() -> None:
    world = a_world()
    world.queries.failures = [QueryUnavailable(ADDRESS, "away") for _ in range(4)]
    assert world.execute().status is RunStatus.COMPLETED


def test_a_result_that_takes_long_to_build_is_waited_for_longer_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world()
    world.queries.polls = []
    submit = world.queries.submit

    def submitted(*asked: Any) -> Any:
        answer = submit(*asked)
        world.queries.failures = [QueryUnavailable(ADDRESS, "silent") for _ in range(4)]
        return answer

    monkeypatch.setattr(world.queries, "submit", submitted)
    assert world.execute().status is RunStatus.COMPLETED
    assert world.queries.waited == [60, 120, 240, 480, 480]


def test_a_query_that_stays_away_fails_the_run() -> None:
    world = a_world()
    world.queries.failures = [QueryUnavailable(ADDRESS, "away") for _ in range(5)]
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "query_unavailable")


def test_a_query_that_is_refused_is_not_asked_again() -> None:
    world = a_world()
    world.queries.failures = [QueryRefused(ADDRESS, "no such table")]
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "query_refused")
    assert "no such table" in world.content("log.txt").decode()
    assert len(world.queries.asked) == 1


def test_a_query_that_takes_too_long_is_canceled() -> None:
    world = a_world()
    world.queries.polls = ["started"]
    world.queries.at_poll = lambda: setattr(world.clock, "tick", timedelta(minutes=20))
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "query_timed_out")
    assert world.queries.canceled == ["job-1"]


# Cancellation


def canceled(run: Run) -> Run:
    return run.moved(RunStatus.CANCELED, at=NOON)


def test_a_run_that_was_canceled_before_it_began_does_nothing() -> None:
    world = a_world()
    world.change(canceled)
    assert world.execute().status is RunStatus.CANCELED
    assert world.queries.asked == []
    assert world.files.kept == {}


def test_a_run_canceled_while_it_waits_cancels_the_query() -> None:
    world = a_world()
    world.queries.polls = ["started"]
    polls = iter(range(3))

    def cancel_late() -> None:
        if next(polls, None) is None:
            world.change(canceled)

    world.queries.at_poll = cancel_late
    assert world.execute().status is RunStatus.CANCELED
    assert world.queries.canceled == ["job-1"]


@pytest.mark.parametrize("stage", [Stage.SCREEN, Stage.EXPORT, Stage.DELIVER])
def test_a_run_canceled_between_two_stages_goes_no_further(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = a_world()
    move = world.runs.move

    def moved(run: Run) -> Run:
        kept = move(run)
        if kept.stage is stage and not kept.is_over:
            move(canceled(kept))
        return kept

    monkeypatch.setattr(world.runs, "move", moved)
    run = world.execute()
    assert run.status is RunStatus.CANCELED
    assert run.stage is stage
    if stage is not Stage.DELIVER:
        assert world.receiver.files == {}


def test_a_run_canceled_between_two_deliveries_sends_no_second_file() -> None:
    world = a_world()
    world.receiver.at_delivery = lambda: world.change(canceled)
    assert world.execute().status is RunStatus.CANCELED
    assert len(world.receiver.files) == 1


def test_a_campaign_that_is_deleted_while_it_runs_stops_the_run() -> None:
    world = a_world()
    world.queries.at_poll = lambda: world.campaigns.move(world.campaign.deleted(NOON))
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "campaign_not_found")


def test_an_exporter_that_is_gone_stops_the_run() -> None:
    world = a_world(exporter_id=an_id())
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "exporter_not_found")
