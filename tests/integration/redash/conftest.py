from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from campaigns.adapters.outbound import Outbound
from campaigns.adapters.redash import QueryResult, RedashQuerySource
from campaigns.domain.query import QueryAddress, parse_query_url
from local import lender
from local.redash_server import RedashServer

USER_KEY = "user-key-0123456789abcdefghijklmnopqrstu"
MOST_POLLS = 20_000


class Client:
    """The query source against one server, as a run uses it but without waiting between polls."""

    def __init__(self, server: RedashServer) -> None:
        self.server = server
        self.outbound = Outbound(frozenset({"127.0.0.1"}))
        self.source = RedashQuerySource(connect=self.outbound.connect, allow_http=True)

    def address(self, slug: str, **parameters: str) -> QueryAddress:
        return parse_query_url(self.server.query_url(slug, **parameters), allow_http=True)

    def finished(self, address: QueryAddress, key: str) -> int:
        """Submit, and poll until there is a result."""
        job_id = self.source.submit(address, key)["jobId"]
        for _ in range(MOST_POLLS):
            found = self.source.poll(address, key, job_id)
            if found["state"] == "done":
                return int(found["resultId"])
        raise AssertionError("the job did not end")

    def until(self, state: str, address: QueryAddress, key: str, job_id: str) -> None:
        for _ in range(MOST_POLLS):
            if self.source.poll(address, key, job_id)["state"] == state:
                return
        raise AssertionError(f"the job did not get {state}")

    def run(self, slug: str, key: str = USER_KEY, **parameters: str) -> QueryResult:
        address = self.address(slug, **parameters)
        return self.source.rows(address, key, self.finished(address, key))


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lender") / "lender.db"
    lender.build(path, today=date(2025, 3, 3), borrowers=400)
    return path


@pytest.fixture(scope="module")
def server(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedashServer]:
    """A real server process for the tests of a module; each test asks for its own faults."""
    data = tmp_path_factory.mktemp("redash")
    with RedashServer(database, key=USER_KEY, data=data, faults=True) as running:
        yield running


@pytest.fixture
def client(server: RedashServer) -> Client:
    server.seen()
    return Client(server)
