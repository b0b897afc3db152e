"""GET /v1/runs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.run import Run, RunStatus
from campaigns.usecases import list_company_runs
from tests.builders import a_run
from tests.integration.lender import Lender, new_id

LIST = "management/list_runs"


def listed(lender: Lender, **query: Any) -> Any:
    answer = lender.call(LIST, query=query)
    assert answer.status == 200, answer.body
    return answer.body


def opened(lender: Lender, at: datetime, status: RunStatus = RunStatus.COMPLETED) -> Run:
    """Of a campaign of its own."""
    made = a_run(company_id=lender.id, campaign_id=new_id(), created_at=at, updated_at=at)
    running = wiring.runs().open(replace(made, id=new_id(), campaign_facts={"name": "Spring"}))
    return wiring.runs().move(running.moved(RunStatus.RUNNING, at=at).moved(status, at=at))


def day(number: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_runs_of_all_campaigns_come_newest_first(lender: Lender, stranger: Lender) -> None:
    runs = [opened(lender, day(number)) for number in (1, 2, 3)]
    opened(stranger, day(2))
    seen: list[str] = []
    token: dict[str, Any] = {}
    while token != {"nextToken": None}:
        page = listed(lender, limit=2, **token)
        seen += [one["id"] for one in page["items"]]
        token = {"nextToken": page["nextToken"]}
    assert seen == [run.id for run in reversed(runs)]
    assert page["items"][-1]["campaignName"] == "Spring"


def test_days_are_those_of_the_company(lender: Lender) -> None:
    """Midnight in Chicago is six in the morning in UTC."""
    before, first, last, behind = (
        opened(lender, at) for at in (day(2, 5), day(2, 6), day(4, 5), day(4, 6))
    )
    found = listed(lender, **{"from": "2026-03-02", "to": "2026-03-03"})["items"]
    assert [one["id"] for one in found] == [last.id, first.id]
    assert before.id != behind.id


def test_days_the_wrong_way_round_are_refused(lender: Lender) -> None:
    answer = lender.call(LIST, query={"from": "2026-03-03", "to": "2026-03-02"})
    assert (answer.status, answer.fields) == (400, ["from"])


def test_what_was_sent_and_put_off_is_counted(lender: Lender) -> None:
    run = opened(lender, day(2))
    counts = replace(run.counts, rows_in=3, sent=1, deferred=2)
    wiring.runs().move(replace(run, counts=counts))
    [shown] = listed(lender)["items"]
    assert (shown["counts"]["sent"], shown["counts"]["deferred"]) == (1, 2)


def test_those_of_one_status_are_looked_for_a_stretch_at_a_time(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_company_runs, "_LOOKED_AT", 2)
    failed = opened(lender, day(1), RunStatus.FAILED)
    for number in (2, 3, 4):
        opened(lender, day(number))
    pages = [listed(lender, status="failed")]
    while pages[-1]["nextToken"] is not None:
        pages.append(listed(lender, status="failed", nextToken=pages[-1]["nextToken"]))
    assert [[one["id"] for one in page["items"]] for page in pages] == [[], [failed.id]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"status": "odd"}, "status"),
        ({"nextToken": "odd"}, "nextToken"),
        ({"limit": 0}, "limit"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(
    lender: Lender, query: dict[str, Any], field: str
) -> None:
    assert lender.call(LIST, query=query).fields == [field]


def test_it_takes_the_right_to_read_runs(lender: Lender) -> None:
    assert lender.allowed("campaigns:read").call(LIST, query={}).status == 403
