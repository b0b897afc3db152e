"""Whatever breaks in the middle, trying again ends with one file, whole, and no remains."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from campaigns.adapters.delivery.sources import BytesSource, FileSource
from campaigns.domain.delivery import (
    ConnectionLost,
    RemoteFileDiffers,
    SftpDestination,
    temporary_name,
)
from tests.integration.delivery.customer import Customer

FILE = BytesSource(os.urandom(20_000_000))
HALF = 10_000_000
TEMPORARY = temporary_name("a.csv", FILE.sha256)


@pytest.mark.parametrize("publish", ["rename", "direct"])
@pytest.mark.parametrize("overwrite", ["replace", "refuse"])
def test_a_cut_connection_is_resumed_where_it_broke(
    customer: Customer, publish: str, overwrite: str
) -> None:
    server = customer.server("--cut-after", str(HALF))
    channel = customer.channel(server, publish=publish, overwrite=overwrite)
    with pytest.raises(ConnectionLost):
        channel.deliver(FILE, "a.csv")
    growing = "a.csv" if publish == "direct" else TEMPORARY
    assert {name: len(content) for name, content in customer.files().items()} == {growing: HALF}
    receipt = channel.deliver(FILE, "a.csv", attempts=2)
    assert (receipt.resumed_from, receipt.attempts) == (HALF, 2)
    assert customer.files() == {"a.csv": FILE.content}


def test_a_cut_before_the_first_write_is_answered_counts_as_too_large_a_write(
    customer: Customer,
) -> None:
    server = customer.server("--cut-after", "1000")
    receipt = customer.channel(server).deliver(FILE, "a.csv")
    assert (receipt.resumed_from, customer.files()) == (1000, {"a.csv": FILE.content})


@pytest.mark.parametrize("at", [0, 40_000, HALF - 300_000, HALF - 1])
def test_a_temporary_file_with_other_content_is_written_anew(customer: Customer, at: int) -> None:
    remains = bytearray(FILE.content[:HALF])
    remains[at] ^= 1
    customer.root.mkdir()
    (customer.root / TEMPORARY).write_bytes(remains)
    receipt = customer.channel(customer.server()).deliver(FILE, "a.csv")
    assert (receipt.resumed_from, customer.files()) == (0, {"a.csv": FILE.content})


def test_a_temporary_file_that_is_too_long_is_written_anew(customer: Customer) -> None:
    customer.root.mkdir()
    (customer.root / TEMPORARY).write_bytes(FILE.content + b"more")
    receipt = customer.channel(customer.server()).deliver(FILE, "a.csv")
    assert (receipt.resumed_from, customer.files()) == (0, {"a.csv": FILE.content})


def test_a_finished_temporary_file_is_only_renamed(customer: Customer) -> None:
    customer.root.mkdir()
    (customer.root / TEMPORARY).write_bytes(FILE.content)
    receipt = customer.channel(customer.server()).deliver(FILE, "a.csv")
    assert (receipt.resumed_from, customer.files()) == (FILE.size, {"a.csv": FILE.content})


def test_remains_beside_a_delivered_file_are_removed(customer: Customer) -> None:
    customer.root.mkdir()
    (customer.root / "a.csv").write_bytes(FILE.content)
    (customer.root / TEMPORARY).write_bytes(FILE.content[:HALF])
    receipt = customer.channel(customer.server()).deliver(FILE, "a.csv")
    assert (receipt.published, customer.files()) == ("already-there", {"a.csv": FILE.content})


SILENCE = 3.0
"""Seconds: enough for a busy machine to shake hands, and no more than a test may wait."""


@pytest.mark.parametrize("source", [BytesSource(b"small"), FILE], ids=["small", "large"])
def test_a_server_that_falls_silent_is_a_lost_connection_in_time(
    customer: Customer, source: BytesSource
) -> None:
    server = customer.server()
    channel = customer.open(customer.destination(server), timeout=SILENCE)
    channel.deliver(BytesSource(b"first"), "first.csv")
    server.freeze()
    began = time.monotonic()
    with pytest.raises(ConnectionLost, match="no answer within 3 seconds"):
        channel.deliver(source, "a.csv")
    assert time.monotonic() - began < 10 * SILENCE
    server.thaw()
    channel.deliver(source, "a.csv", attempts=2)
    assert customer.files() == {"first.csv": b"first", "a.csv": source.content}


def test_a_server_that_never_says_a_word_is_a_lost_connection_in_time(customer: Customer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        to = SftpDestination(host="127.0.0.1", port=port, username="x", password="y")
        began = time.monotonic()
        with pytest.raises(ConnectionLost, match=str(port)):
            customer.open(to, timeout=0.3).deliver(FILE, "a.csv")
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("options", [(), ("--no-posix-rename",)])
def test_a_file_that_is_too_short_after_its_rename_is_noticed(
    customer: Customer, options: tuple[str, ...]
) -> None:
    with pytest.raises(RemoteFileDiffers, match="has 19999993 bytes after the upload"):
        customer.channel(customer.server("--lose", "7", *options)).deliver(FILE, "a.csv")
    customer.channel(customer.server()).deliver(FILE, "a.csv", attempts=2)
    assert customer.files() == {"a.csv": FILE.content}


def test_where_nothing_can_be_read_back_a_broken_upload_starts_over(customer: Customer) -> None:
    server = customer.server("--no-read", "--cut-after", str(HALF))
    channel = customer.channel(server)
    with pytest.raises(ConnectionLost):
        channel.deliver(FILE, "a.csv")
    receipt = channel.deliver(FILE, "a.csv", attempts=2)
    assert (receipt.resumed_from, customer.files()) == (0, {"a.csv": FILE.content})


def test_a_server_that_was_restarted_is_found_again(customer: Customer) -> None:
    server = customer.server()
    channel = customer.channel(server)
    channel.deliver(BytesSource(b"first"), "first.csv")
    server.stop()
    again = customer.server("--port", str(server.port))
    assert (again.port, again.host_key) == (server.port, server.host_key)
    with pytest.raises(ConnectionLost):
        channel.deliver(BytesSource(b"second"), "second.csv")
    channel.deliver(BytesSource(b"second"), "second.csv")
    assert customer.files() == {"first.csv": b"first", "second.csv": b"second"}


DELIVERY_THAT_STOPS_HALF_WAY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from campaigns.adapters.delivery.sftp import SftpChannel
from campaigns.adapters.delivery.sources import FileSource
from campaigns.domain.delivery import SftpDestination
from tests.integration.delivery.customer import connect, resolve

class Halting:
    def __init__(self, source):
        self.size, self.sha256, self._source = source.size, source.sha256, source
    def open(self, offset):
        self._stream, self._read = self._source.open(offset), offset
        return self
    def read(self, size):
        if self._read > self.size // 2:
            print("half", flush=True)
            sys.stdin.read()
        self._read += size
        return self._stream.read(size)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self._stream.close()

host, port, username, password, path = sys.argv[1:]
to = SftpDestination(host=host, port=int(port), username=username, password=password)
channel = SftpChannel(to, connect=connect, resolve=resolve, now=lambda: datetime.now(UTC))
channel.deliver(Halting(FileSource.of(Path(path))), "a.csv")
"""


def test_a_delivery_killed_half_way_is_finished_by_another_process(
    customer: Customer, tmp_path: Path
) -> None:
    path = tmp_path / "source"
    path.write_bytes(FILE.content)
    server = customer.server()
    arguments = [server.host, str(server.port), server.user, server.password, str(path)]
    with subprocess.Popen(
        [sys.executable, "-c", DELIVERY_THAT_STOPS_HALF_WAY, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as delivering:
        assert delivering.stdout is not None
        assert delivering.stdout.readline() == b"half\n"
        delivering.send_signal(signal.SIGKILL)
        assert delivering.wait() == -signal.SIGKILL
    assert list(customer.files()) == [TEMPORARY]
    receipt = customer.channel(server).deliver(FileSource.of(path), "a.csv", attempts=2)
    assert customer.files() == {"a.csv": FILE.content}
    assert receipt.published == "posix-rename"
    assert 0 < receipt.resumed_from < FILE.size
