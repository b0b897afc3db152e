"""A file arrives whole, once and under its name, or the refusal says what to do."""

import contextlib
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from campaigns.adapters.delivery.sources import BytesSource, FileSource
from campaigns.domain.delivery import (
    ConnectionLost,
    DirectoryMissing,
    FileExists,
    PermissionRefused,
    RenameRefused,
    ServerFull,
    SftpDestination,
    SourceEndedEarly,
)
from campaigns.domain.errors import Invalid, Unavailable
from campaigns.domain.identity import moment
from tests.integration.delivery.customer import Customer

FILE = BytesSource(b"borrower,phone\n1,+13125550100\n")
OTHER = BytesSource(b"borrower,phone\n2,+13125550199\n")
LONG = BytesSource(os.urandom(1_000_000))


def test_the_receipt_proves_what_was_delivered(customer: Customer) -> None:
    server = customer.server()
    before = datetime.now(UTC)
    receipt = customer.channel(server).deliver(FILE, "a.csv", attempts=3)
    assert customer.files() == {"a.csv": FILE.content}
    assert before <= receipt.started_at <= receipt.finished_at
    assert receipt.as_dict() == {
        "host": "127.0.0.1",
        "port": server.port,
        "fingerprint": server.fingerprint,
        "hostKey": server.host_key,
        "remotePath": "/a.csv",
        "bytes": FILE.size,
        "sha256": FILE.sha256,
        "published": "posix-rename",
        "attempts": 3,
        "resumedFrom": 0,
        "startedAt": moment(receipt.started_at),
        "finishedAt": moment(receipt.finished_at),
    }


def test_several_files_go_over_one_connection(customer: Customer) -> None:
    server = customer.server()
    with customer.channel(server) as channel:
        for name in ("contacts.csv", "log.txt", "contacts.done"):
            channel.deliver(BytesSource(name.encode()), name)
    assert customer.files() == {
        "contacts.csv": b"contacts.csv",
        "log.txt": b"log.txt",
        "contacts.done": b"contacts.done",
    }
    assert len(customer.events("connect")) == 1


def test_an_empty_file_is_a_file(customer: Customer) -> None:
    receipt = customer.channel(customer.server()).deliver(BytesSource(b""), "a.done")
    assert (customer.files(), receipt.bytes) == ({"a.done": b""}, 0)


@pytest.mark.parametrize(
    "name", ["with space.csv", "Straße №1 日本.csv", "x" * 251 + ".csv", "-rf"]
)
def test_any_name_that_a_file_can_have_is_kept(customer: Customer, name: str) -> None:
    customer.channel(customer.server()).deliver(FILE, name)
    assert customer.files() == {name: FILE.content}


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc/passwd", "a\nb", "x" * 256])
def test_a_name_that_leaves_the_directory_is_refused(customer: Customer, name: str) -> None:
    with pytest.raises(Invalid):
        customer.channel(customer.server()).deliver(FILE, name)
    assert customer.events("connect") == []


def test_a_large_file_arrives_unchanged(customer: Customer, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(1_000_000) * 30)
    source = FileSource.of(path)
    receipt = customer.channel(customer.server()).deliver(source, "large.csv")
    assert FileSource.of(customer.root / "large.csv").sha256 == source.sha256 == receipt.sha256
    assert list(customer.files()) == ["large.csv"]


@pytest.mark.parametrize("directory", ["in", "/in", "in/", "./in"])
def test_files_go_into_the_directory(customer: Customer, directory: str) -> None:
    (customer.root / "in").mkdir(parents=True)
    receipt = customer.channel(customer.server(), directory=directory).deliver(FILE, "a.csv")
    assert (customer.files(), receipt.remote_path) == ({"in/a.csv": FILE.content}, "/in/a.csv")


def test_a_missing_directory_is_not_made_unasked(customer: Customer) -> None:
    with pytest.raises(DirectoryMissing, match="in/deep"):
        customer.channel(customer.server(), directory="in/deep").deliver(FILE, "a.csv")
    assert list(customer.root.iterdir()) == []


@pytest.mark.parametrize("directory", ["in/deep", "/in/deep/"])
def test_a_missing_directory_is_made_when_asked(customer: Customer, directory: str) -> None:
    channel = customer.channel(customer.server(), directory=directory, create_dirs=True)
    channel.deliver(FILE, "a.csv")
    assert customer.files() == {"in/deep/a.csv": FILE.content}


def test_a_file_is_not_a_directory(customer: Customer) -> None:
    customer.root.mkdir()
    (customer.root / "in").write_text("a file")
    with pytest.raises(DirectoryMissing):
        customer.channel(customer.server(), directory="in").deliver(FILE, "a.csv")


def test_a_directory_without_the_right_to_write_says_so(customer: Customer) -> None:
    with pytest.raises(PermissionRefused, match="write"):
        customer.channel(customer.server("--read-only")).deliver(FILE, "a.csv")


