"""The embedded SFTP server keeps to its directory, its address and its word."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import paramiko
import pytest

from campaigns.adapters.delivery.sources import BytesSource
from local.sftp_server import REPOSITORY, SftpServerProcess
from tests.integration.delivery.customer import Customer, connect


@contextmanager
def client(server: SftpServerProcess) -> Iterator[paramiko.SFTPClient]:
    """Another SFTP client than ours."""
    transport = paramiko.Transport(connect(server.host, server.port))
    try:
        transport.connect(username=server.user, password=server.password)
        sftp = paramiko.SFTPClient.from_transport(transport)
        assert sftp is not None
        yield sftp
    finally:
        transport.close()


def test_another_client_can_do_everything_a_client_does(customer: Customer) -> None:
    with client(customer.server()) as sftp:
        sftp.mkdir("in")
        with sftp.open("in/a.csv", "wb") as file:
            file.write(b"content")
        assert sftp.stat("in/a.csv").st_size == 7
        sftp.rename("in/a.csv", "in/b.csv")
        assert sftp.listdir("in") == ["b.csv"]
        with sftp.open("in/b.csv", "rb") as file:
            assert file.read() == b"content"
        sftp.remove("in/b.csv")
        sftp.rmdir("in")
        assert sftp.listdir(".") == []
        with pytest.raises(FileNotFoundError):
            sftp.stat("in")


@pytest.mark.parametrize(
    "path", ["../secret", "/../secret", "in/../../secret", "link", "up/secret"]
)
def test_nothing_outside_the_root_can_be_reached(customer: Customer, path: str) -> None:
    secret = customer.folder / "secret"
    secret.write_bytes(b"secret")
    server = customer.server()
    (customer.root / "in").mkdir()
    (customer.root / "link").symlink_to(secret)
    (customer.root / "up").symlink_to(customer.folder)
    with client(server) as sftp:
        with pytest.raises(OSError), sftp.open(path, "rb") as file:  # noqa: PT011
            file.read()
        with suppress(OSError), sftp.open(path, "wb") as file:
            file.write(b"overwritten")
        with suppress(OSError):
            sftp.remove(path)
    assert secret.read_bytes() == b"secret"


def test_files_and_host_key_survive_a_restart(customer: Customer) -> None:
    first = customer.server()
    customer.channel(first).deliver(BytesSource(b"x"), "a.csv")
    assert first.stop() == 0
    second = customer.server()
    assert second.host_key == first.host_key
    assert second.fingerprint == first.fingerprint
    assert customer.files() == {"a.csv": b"x"}


def test_several_clients_are_served_at_once(customer: Customer) -> None:
    server = customer.server()
    with client(server) as one, client(server) as two, one.open("a", "wb") as file:
        file.write(b"one")
        with two.open("b", "wb") as other:
            other.write(b"two")
        assert customer.files()["b"] == b"two"
    assert customer.files() == {"a": b"one", "b": b"two"}


def test_it_stops_quietly_even_with_a_client_connected(customer: Customer) -> None:
    command = [sys.executable, "-m", "local.sftp_server", "--root", str(customer.root)]
    with subprocess.Popen(
        [*command, "--user", "u", "--password", "p"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert '"port": ' in ready
        with connect("127.0.0.1", int(ready.split('"port": ')[1].split(",")[0])):
            process.terminate()
            _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")


def test_it_ends_when_the_process_that_wanted_it_ends(customer: Customer) -> None:
    starter = """
import sys
from pathlib import Path
from local.sftp_server import SftpServerProcess
server = SftpServerProcess(Path(sys.argv[1])).start()
print(server._process.pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(customer.root)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        server = int(process.stdout.readline())
        watched = os.pidfd_open(server)
        process.kill()
    assert select.select([watched], [], [], 20)[0] == [watched]
    os.close(watched)
