"""One customer for each test, whose servers have to end quietly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.delivery.customer import Customer


@pytest.fixture
def customer(tmp_path: Path) -> Iterator[Customer]:
    customer = Customer(tmp_path)
    yield customer
    for channel in customer.channels:
        channel.close()
    assert [server.stop() for server in customer.servers] == [0] * len(customer.servers)