def test_delivering_the_same_again_changes_nothing(customer: Customer) -> None:
    server = customer.server()
    customer.channel(server).deliver(LONG, "a.csv")
    made = (customer.root / "a.csv").stat()
    receipt = customer.channel(server).deliver(LONG, "a.csv")
    assert receipt.published == "already-there"
    assert (customer.root / "a.csv").stat() == made
    assert customer.files() == {"a.csv": LONG.content}


@pytest.mark.parametrize("publish", ["rename", "direct"])
@pytest.mark.parametrize("fault", [(), ("--no-posix-rename",)])
def test_other_content_under_the_name_is_replaced(
    customer: Customer, fault: tuple[str, ...], publish: str
) -> None:
    channel = customer.channel(customer.server(*fault), publish=publish)
    channel.deliver(LONG, "a.csv")
    channel.deliver(FILE, "a.csv")
    receipt = channel.deliver(OTHER, "a.csv")
    assert customer.files() == {"a.csv": OTHER.content}
    by_rename = "delete+rename" if fault else "posix-rename"
    assert receipt.published == ("direct" if publish == "direct" else by_rename)


def test_without_posix_rename_a_free_name_takes_a_plain_one(customer: Customer) -> None:
    receipt = customer.channel(customer.server("--no-posix-rename")).deliver(FILE, "a.csv")
    assert (customer.files(), receipt.published) == ({"a.csv": FILE.content}, "rename")


@pytest.mark.parametrize("publish", ["rename", "direct"])
def test_refusing_to_overwrite_keeps_the_other_file(customer: Customer, publish: str) -> None:
    channel = customer.channel(customer.server(), overwrite="refuse", publish=publish)
    channel.deliver(FILE, "a.csv")
    assert channel.deliver(FILE, "a.csv").published == "already-there"
    with pytest.raises(FileExists, match=r"/a\.csv"):
        channel.deliver(OTHER, "a.csv")
    assert customer.files() == {"a.csv": FILE.content}


def test_a_server_that_never_renames_asks_for_direct(customer: Customer) -> None:
    server = customer.server("--no-rename")
    with pytest.raises(RenameRefused, match='set publish to "direct"'):
        customer.channel(server).deliver(FILE, "a.csv")
    assert customer.files() == {}
    customer.channel(server, publish="direct").deliver(FILE, "a.csv")
    assert customer.files() == {"a.csv": FILE.content}


@pytest.mark.parametrize("fault", [(), ("--no-posix-rename",)])
def test_a_server_that_never_renames_loses_no_older_file(
    customer: Customer, fault: tuple[str, ...]
) -> None:
    customer.channel(customer.server()).deliver(OTHER, "a.csv")
    with pytest.raises(RenameRefused):
        customer.channel(customer.server("--no-rename", *fault)).deliver(FILE, "a.csv")
    assert customer.files() == {"a.csv": OTHER.content}


@pytest.mark.parametrize("publish", ["rename", "direct"])
@pytest.mark.parametrize("room", [0, 40_000, 700_000])
def test_a_full_disk_leaves_nothing_under_the_name(
    customer: Customer, room: int, publish: str
) -> None:
    channel = customer.channel(customer.server("--disk", str(room)), publish=publish)
    with pytest.raises(ServerFull, match="No space left on device"):
        channel.deliver(LONG, "a.csv")
    assert customer.files() == {}


@pytest.mark.parametrize("limit", ["--max-write", "--max-packet"])
def test_a_server_that_takes_only_small_writes_gets_small_ones(
    customer: Customer, limit: str
) -> None:
    channel = customer.channel(customer.server(limit, "32768"))
    channel.deliver(LONG, "a.csv")
    channel.deliver(LONG, "b.csv")
    assert customer.files() == {"a.csv": LONG.content, "b.csv": LONG.content}


def test_a_source_that_ends_early_is_not_published(customer: Customer, tmp_path: Path) -> None:
    path = tmp_path / "shrunk"
    path.write_bytes(LONG.content[:600_000])
    source = FileSource(path, LONG.size, LONG.sha256)
    with pytest.raises(SourceEndedEarly, match="600000"):
        customer.channel(customer.server()).deliver(source, "a.csv")
    assert "a.csv" not in customer.files()


def test_two_deliveries_of_the_same_file_at_once_give_one_file(customer: Customer) -> None:
    server = customer.server()
    channels = [customer.channel(server) for _ in range(4)]

    def deliver(number: int) -> None:
        for _ in range(20):
            # One may find the temporary file as another one is just beginning or ending it.
            with contextlib.suppress(Unavailable):
                channels[number].deliver(LONG, "a.csv")
                return
        raise AssertionError("a delivery never came through")

    with ThreadPoolExecutor() as pool:
        list(pool.map(deliver, range(4)))
    assert customer.files() == {"a.csv": LONG.content}


def test_something_that_is_not_ssh_is_a_lost_connection(customer: Customer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        web = threading.Thread(target=answer)
        web.start()
        port = listener.getsockname()[1]
        destination = SftpDestination(host="127.0.0.1", port=port, username="x", password="y")
        with pytest.raises(ConnectionLost, match=str(port)):
            customer.open(destination).deliver(FILE, "a.csv")
        web.join()
