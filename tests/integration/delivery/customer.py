"""A customer's SFTP server as a real process, and the way to it."""

import json
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from campaigns.adapters.delivery.sftp import SftpChannel
from campaigns.adapters.delivery.sftp_session import TIMEOUT
from campaigns.adapters.outbound import Outbound
from campaigns.domain.delivery import SftpDestination
from local.sftp_server import SftpServerProcess


def connect(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), timeout=30)


def resolve(host: str, port: int) -> list[str]:
    return Outbound(frozenset({"127.0.0.1"}), resolver=_nobody).addresses(host, port)


def _nobody(*_: Any, **__: Any) -> list[Any]:
    raise socket.gaierror


@dataclass
class Customer:
    """Starts servers with faults, opens channels to them, and looks at what arrived."""

    folder: Path
    servers: list[SftpServerProcess] = field(default_factory=list)
    channels: list[SftpChannel] = field(default_factory=list)

    def server(self, *options: str) -> SftpServerProcess:
        """Every server of a test has the same files and the same host key."""
        events = str(self.folder / "events")
        server = SftpServerProcess(self.folder / "root", "--events", events, *options)
        self.servers.append(server)
        return server.start()

    def destination(self, server: SftpServerProcess, **settings: Any) -> SftpDestination:
        usual: dict[str, Any] = {
            "host": server.host,
            "port": server.port,
            "username": server.user,
            "password": server.password,
            "host_key": server.host_key,
        }
        return SftpDestination(**usual | settings)

    def channel(self, server: SftpServerProcess, **settings: Any) -> SftpChannel:
        return self.open(self.destination(server, **settings))

    def open(self, destination: SftpDestination, *, timeout: float = TIMEOUT) -> SftpChannel:
        channel = SftpChannel(
            destination,
            connect=connect,
            resolve=resolve,
            now=lambda: datetime.now(UTC),
            timeout=timeout,
        )
        self.channels.append(channel)
        return channel

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def files(self) -> dict[str, bytes]:
        """Everything on the server, hidden or not, by its path."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file()
        }

    def events(self, kind: str) -> list[dict[str, Any]]:
        noted = self.folder / "events"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [event for line in lines if (event := json.loads(line))["event"] == kind]
