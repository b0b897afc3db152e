"""An SFTP server for this machine: `python -m local.sftp_server --root DIR --user U --password P`.

It stands in for a customer's server in the embedded stack and in tests: one user, one directory
that nothing leaves, 127.0.0.1 only. When it is ready it prints one line of JSON with `port`,
`fingerprint` and `hostKey`. Files and host key stay where they are and outlive the process.
The fault options make it behave like the less friendly servers of this world.
"""

import argparse
import base64
import contextlib
import hmac
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import (
    AUTH_FAILED,
    AUTH_PARTIALLY_SUCCESSFUL,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)
from paramiko.server import InteractiveQuery

from local.sftp_files import Connection, Files, Rules

ADDRESS = "127.0.0.1"
REPOSITORY = Path(__file__).resolve().parents[1]


class Login(Connection):
    """One connection's way in."""

    def __init__(self, rules: Rules, transport: paramiko.Transport) -> None:
        self.rules = rules
        self.transport = transport
        secret = "keyboard-interactive" if rules.keyboard_interactive else "password"
        self._by_password = secret
        self._required = {
            "any": set(),
            "password": {secret},
            "key": {"publickey"},
            "both": {secret, "publickey"},
        }[rules.require]
        self._passed: set[str] = set()

    def get_allowed_auths(self, username: str) -> str:
        wanted = self._required or {self._by_password, "publickey"}
        return ",".join(sorted(wanted - self._passed))

    def check_auth_password(self, username: str, password: str) -> int:
        return self._judge("password", username, self._same(password))

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self._judge("publickey", username, key.asbytes() in self.rules.keys)

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        if self._by_password != "keyboard-interactive" or username != self.rules.user:
            return AUTH_FAILED
        return InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        right = len(responses) == 1 and self._same(responses[0])
        return self._judge("keyboard-interactive", self.rules.user, right)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if kind == "session":
            return OPEN_SUCCEEDED
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def _same(self, password: str) -> bool:
        return hmac.compare_digest(password.encode(), self.rules.password.encode())

    def _judge(self, method: str, username: str, right: bool) -> int:
        offered = method in self.get_allowed_auths(username).split(",")
        accepted = offered and right and username == self.rules.user
        self.rules.note("auth", method=method, accepted=accepted)
        if not accepted:
            return AUTH_FAILED
        self._passed.add(method)
        if self._required <= self._passed:
            return AUTH_SUCCESSFUL
        return AUTH_PARTIALLY_SUCCESSFUL


class Session(paramiko.SFTPServer):
    """paramiko's server, saying what it can do and why it refuses."""

    server: Files

    def _send_server_version(self) -> int:
        assert self.sock is not None
        with self.sock.makefile("rb") as stream:
            version: int = struct.unpack(">IBI", stream.read(9))[2]
        words = [b"posix-rename@openssh.com", b"1"] if self.server.rules.posix_rename else []
        body = struct.pack(">BI", 2, 3) + b"".join(struct.pack(">I", len(w)) + w for w in words)
        self.sock.sendall(struct.pack(">I", len(body)) + body)
        return version

    def _send_status(self, request_number: int, code: int, desc: str | None = None) -> None:
        words, self.server.words = self.server.words, None
        super()._send_status(request_number, code, desc or words)  # type: ignore[misc]


def host_key(path: Path) -> paramiko.PKey:
    """The key kept in `path`, made there the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
    return paramiko.PKey.from_path(path)


def serve(listener: socket.socket, rules: Rules, keys: list[paramiko.PKey]) -> None:
    """Take connections until the process is told to stop."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rules.note("connect")
        transport = paramiko.Transport(connection)
        for key in keys:
            transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", Session, sftp_si=Files)
        with contextlib.suppress(paramiko.SSHException):
            transport.start_server(event=threading.Event(), server=Login(rules, transport))


