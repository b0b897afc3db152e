"""A query from submission to its rows, against a real server process."""

import json
import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from campaigns.domain.query import KeyRefused, QueryRefused, QuerySourceGone, parse_query_url
from local.redash_queries import NAMED
from local.redash_server import RedashServer
from tests.integration.redash.conftest import USER_KEY, Client


def test_the_rows_are_what_the_database_holds(client: Client, database: Path) -> None:
    with closing(sqlite3.connect(database)) as lender:
        cursor = lender.execute(NAMED["overdue"][1])
        columns = [name for name, *_ in cursor.description]
        expected = [dict(zip(columns, row, strict=True)) for row in cursor]
    result = client.run("overdue")
    assert result.columns == columns
    assert list(result) == expected
    assert len(expected) > 50


def test_a_submission_asks_for_a_fresh_unlimited_execution(client: Client) -> None:
    address = client.address("in-state", state="CA")
    client.source.submit(address, USER_KEY)
    (request,) = client.server.seen()
    assert request["method"] == "POST"
    assert request["path"] == f"/api/queries/{address.query_id}/results"
    assert json.loads(request["body"]) == {
        "max_age": 0,
        "apply_auto_limit": False,
        "parameters": {"state": "CA"},
    }
    headers = request["headers"]
    assert headers["Authorization"] == f"Key {USER_KEY}"
    assert headers["Connection"] == "close"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["Host"] == f"127.0.0.1:{client.server.port}"


def test_every_execution_is_fresh(client: Client) -> None:
    address = client.address("ids")
    assert client.finished(address, USER_KEY) < client.finished(address, USER_KEY)


def test_more_than_a_thousand_rows_come_back(client: Client) -> None:
    with client.run("big", rows="12345") as result:
        assert sum(len(batch) for batch in result.batches()) == 12345


def test_a_job_is_queued_then_started_then_done(database: Path, tmp_path: Path) -> None:
    with RedashServer(database, key=USER_KEY, data=tmp_path, workers=1) as server:
        client = Client(server)
        slow, quick = client.address("slow"), client.address("nobody")
        running = client.source.submit(slow, USER_KEY)["jobId"]
        waiting = client.source.submit(quick, USER_KEY)["jobId"]
        client.until("started", slow, USER_KEY, running)
        expected = {"state": "queued", "resultId": None}
        assert client.source.poll(quick, USER_KEY, waiting) == expected
        client.source.cancel(slow, USER_KEY, running)
        client.until("done", quick, USER_KEY, waiting)


def test_a_canceled_job_ends_the_run_with_redashs_words(client: Client) -> None:
    address = client.address("slow")
    job_id = client.source.submit(address, USER_KEY)["jobId"]
    client.until("started", address, USER_KEY, job_id)
    client.source.cancel(address, USER_KEY, job_id)
    with pytest.raises(QueryRefused, match="cancelled by user"):
        client.source.poll(address, USER_KEY, job_id)


def test_a_querys_own_key_runs_that_query(client: Client) -> None:
    key = client.server.query_key("overdue")
    with client.run("overdue") as users, client.run("overdue", key) as querys:
        assert list(users) == list(querys)
        assert users.columns == querys.columns
    paths = [request["path"] for request in client.server.seen()]
    assert any("/api/queries/1/jobs/" in path for path in paths)
    assert any(path.startswith("/api/queries/1/results/") for path in paths)


def test_a_user_reads_the_text_of_a_query_as_it_is_stored(client: Client) -> None:
    address = client.address("in-state", state="CA")
    assert client.source.text(address, USER_KEY) == NAMED["in-state"][1]
    (request,) = client.server.seen()
    assert (request["method"], request["path"]) == ("GET", f"/api/queries/{address.query_id}")
    assert request["headers"]["Authorization"] == f"Key {USER_KEY}"


def test_an_edited_text_is_read_and_run(client: Client) -> None:
    before = client.source.text(client.address("nobody"), USER_KEY)
    edited = "SELECT 7 AS borrowerId, 'Ж 🦊' AS name"
    client.server.edit("nobody", edited)
    try:
        assert client.source.text(client.address("nobody"), USER_KEY) == edited
        assert list(client.run("nobody")) == [{"borrowerId": 7, "name": "Ж 🦊"}]
    finally:
        client.server.edit("nobody", before)
    assert client.server.text("nobody") == before


def test_a_querys_own_key_does_not_read_its_text(client: Client) -> None:
    with pytest.raises(KeyRefused):
        client.source.text(client.address("ids"), client.server.query_key("ids"))


def test_a_text_that_may_not_be_seen_is_refused_in_redashs_words(client: Client) -> None:
    with pytest.raises(QueryRefused, match="don't have the permission"):
        client.source.text(client.address("no-access"), USER_KEY)
    missing = parse_query_url(f"{client.server.url}/queries/999", allow_http=True)
    with pytest.raises(QueryRefused, match="not found on the server"):
        client.source.text(missing, USER_KEY)


