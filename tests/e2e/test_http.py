"""HTTP as clients really speak it: large, odd, hurried, all at once."""

import gc
import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore.config import Config

from campaigns import wiring
from campaigns.adapters.dynamodb.runs import DynamoRunStore
from campaigns.adapters.engine import LambdaRunEngine
from campaigns.domain.public_id import CAMPAIGN, read
from campaigns.domain.run import RunInProgress
from campaigns.usecases.start_run import start_run
from local.api_client import upload
from local.durable import LocalDurable
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.lending import Lending

MANY = 50

# Fifty askers at once open more connections than botocore's pools keep. Those that it drops are
# found by the garbage collector, which is botocore's affair and no fault of what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module", autouse=True)
def garbage_of_our_own() -> Iterator[None]:
    """Found here, before tests elsewhere could be blamed for it."""
    yield
    gc.collect()


MEGABYTE = 1_000_000


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def send(stack: Stack, lending: Lending) -> Callable[..., Answer]:
    def send(method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        where = urlsplit(stack.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        usual = {"X-API-KEY": lending.api.key, "Content-Type": "application/json"}
        try:
            connection.request(method, path, body, usual | headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    return send


@pytest.mark.parametrize("megabytes", [1.1, 10, 10.5, 40])
def test_a_body_that_is_too_large_is_refused_in_the_words_of_the_api(
    send: Callable[..., Answer], lending: Lending, megabytes: float
) -> None:
    body = b'{"name": "' + b"x" * int(megabytes * MEGABYTE) + b'"}'
    answer = send("POST", f"{lending.base}/campaigns", body)
    assert answer.status == 413
    assert answer.json == {"status": 413, "message": "The body is larger than 1 MB.", "data": None}


def test_a_body_of_no_stated_length_is_refused(send: Callable[..., Answer], stack: Stack) -> None:
    where = urlsplit(stack.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    connection.putrequest("POST", "/companies/x/campaigns")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()
    assert send("POST", "/companies/x/campaigns", b"{}", **{"Content-Length": "-1"}).status == 411


def test_a_wrong_method_is_told_the_right_ones(
    send: Callable[..., Answer], lending: Lending
) -> None:
    answer = send("DELETE", f"{lending.base}/campaigns")
    assert (answer.status, answer.json["status"], answer.json["data"]) == (405, 405, None)
    assert answer.headers["allow"] == "GET, POST"


def test_an_unknown_address_is_answered_in_the_shape_of_the_api_that_was_meant(
    send: Callable[..., Answer], lending: Lending
) -> None:
    answer = send("GET", f"{lending.base}/campains")
    assert (answer.status, answer.json["status"], answer.json["data"]) == (404, 404, None)
    assert send("GET", "/favicon.ico").status == 404
    assert send("GET", "/").status == 404


def test_head_has_no_body_and_leaves_the_connection_in_order(
    stack: Stack, lending: Lending
) -> None:
    where = urlsplit(stack.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    key = {"X-API-KEY": lending.api.key}
    connection.request("HEAD", f"{lending.base}/campaigns", headers=key)
    head = Answer(connection.getresponse())
    assert (head.status, head.body) == (405, b"")
    connection.request("GET", f"{lending.base}/campaigns", headers=key)
    assert Answer(connection.getresponse()).json["total"] == 0
    connection.close()


def test_options_are_no_method_of_ours_and_do_no_harm(
    send: Callable[..., Answer], lending: Lending
) -> None:
    answer = send("OPTIONS", f"{lending.base}/campaigns", Origin="https://example.com")
    assert answer.status == 405
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("id", ["spring 2025", "früh-ling", "50%", "a+b", "q&a", "née", "a;b"])
def test_any_external_id_is_found_by_its_encoded_path(
    send: Callable[..., Answer], lending: Lending, id: str
) -> None:
    campaign = lending.campaign(externalId=id)
    path = f"{lending.base}/campaigns/{quote(f'ext-{id}', safe='')}"
    answer = send("GET", path)
    assert (answer.status, answer.json["data"]["id"]) == (200, campaign)
    assert send("GET", f"{path}/runs").json["total"] == 0


def test_a_broken_encoding_in_the_path_is_a_thing_not_found(
    send: Callable[..., Answer], lending: Lending
) -> None:
    for odd in ("%", "%zz", "%00", "%ff%fe", "..%2F..", "a" * 3_000):
        answer = send("GET", f"{lending.base}/campaigns/{odd}")
        assert answer.status in (400, 404), (odd, answer.status)
        assert answer.json["data"] is None


def test_a_body_that_is_not_text_is_refused(send: Callable[..., Answer], lending: Lending) -> None:
    for body in (b"\xff\xfe", b"{", b"[]", b'"text"', b"null", b'{"name": 1'):
        answer = send("POST", f"{lending.base}/campaigns", body)
        assert (answer.status, answer.json["status"]) == (400, 400), body


@pytest.fixture
def busy(lending: Lending, redash: RedashServer, stack: Stack) -> Iterator[str]:
    """A campaign whose runs do not end by themselves before the test does."""
    slow = redash.query_url("slow")
    campaign = lending.campaign(redashQueryUrl=slow, redashApiKey=QUERY_KEY)
    yield campaign
    stack.clock.advance_to(stack.clock.now() + timedelta(hours=1))
    for run in lending.runs(campaign):
        lending.follow(campaign, run["id"])


def test_fifty_starts_at_once_begin_one_run(lending: Lending, busy: str) -> None:
    path = f"{lending.base}/campaigns/{busy}/runs"
    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(lambda _: lending.api.call("POST", path), range(MANY)))
    assert Counter(answer.status for answer in answers) == {200: 1, 409: MANY - 1}
    assert {answer.json["status"] for answer in answers} == {"pending", 409}
    assert len(lending.runs(busy)) == 1


def test_fifty_starts_at_once_in_the_store_itself_begin_one_run(
    lending: Lending, busy: str
) -> None:
    """The gateway lets one request in at a time; separate Lambdas would not."""
    campaign = wiring.campaigns().get(lending.company_id, read(CAMPAIGN, busy) or "")
    # As many connections as there are askers: what a pool drops, nobody closes.
    wide = Config(max_pool_connections=MANY)
    table, functions = boto3.client("dynamodb", config=wide), boto3.client("lambda", config=wide)
    known = wiring.settings()
    tools: dict[str, Any] = {
        "runs": DynamoRunStore(table, known.campaigns_table),
        "exporters": wiring.exporters(),
        "files": wiring.files(),
        "engine": LambdaRunEngine(functions, known.campaign_run_function),
        "new_id": wiring.new_id,
        "now": wiring.now,
    }
    together = Barrier(MANY)

    def start(_: int) -> str:
        together.wait()
        try:
            return start_run(campaign, None, None, **tools).id
        except RunInProgress as refused:
            return f"busy with {refused.run_id}"

    with ThreadPoolExecutor(MANY) as pool:
        answers = Counter(pool.map(start, range(MANY)))
    table.close()
    functions.close()
    [started] = (answer for answer in answers if not answer.startswith("busy"))
    assert answers == {started: 1, f"busy with {started}": MANY - 1}
    assert len(lending.runs(busy)) == 1


def test_fifty_repeats_of_one_request_find_one_run(lending: Lending, busy: str) -> None:
    path, key = f"{lending.base}/campaigns/{busy}/runs", {"Idempotency-Key": "once"}
    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(lambda _: lending.api.call("POST", path, headers=key), range(MANY)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["id"] for answer in answers}) == 1


def _out_of_order(*_: object) -> None:
    raise KeyError("no such function")


def test_a_run_that_cannot_be_begun_is_failed_and_does_not_block_its_campaign(
    stack: Stack, lending: Lending, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = lending.campaign()
    path = f"{lending.base}/campaigns/{campaign}/runs"
    with monkeypatch.context() as broken:
        broken.setattr(LocalDurable, "start", _out_of_order)
        answer = lending.api.call("POST", path, {"queryResultsOverride": []})
    assert answer.status == 503
    assert "send the same request again" in answer.json["message"]
    [failed] = lending.runs(campaign)
    assert (failed["status"], failed["errorMessage"]) == ("failed", "the run could not be started")
    assert lending.run(campaign, [])["status"] == "completed"


def test_a_worker_outside_does_a_run_by_http_alone(lending: Lending, tmp_path: Path) -> None:
    campaign = lending.campaign()
    runs = f"{lending.base}/campaigns/{campaign}/runs"
    run = lending.api.take("POST", runs, {"worker": "outside"})
    path, content = f"{runs}/{run['id']}", b"id,phone\r\n1,+15125550123\r\n"
    lending.api.take("PATCH", path, {"status": "running"})
    asked = lending.api.take("POST", f"{path}/files", {"fileName": "contacts_output.csv"})["data"]
    (tmp_path / "contacts.csv").write_bytes(content)
    upload(asked["uploadUrl"], tmp_path / "contacts.csv")
    report = {"status": "completed", "contactsOutputFileId": asked["id"]}
    ended = lending.api.take("PUT", path, report)
    assert (ended["status"], ended["worker"]) == ("completed", "outside")
    assert ended["availableFiles"] == ["contacts_output.csv", "log.txt"]
    assert lending.file(ended, "contacts_output.csv") == content
    assert lending.run(campaign, [])["status"] == "completed"


def test_many_companies_work_at_once_without_seeing_one_another(stack: Stack) -> None:
    assert stack.endpoint is not None
    everybody = [Lending.new(stack.url, stack.endpoint, stack.name) for _ in range(6)]

    def work(one: Lending) -> tuple[str, str]:
        campaign = one.campaign(name=one.company_id)
        return str(one.run(campaign, [])["status"]), str(one.seen(campaign)["name"])

    with ThreadPoolExecutor(len(everybody)) as pool:
        found = list(pool.map(work, everybody))
    assert found == [("completed", one.company_id) for one in everybody]