def main() -> None:
    # A peer that hangs up in the middle is everyday life here, not news.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    asked = _arguments().parse_args()
    asked.root.mkdir(parents=True, exist_ok=True)
    root = asked.root.resolve()
    keys = [host_key(path) for path in asked.host_key or [root.with_name(root.name + ".host_key")]]
    known = asked.authorized_key.read_text().splitlines() if asked.authorized_key else []
    with contextlib.ExitStack() as closing:
        rules = Rules(
            root=root,
            user=asked.user,
            password=asked.password,
            keys=frozenset(base64.b64decode(line.split()[1]) for line in known if line.strip()),
            require=asked.require,
            keyboard_interactive=asked.keyboard_interactive,
            read_only=asked.read_only,
            rename=asked.rename,
            posix_rename=asked.posix_rename,
            max_write=asked.max_write,
            max_packet=asked.max_packet,
            disk=asked.disk,
            cut_after=asked.cut_after,
            lose=asked.lose,
            readable=asked.readable,
            events=closing.enter_context(asked.events.open("a")) if asked.events else None,
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
        if asked.with_parent:
            threading.Thread(target=_stop_with_parent, daemon=True).start()
        listener = closing.enter_context(socket.create_server((ADDRESS, asked.port)))
        ready = {
            "port": listener.getsockname()[1],
            "fingerprint": keys[0].fingerprint,
            "hostKey": f"{keys[0].get_name()} {keys[0].get_base64()}",
        }
        print(json.dumps(ready), flush=True)
        serve(listener, rules, keys)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local.sftp_server", description=__doc__)
    say = parser.add_argument
    say("--port", type=int, default=0, help="0 takes a free one")
    say("--root", type=Path, required=True, help="what the user sees as /; made if missing")
    say("--user", required=True)
    say("--password", required=True)
    say("--authorized-key", type=Path, metavar="FILE", help="public keys, one a line")
    say(
        "--host-key",
        type=Path,
        action="append",
        metavar="FILE",
        help="private key, made if missing; may be repeated; default: beside the root",
    )
    say("--require", choices=["any", "password", "key", "both"], default="any")
    say("--keyboard-interactive", action="store_true", help="ask for the password that way only")
    say("--events", type=Path, metavar="FILE", help="append what happens, one JSON object a line")
    say("--with-parent", action="store_true", help="stop when standard input ends")
    faults = parser.add_argument_group("faults")
    say = faults.add_argument
    say("--cut-after", type=int, metavar="BYTES", help="drop the connection once, after so many")
    say("--lose", type=int, default=0, metavar="BYTES", help="lose so many when renaming")
    say("--no-read", dest="readable", action="store_false", help="a drop box: nothing is read back")
    say("--disk", type=int, metavar="BYTES", help="all files together may not be larger")
    say("--no-rename", dest="rename", action="store_false")
    say("--no-posix-rename", dest="posix_rename", action="store_false")
    say("--max-write", type=int, metavar="BYTES", help="refuse larger writes")
    say("--max-packet", type=int, metavar="BYTES", help="hang up on larger writes")
    say("--read-only", action="store_true")
    return parser


def _stop_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


class SftpServerProcess:
    """The server as a child process, up when `start` or `with` returns."""

    def __init__(
        self, root: Path, *options: str, user: str = "campaigns", password: str = "local-only"
    ) -> None:
        self.root = root
        self.user = user
        self.password = password
        self.host = ADDRESS
        self.port = 0
        self.host_key = ""
        self.fingerprint = ""
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "SftpServerProcess":
        command = [sys.executable, "-m", "local.sftp_server", "--with-parent"]
        command += ["--root", str(self.root), "--user", self.user, "--password", self.password]
        self._process = process = subprocess.Popen(
            [*command, *self._options],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the SFTP server did not start")
        ready: dict[str, Any] = json.loads(line)
        self.port, self.host_key = ready["port"], ready["hostKey"]
        self.fingerprint = ready["fingerprint"]
        return self

    def freeze(self) -> None:
        """From now on it says nothing, and does not hang up either."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # The signal is under way until each of its threads has come to a halt.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """End it and wait; its exit code, which is 0 when all is well."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGCONT)
        process.terminate()
        with process:
            return process.wait()

    def __enter__(self) -> "SftpServerProcess":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


if __name__ == "__main__":
    main()