def test_a_querys_own_key_opens_no_other_query(client: Client) -> None:
    with pytest.raises(KeyRefused):
        client.source.submit(client.address("ids"), client.server.query_key("overdue"))


def test_a_querys_own_key_cannot_cancel_and_nothing_is_said(client: Client) -> None:
    address, key = client.address("slow"), client.server.query_key("slow")
    job_id = client.source.submit(address, key)["jobId"]
    client.source.cancel(address, key, job_id)
    client.until("started", address, key, job_id)
    client.source.cancel(address, USER_KEY, job_id)


@pytest.mark.parametrize("key", ["wrong", "", "two words", "line\nend", "clé"])
def test_a_key_that_redash_does_not_know_is_refused(client: Client, key: str) -> None:
    address = client.address("ids")
    result_id = client.finished(address, USER_KEY)
    with pytest.raises(KeyRefused):
        client.source.submit(address, key)
    with pytest.raises(KeyRefused):
        client.source.poll(address, key, "some-job")
    with pytest.raises(KeyRefused):
        client.source.rows(address, key, result_id)


def test_a_query_that_does_not_exist_is_not_the_keys_fault(client: Client) -> None:
    address = parse_query_url(f"{client.server.url}/queries/999", allow_http=True)
    with pytest.raises(QueryRefused, match="not found on the server"):
        client.source.submit(address, USER_KEY)


def test_no_access_to_the_data_source_is_told(client: Client) -> None:
    with pytest.raises(QueryRefused, match="do not have permission"):
        client.source.submit(client.address("no-access"), USER_KEY)


def test_a_data_source_that_is_gone_is_told(client: Client) -> None:
    with pytest.raises(QuerySourceGone, match="data source"):
        client.source.submit(client.address("source-gone"), USER_KEY)


def test_a_missing_parameter_is_named(client: Client) -> None:
    with pytest.raises(QueryRefused, match="Missing parameter value for: state"):
        client.source.submit(client.address("in-state"), USER_KEY)


def test_a_wrong_parameter_is_named(client: Client) -> None:
    with pytest.raises(QueryRefused, match="incompatible with their definitions: rows"):
        client.source.submit(client.address("big", rows="many"), USER_KEY)


def test_parameters_reach_the_query(client: Client) -> None:
    with client.run("in-state", state="CA") as some, client.run("in-state", state="ZZ") as none:
        assert len(list(some)) > 0
        assert list(none) == []


@pytest.mark.parametrize(
    ("slug", "reason"), [("broken", "no such column: no_such_column"), ("infinite", "float")]
)
def test_an_error_of_the_database_is_passed_on(client: Client, slug: str, reason: str) -> None:
    with pytest.raises(QueryRefused, match=reason):
        client.run(slug)


def test_a_result_without_rows_still_has_its_columns(client: Client) -> None:
    result = client.run("nobody")
    assert result.columns == ["borrowerId", "state"]
    assert list(result) == []


def test_columns_of_one_name_come_back_numbered(client: Client) -> None:
    assert client.run("same-names").columns == ["id", "id1"]


def test_a_numeric_column_comes_back_as_floats(client: Client) -> None:
    assert next(iter(client.run("numeric-ids")))["borrowerId"] == 100001.0


def test_odd_texts_come_back_unchanged(client: Client, database: Path) -> None:
    with closing(sqlite3.connect(database)) as lender:
        cursor = lender.execute(NAMED["odd"][1])
        expected = [tuple(row) for row in cursor]
    assert [tuple(row.values()) for row in client.run("odd")] == expected


def test_an_organisation_stands_before_every_path(database: Path, tmp_path: Path) -> None:
    with RedashServer(database, key=USER_KEY, data=tmp_path, organisation="acme") as server:
        assert "/acme/queries/" in server.query_url("ids")
        assert len(list(Client(server).run("ids"))) > 0


def test_queries_keys_and_results_survive_a_restart(database: Path, tmp_path: Path) -> None:
    with RedashServer(database, key=USER_KEY, data=tmp_path) as server:
        client = Client(server)
        key, result_id = server.query_key("ids"), client.finished(client.address("ids"), USER_KEY)
    with RedashServer(database, key=USER_KEY, data=tmp_path) as server:
        client = Client(server)
        assert server.query_key("ids") == key
        assert len(list(client.source.rows(client.address("ids"), key, result_id))) > 0
        assert client.finished(client.address("ids"), USER_KEY) > result_id


def test_stopping_early_releases_the_connection(client: Client) -> None:
    result = client.run("big", rows="50000")
    assert next(iter(result))["borrowerId"] == 100001
    result.close()
    assert len(list(client.run("nobody"))) == 0


def test_memory_does_not_grow_with_the_rows(client: Client) -> None:
    address = client.address("big", rows="100000")
    result_id = client.finished(address, USER_KEY)
    tracemalloc.start()
    try:
        with client.source.rows(address, USER_KEY, result_id) as result:
            assert sum(len(batch) for batch in result.batches()) == 100_000
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()
