"""The local server behaves like the real one also where a careful client never goes."""

import http.client
import json
from typing import Any

import pytest

from local.redash_server import RedashServer
from tests.integration.redash.conftest import USER_KEY, Client

Reply = tuple[int, str, Any]


def ask(server: RedashServer, method: str, path: str, body: Any = None, key: str = "") -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    try:
        headers = {"Authorization": f"Key {key}"} if key else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        kind = response.headers["Content-Type"]
        found = response.read()
        assert response.headers["Connection"] == "close"
        return response.status, kind, json.loads(found) if "json" in kind else found
    finally:
        connection.close()


def results_of(client: Client, slug: str) -> str:
    return f"/api/queries/{client.address(slug).query_id}/results"


@pytest.mark.parametrize("body", [None, {}, {"max_age": -1}, [], {"parameters": {}}])
def test_without_max_age_any_stored_result_will_do(client: Client, body: Any) -> None:
    result_id = client.finished(client.address("nobody"), USER_KEY)
    _, _, found = ask(client.server, "POST", results_of(client, "nobody"), body, USER_KEY)
    assert found["query_result"]["id"] == result_id


def test_without_apply_auto_limit_a_thousand_rows_are_all(client: Client) -> None:
    body = {"max_age": 0, "parameters": {"rows": "5000"}}
    _, _, found = ask(client.server, "POST", results_of(client, "big"), body, USER_KEY)
    address = client.address("big", rows="5000")
    client.until("done", address, USER_KEY, found["job"]["id"])
    result_id = client.source.poll(address, USER_KEY, found["job"]["id"])["resultId"]
    assert sum(1 for _ in client.source.rows(address, USER_KEY, result_id)) == 1000


def test_a_path_that_is_none_is_a_page_or_a_login(client: Client) -> None:
    for path in ("/", "/api/nothing", "/queries/1", "/ping"):
        status, kind, _ = ask(client.server, "GET", path, key=USER_KEY)
        assert (status, kind) == (200, "text/html; charset=utf-8")
        assert ask(client.server, "GET", path)[0] == 302


def test_a_key_may_also_stand_in_the_url(client: Client) -> None:
    assert ask(client.server, "GET", f"/api/jobs/none?api_key={USER_KEY}")[0] == 500
    assert ask(client.server, "GET", "/api/jobs/none?api_key=wrong")[0] == 404


def test_parameters_are_pasted_raw_but_nothing_can_be_written(client: Client) -> None:
    everything = {"state": "' OR '1' = '1"}
    with client.run("in-state", **everything) as all_states:
        assert len(list(all_states)) > 50
    body = {"max_age": 0, "apply_auto_limit": False, "parameters": {"rows": "1"}}
    for sql in ("1; DROP TABLE loans", "0) DELETE FROM loans --"):
        body["parameters"] = {"state": f"' ; {sql}"}
        ask(client.server, "POST", results_of(client, "in-state"), body, USER_KEY)
    with client.run("ids") as still_there:
        assert len(list(still_there)) > 0


def test_without_the_option_no_fault_can_be_asked_for(client: Client, database: Any) -> None:
    with RedashServer(database, key=USER_KEY, data=database.parent / "plain") as server:
        assert ask(server, "POST", "/_test/faults", {"route": "poll", "fault": "500"})[0] == 302
        with pytest.raises(ValueError, match="302"):
            server.fail("poll", "500")
