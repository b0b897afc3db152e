"""The files of the local SFTP server: one directory that nothing leaves, and its faults."""

import functools
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TextIO, TypeVar

import paramiko
from paramiko.sftp import SFTP_FAILURE, SFTP_OK, SFTP_OP_UNSUPPORTED, SFTP_PERMISSION_DENIED

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Rules:
    """What this server allows and how it misbehaves; shared by all its connections."""

    root: Path
    user: str
    password: str
    keys: frozenset[bytes] = frozenset()
    require: str = "any"
    keyboard_interactive: bool = False
    read_only: bool = False
    rename: bool = True
    posix_rename: bool = True
    max_write: int | None = None
    max_packet: int | None = None
    disk: int | None = None
    cut_after: int | None = None
    lose: int = 0
    readable: bool = True
    events: TextIO | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, event: str, **facts: object) -> None:
        if self.events is not None:
            with self.lock:
                print(json.dumps({"event": event, **facts}), file=self.events, flush=True)

    def admit(self, size: int) -> int | None:
        """How many of `size` bytes are written before the connection is cut; None is all."""
        with self.lock:
            if self.cut_after is None:
                return None
            if size < self.cut_after:
                self.cut_after -= size
                return None
            admitted, self.cut_after = self.cut_after, None
            return admitted

    def free(self) -> int:
        if self.disk is None:
            return sys.maxsize
        used = sum(f.stat().st_size for f in self.root.rglob("*") if f.is_file())
        return self.disk - used


class Connection(paramiko.ServerInterface):
    """What the files have to know of the connection they are seen through."""

    rules: Rules
    transport: paramiko.Transport


def answered(method: Callable[P, R]) -> Callable[P, R | int]:
    """An OSError of the file system becomes the status that says so."""

    @functools.wraps(method)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R | int:
        try:
            return method(*args, **kwargs)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    return answer


class OpenFile(paramiko.SFTPHandle):
    def __init__(self, files: "Files", descriptor: int, flags: int) -> None:
        super().__init__(flags)
        self._files = files
        self._descriptor = descriptor

    def close(self) -> None:
        os.close(self._descriptor)

    @answered
    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self._descriptor, length, offset)

    @answered
    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self._descriptor))

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:
        return SFTP_OK

    @answered
    def write(self, offset: int, data: Any) -> int:
        rules, files = self._files.rules, self._files
        if files.hung_up:
            # What was still in the pipe is lost, as it is when a line goes dead.
            return SFTP_FAILURE
        if rules.max_packet is not None and len(data) > rules.max_packet:
            files.hang_up()
            return SFTP_FAILURE
        if rules.max_write is not None and len(data) > rules.max_write:
            return files.refuse("write is too large")
        if offset + len(data) - os.fstat(self._descriptor).st_size > rules.free():
            return files.refuse("No space left on device")
        admitted = rules.admit(len(data))
        rest = memoryview(data)[:admitted]
        while rest:
            written = os.pwrite(self._descriptor, rest, offset)
            rest, offset = rest[written:], offset + written
        if admitted is not None:
            files.hang_up()
        return SFTP_OK


class Files(paramiko.SFTPServerInterface):
    """The root as the client sees it: `/`, with no way out through `..` or a link."""

    def __init__(self, server: paramiko.ServerInterface) -> None:
        super().__init__(server)
        assert isinstance(server, Connection)
        self.rules = server.rules
        self._transport = server.transport
        self.words: str | None = None
        self.hung_up = False

    def refuse(self, words: str) -> int:
        self.words = words
        return SFTP_FAILURE

    def hang_up(self) -> None:
        self.rules.note("cut")
        self.hung_up = True
        self._transport.close()

    @answered
    def open(
        self, path: str, flags: int, attr: paramiko.SFTPAttributes
    ) -> paramiko.SFTPHandle | int:
        real = self._inside(path)
        if flags & (os.O_WRONLY | os.O_RDWR):
            if self.rules.read_only:
                return SFTP_PERMISSION_DENIED
            self.rules.note("open to write", path=path)
        if not self.rules.readable and not flags & os.O_WRONLY:
            return SFTP_PERMISSION_DENIED
        if real.is_dir():
            return SFTP_FAILURE
        return OpenFile(self, os.open(real, flags, 0o644), flags)

    @answered
    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes]:
        with os.scandir(self._inside(path)) as entries:
            return [
                paramiko.SFTPAttributes.from_stat(entry.stat(follow_symlinks=False), entry.name)
                for entry in entries
            ]

    @answered
    def stat(self, path: str) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(self._inside(path).stat())

    @answered
    def lstat(self, path: str) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(self._entry(path).lstat())

    @answered
    def remove(self, path: str) -> int:
        return self._change(lambda: self._entry(path).unlink())

    @answered
    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return self._change(lambda: self._entry(path).mkdir())

    @answered
    def rmdir(self, path: str) -> int:
        return self._change(lambda: self._entry(path).rmdir())

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return SFTP_OK

    @answered
    def rename(self, oldpath: str, newpath: str) -> int:
        old, new = self._entry(oldpath), self._entry(newpath)
        if not self.rules.rename:
            return SFTP_PERMISSION_DENIED
        if os.path.lexists(new):
            return SFTP_FAILURE
        return self._change(lambda: self._lossy(old.rename(new)))

    @answered
    def posix_rename(self, oldpath: str, newpath: str) -> int:
        old, new = self._entry(oldpath), self._entry(newpath)
        if not self.rules.posix_rename:
            return SFTP_OP_UNSUPPORTED
        if not self.rules.rename:
            return SFTP_PERMISSION_DENIED
        return self._change(lambda: self._lossy(old.replace(new)))

    def _lossy(self, moved: Path) -> None:
        if self.rules.lose:
            os.truncate(moved, max(0, moved.stat().st_size - self.rules.lose))

    def _change(self, change: Callable[[], object]) -> int:
        if self.rules.read_only:
            return SFTP_PERMISSION_DENIED
        change()
        return SFTP_OK

    def _inside(self, path: str) -> Path:
        """The file itself, links followed."""
        real = Path(f"{self.rules.root}{self.canonicalize(path)}").resolve()
        if not real.is_relative_to(self.rules.root):
            raise PermissionError(13, "outside the root")
        return real

    def _entry(self, path: str) -> Path:
        """The directory entry, which may be a link."""
        parent, _, name = self.canonicalize(path).rpartition("/")
        if not name:
            raise PermissionError(13, "the root itself")
        return self._inside(parent or "/") / name
