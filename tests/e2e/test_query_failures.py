"""What can go wrong between a campaign and its query, and what an operator reads then.

However a run ends, what it had until then can be downloaded, its log says why, and the campaign
is free for the next run.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.lending import Lending, adds_up


@dataclass
class Asking:
    """A campaign without exporter or destination: all about its query."""

    lending: Lending
    redash: RedashServer

    def run(self, slug: str = "ids", **fields: Any) -> Any:
        usual = {"redashQueryUrl": self.redash.query_url(slug), "redashApiKey": QUERY_KEY}
        return self.lending.run(self.lending.campaign(**usual | fields))

    def await_asked(self, method: str, path: str) -> None:
        """Look again and again, with a bound, until the query server was asked."""
        end = time.monotonic() + 60
        while not self.asked(method, path):
            assert time.monotonic() < end, f"nobody asked {method} {path}"
            time.sleep(0.02)

    def asked(self, method: str, path: str) -> int:
        """How often the query server was asked for something like this."""
        pattern = re.compile(path)
        return sum(
            one["method"] == method and pattern.search(one["path"]) is not None
            for one in self.redash.seen()
        )


@pytest.fixture
def asking(lending: Lending, redash: RedashServer) -> Iterator[Asking]:
    asking = Asking(lending, redash)
    yield asking
    campaigns = lending.api.take("GET", f"{lending.base}/campaigns")["data"]
    assert campaigns
    for campaign in campaigns:
        [run] = lending.runs(campaign["id"])
        assert "log.txt" in run["availableFiles"]
        assert QUERY_KEY not in str(run) + " ".join(lending.log(run))
        if run["errorMessage"]:
            assert lending.log(run)[-1] == run["errorMessage"]
        assert lending.run(campaign["id"], [])["status"] == "completed"


Failing = Callable[[RedashServer], None]


def always(route: str, fault: str) -> Failing:
    return lambda redash: redash.fail(route, fault, times=1000)


def test_an_sql_error_is_told_in_the_database_s_words(asking: Asking) -> None:
    run = asking.run("broken")
    assert run["status"] == "failed"
    assert run["stage"] == "query"
    assert "no such column: no_such_column" in run["errorMessage"]
    assert "/queries/" in run["errorMessage"]
    assert run["availableFiles"] == ["log.txt"]
    assert asking.asked("POST", "/results") == 1, "an SQL error is not asked again"


def test_a_missing_parameter_is_named(asking: Asking) -> None:
    run = asking.run("in-state")
    assert run["status"] == "failed"
    assert "Missing parameter value for: state" in run["errorMessage"]


def test_a_parameter_of_the_campaign_reaches_the_query(asking: Asking) -> None:
    run = asking.run("in-state", queryParameters={"state": "TX"})
    assert (run["status"], run["errorMessage"]) == ("completed", None)


def test_an_unknown_query_is_refused_with_its_address(asking: Asking) -> None:
    url = f"{asking.redash.url}/queries/4711"
    run = asking.run(redashQueryUrl=url)
    assert run["status"] == "failed"
    assert url in run["errorMessage"]


def test_a_wrong_key_is_told_apart_from_a_missing_query(asking: Asking) -> None:
    run = asking.run(redashApiKey="mistyped")
    assert run["status"] == "failed"
    assert "does not accept the key" in run["errorMessage"]
    assert "redashApiKey" in run["errorMessage"]
    assert "mistyped" not in run["errorMessage"]


@pytest.mark.parametrize(
    ("slug", "words"),
    [("no-access", "do not have permission"), ("source-gone", "data source")],
)
def test_a_query_that_may_not_be_run_says_what_is_in_the_way(
    asking: Asking, slug: str, words: str
) -> None:
    run = asking.run(slug)
    assert run["status"] == "failed"
    assert words in run["errorMessage"]


def test_the_key_of_the_query_alone_is_enough(asking: Asking) -> None:
    run = asking.run("ids", redashApiKey=asking.redash.query_key("ids"))
    assert (run["status"], run["counts"]["rowsIn"] > 0) == ("completed", True)


def test_a_server_that_is_down_is_tried_again_and_then_named(asking: Asking, stack: Stack) -> None:
    with RedashServer(stack.lender_database, key=QUERY_KEY, data=stack.data / "gone") as gone:
        url = gone.query_url("ids")
    run = asking.run(redashQueryUrl=url)
    assert run["status"] == "failed"
    assert "127.0.0.1" in run["errorMessage"]
    assert "refused" in run["errorMessage"].lower()
    assert sum("asking" in line for line in asking.lending.log(run)) == 5


@pytest.mark.parametrize(
    ("route", "fault"),
    [("submit", "html"), ("submit", "redirect"), ("poll", "redirect"), ("fetch", "html")],
)
def test_a_web_page_or_a_login_in_its_place_is_not_taken_for_redash(
    asking: Asking, route: str, fault: str
) -> None:
    always(route, fault)(asking.redash)
    run = asking.run()
    assert run["status"] == "failed"
    assert "not with Redash's data" in run["errorMessage"]
    assert "redashQueryUrl" in run["errorMessage"]
    assert asking.asked("GET", "/login") == 0, "a redirect would carry the key away"


@pytest.mark.parametrize(
    ("route", "fault"),
    [("submit", "503"), ("submit", "hang-up"), ("fetch", "500"), ("fetch", "429")],
)
def test_a_passing_weakness_of_the_server_is_waited_out(
    asking: Asking, route: str, fault: str
) -> None:
    asking.redash.fail(route, fault, times=2)
    run = asking.run()
    assert (run["status"], run["errorMessage"]) == ("completed", None)
    assert run["counts"]["rowsIn"] > 0


@pytest.mark.parametrize(("fault", "words"), [("500", "500"), ("hang-up", "Trying again")])
def test_a_lasting_weakness_of_the_server_ends_the_run(
    asking: Asking, fault: str, words: str
) -> None:
    always("submit", fault)(asking.redash)
    run = asking.run()
    assert run["status"] == "failed"
    assert words in run["errorMessage"]


def test_a_job_that_is_lost_is_asked_for_again(asking: Asking) -> None:
    asking.redash.fail("poll", "500", times=2)
    run = asking.run()
    assert run["status"] == "completed"
    assert "query: its job was lost, asking again" in asking.lending.log(run)
    assert asking.asked("POST", "/results") == 2


@pytest.mark.parametrize("fault", ["500", "killed"])
def test_a_job_that_is_always_lost_is_given_up(asking: Asking, fault: str) -> None:
    always("poll", fault)(asking.redash)
    run = asking.run()
    assert run["status"] == "failed"
    assert "jobs kept getting lost" in run["errorMessage"]
    assert asking.asked("POST", "/results") == 3


def test_a_result_that_shows_before_its_job_is_done_is_not_taken(asking: Asking) -> None:
    asking.redash.fail("poll", "early-result", times=3)
    run = asking.run()
    assert (run["status"], run["counts"]["rowsIn"] > 0) == ("completed", True)


def test_a_body_that_breaks_off_is_fetched_again(asking: Asking) -> None:
    asking.redash.fail("fetch", "cut")
    asking.redash.fail("fetch", "cut-unmarked")
    run = asking.run()
    assert run["status"] == "completed"
    whole = asking.run()
    assert asking.lending.file(run, "query_results.csv") == asking.lending.file(
        whole, "query_results.csv"
    )


def test_a_body_that_always_breaks_off_leaves_no_half_result(asking: Asking) -> None:
    always("fetch", "cut")(asking.redash)
    run = asking.run("overdue")
    assert run["status"] == "failed"
    assert "broke off" in run["errorMessage"]
    assert run["availableFiles"] == ["log.txt"]


def test_nobody_to_contact_is_a_run_of_zero_rows(asking: Asking) -> None:
    run = asking.run("nobody")
    assert (run["status"], run["counts"]["rowsIn"]) == ("completed", 0)
    assert asking.lending.file(run, "query_results.csv") == b"borrowerId,state\r\n"
    assert adds_up(run)


def test_a_result_that_names_no_person_fails_and_tells_the_columns(asking: Asking) -> None:
    run = asking.run("by-state")
    assert (run["status"], run["stage"]) == ("failed", "screen")
    assert run["errorMessage"].endswith("Columns seen: state, borrowers")
    assert run["availableFiles"] == ["query_results.csv", "log.txt"]
    assert asking.lending.file(run, "query_results.csv").startswith(b"state,borrowers\r\n")


def test_a_query_that_never_ends_is_canceled_when_patience_does(
    asking: Asking, stack: Stack
) -> None:
    campaign = asking.lending.campaign(
        redashQueryUrl=asking.redash.query_url("slow"), redashApiKey=QUERY_KEY
    )
    started = asking.lending.start(campaign)
    asking.await_asked("GET", "/api/jobs/")
    stack.clock.advance_to(stack.clock.now() + timedelta(minutes=46))
    run = asking.lending.follow(campaign, started)
    assert run["status"] == "failed"
    assert "45 minutes" in run["errorMessage"]
    assert asking.asked("DELETE", "/api/jobs/") == 1


def test_a_query_past_redash_s_own_limit_is_not_tried_again(asking: Asking) -> None:
    always("poll", "500-html")(asking.redash)
    run = asking.run()
    assert run["status"] == "failed"
    assert "time limit of Redash" in run["errorMessage"]
    assert asking.asked("POST", "/results") == 1
