"""A stack for each module, and a company for each test on it."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.clock import LocalClock, daytime
from local.emulator import Emulator
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.dialer import Dialer
from tests.e2e.lending import Lending, small_lender


@pytest.fixture(autouse=True)
def nobodys_credentials() -> None:
    """A stack sets the environment itself, for longer than one test."""


@pytest.fixture(scope="module")
def stack(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    data = tmp_path_factory.mktemp("stack")
    small_lender(data)
    name = f"e2e-{uuid.uuid4().hex[:8]}"
    clock = LocalClock(daytime(datetime.now(UTC)))
    with Stack(data, endpoint=emulator.endpoint, name=name, clock=clock, hurry=True) as up:
        yield up


@pytest.fixture
def lending(stack: Stack) -> Lending:
    assert stack.endpoint is not None
    return Lending.new(stack.url, stack.endpoint, stack.name)


@pytest.fixture(scope="module")
def faulty_redash(stack: Stack) -> Iterator[RedashServer]:
    folder = stack.lender_database.parent
    with RedashServer(
        stack.lender_database, key=QUERY_KEY, data=folder, workers=4, faults=True
    ) as server:
        yield server


@pytest.fixture
def redash(faulty_redash: RedashServer) -> RedashServer:
    """A query server that does wrong what the test tells it to."""
    faulty_redash.calm()
    faulty_redash.seen()
    return faulty_redash


@pytest.fixture
def dialer(tmp_path: Path) -> Iterator[Dialer]:
    with closing(Dialer(tmp_path / "dialer")) as dialer:
        yield dialer
