"""A dialer's SFTP server as a real process: what lies on it, and how it can misbehave."""

import json
import socket
from pathlib import Path
from typing import Any

from local.sftp_server import ADDRESS, SftpServerProcess


class Dialer:
    """Its servers, one after the other, have the same files and, unless said, the same key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: SftpServerProcess | None = None
        with socket.create_server((ADDRESS, 0)) as free:
            self.port: int = free.getsockname()[1]
        (folder / "root" / "inbox").mkdir(parents=True)

    @property
    def settings(self) -> dict[str, str]:
        """How a campaign reaches it."""
        known = SftpServerProcess(self._folder)
        login = {"username": known.user, "password": known.password}
        return {"host": f"{ADDRESS}:{self.port}", "cdDir": "inbox"} | login

    @property
    def server(self) -> SftpServerProcess:
        assert self._server is not None, "it was not started"
        return self._server

    def start(self, *options: str, key: str = "host-key") -> SftpServerProcess:
        """In place of the one before, at the same port."""
        self.close()
        where = ("--host-key", str(self._folder / key), "--port", str(self.port))
        events = ("--events", str(self._folder / "events"))
        self._server = SftpServerProcess(self._folder / "root", *where, *events, *options)
        return self._server.start()

    def close(self) -> None:
        """The server goes down; its files stay."""
        if self._server is not None:
            assert self._server.stop() == 0

    def files(self) -> dict[str, bytes]:
        """Everything that lies there, whatever it is called."""
        root = self._folder / "root"
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
        }

    def empty(self) -> None:
        """Everything that arrived is taken away."""
        for path in (self._folder / "root" / "inbox").iterdir():
            path.unlink()

    def contacts(self) -> list[bytes]:
        return [data for name, data in self.files().items() if name.endswith("_contacts.csv")]

    def events(self, kind: str) -> list[dict[str, Any]]:
        lines = (self._folder / "events").read_text().splitlines()
        return [event for line in lines if (event := json.loads(line))["event"] == kind]
