"""The same delivery against OpenSSH's own server, with a throw-away configuration."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from campaigns.adapters.delivery.sources import BytesSource, FileSource
from campaigns.domain.delivery import (
    AuthenticationRefused,
    ConnectionLost,
    DirectoryMissing,
    HostKeyChanged,
    PermissionRefused,
    SftpDestination,
    fingerprint,
    parse_host_key,
    temporary_name,
)
from tests.integration.delivery.customer import Customer
from tests.integration.delivery.keys import KINDS, key_pair

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(SSHD is None, reason="OpenSSH's sshd is not installed")

FILE = BytesSource(os.urandom(5_000_000))
HOST_KEYS = ("ed25519", "ecdsa-256", "rsa")


@dataclass
class OpenSsh:
    """sshd on a free port for the user who runs the tests; logins by key only."""

    folder: Path
    customer: Customer
    files: Path = field(init=False)
    port: int = 0

    def __post_init__(self) -> None:
        self.files = self.folder / "files"
        self.files.mkdir()

    def start(self, force: str = "internal-sftp") -> subprocess.Popen[bytes]:
        assert SSHD is not None
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where a privileged sshd locks its child up
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        lines = [
            f"ListenAddress 127.0.0.1:{self.port}",
            f"AuthorizedKeysFile {self.folder}/known",
            f"ForceCommand {force} -d {self.files}",
            "Subsystem sftp internal-sftp",
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "LogLevel INFO",
        ]
        for kind in HOST_KEYS:
            file = self.folder / f"host_{kind}"
            file.write_text(key_pair(kind).private)
            file.chmod(0o600)
            lines.append(f"HostKey {file}")
        known = [key_pair(kind).public for kind in KINDS] + [key_pair("rsa", "right").public]
        (self.folder / "known").write_text("\n".join(known) + "\n")
        (self.folder / "config").write_text("\n".join(lines) + "\n")
        command = [SSHD, "-D", "-e", "-f", str(self.folder / "config")]
        server = subprocess.Popen(command, stderr=subprocess.PIPE)
        assert server.stderr is not None
        said = iter(server.stderr.readline, b"")
        assert any(b"Server listening on" in line for line in said), "sshd did not start"
        return server

    def deliver(self, name: str = "a.csv", source: Any = FILE, **settings: Any) -> Any:
        return self.customer.open(self.destination(**settings)).deliver(source, name)

    def destination(self, **settings: Any) -> SftpDestination:
        usual: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": getpass.getuser(),
            "private_key": key_pair().private,
            "host_key": key_pair("ed25519").public,
        }
        return SftpDestination(**usual | settings)


Start = Callable[..., OpenSsh]


@pytest.fixture
def start(tmp_path: Path, customer: Customer) -> Iterator[Start]:
    running: list[subprocess.Popen[bytes]] = []

    def start(**options: Any) -> OpenSsh:
        openssh = OpenSsh(tmp_path, customer)
        running.append(openssh.start(**options))
        return openssh

    yield start
    for server in running:
        server.terminate()
        server.wait()
        # Not read to the end: a session that is still open holds it open as well.
        assert server.stderr is not None
        server.stderr.close()


def test_a_file_arrives_whole_and_by_an_atomic_rename(start: Start) -> None:
    openssh = start()
    receipt = openssh.deliver()
    assert [path.name for path in openssh.files.iterdir()] == ["a.csv"]
    assert (openssh.files / "a.csv").read_bytes() == FILE.content
    assert receipt.published == "posix-rename"
    assert receipt.remote_path == str(openssh.files / "a.csv")
    assert openssh.deliver().published == "already-there"


def test_a_large_file_arrives_unchanged(start: Start, tmp_path: Path) -> None:
    openssh = start()
    path = tmp_path / "large"
    path.write_bytes(os.urandom(1_000_000) * 30)
    source = FileSource.of(path)
    openssh.deliver("large.csv", source)
    assert FileSource.of(openssh.files / "large.csv").sha256 == source.sha256


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_is_accepted(start: Start, kind: str) -> None:
    start().deliver(private_key=key_pair(kind).private)


def test_a_key_with_a_passphrase_is_accepted(start: Start) -> None:
    start().deliver(private_key=key_pair("rsa", "right").private, passphrase="right")


def test_a_user_without_the_right_key_is_refused(start: Start) -> None:
    openssh = start()
    with pytest.raises(AuthenticationRefused, match="publickey"):
        openssh.deliver(private_key=key_pair("ed25519", "other").private, passphrase="other")
    with pytest.raises(AuthenticationRefused, match="the server takes: publickey"):
        openssh.deliver(private_key=None, password="guess")


@pytest.mark.parametrize("kind", HOST_KEYS)
def test_each_of_its_host_keys_can_be_the_pinned_one(start: Start, kind: str) -> None:
    public = key_pair(kind).public
    assert start().deliver(host_key=public).host_key == public


def test_another_host_key_is_not_talked_to(start: Start) -> None:
    openssh = start()
    with pytest.raises(HostKeyChanged):
        openssh.deliver(host_key=key_pair("ed25519", "other").public)
    assert list(openssh.files.iterdir()) == []


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(start: Start) -> None:
    openssh = start()
    receipt = openssh.deliver(host_key=None)
    printed = subprocess.run(
        ["ssh-keygen", "-lf", "-"], input=receipt.host_key, capture_output=True, text=True
    ).stdout
    assert printed.split()[1] == receipt.fingerprint
    assert receipt.fingerprint == fingerprint(parse_host_key(receipt.host_key)[1])


def test_directories_are_entered_or_made(start: Start) -> None:
    openssh = start()
    with pytest.raises(DirectoryMissing):
        openssh.deliver(directory="in/deep")
    openssh.deliver(directory="in/deep", create_dirs=True)
    assert (openssh.files / "in/deep/a.csv").read_bytes() == FILE.content


def test_a_read_only_server_refuses_for_lack_of_permission(start: Start) -> None:
    openssh = start(force="internal-sftp -R")
    with pytest.raises(PermissionRefused):
        openssh.deliver()


def test_without_posix_rename_the_older_file_is_replaced(start: Start) -> None:
    openssh = start(force="internal-sftp -P posix-rename")
    openssh.deliver(source=BytesSource(b"older"))
    receipt = openssh.deliver()
    assert [path.name for path in openssh.files.iterdir()] == ["a.csv"]
    assert (openssh.files / "a.csv").read_bytes() == FILE.content
    assert receipt.published in {"posix-rename", "delete+rename"}


def test_half_a_file_is_completed(start: Start) -> None:
    openssh = start()
    half = openssh.files / temporary_name("a.csv", FILE.sha256)
    half.write_bytes(FILE.content[:3_000_000])
    assert openssh.deliver().resumed_from == 3_000_000
    assert [path.name for path in openssh.files.iterdir()] == ["a.csv"]
    assert (openssh.files / "a.csv").read_bytes() == FILE.content


def test_a_shell_that_talks_is_not_sftp(start: Start) -> None:
    with pytest.raises(ConnectionLost, match="not SFTP"):
        start(force="echo This account is for file transfer only").deliver()


def test_the_connection_test_passes(start: Start) -> None:
    openssh = start()
    found = openssh.customer.open(openssh.destination()).probe(writing=True, within=20)
    assert found.ok
    assert len(found.steps) == 9
    assert list(openssh.files.iterdir()) == []
