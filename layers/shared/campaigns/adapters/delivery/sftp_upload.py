"""One file to one server, so that its name holds the whole file or nothing of it.

The file grows under a temporary name in its own directory and is then renamed. The temporary
name follows from name and content, so whoever tries again finds what is there, checks it and
goes on at its end. A name that already holds the same content is left alone.
"""

import contextlib
import hashlib
from collections import deque
from dataclasses import dataclass
from typing import BinaryIO

from campaigns.adapters.delivery.sftp_protocol import Attributes, Code, Open, Refused, Sftp
from campaigns.adapters.delivery.sources import Source
from campaigns.domain.delivery import (
    DirectoryMissing,
    FileExists,
    Overwrite,
    PermissionRefused,
    Publish,
    RemoteFileDiffers,
    RenameRefused,
    ServerFull,
    SftpDestination,
    SourceEndedEarly,
    temporary_name,
)

LARGE_WRITE = 261_120  # what OpenSSH takes at most
SMALL_WRITE = 32_768  # what every server has to take
WINDOW = 64  # writes in flight
_HEAD = 1 << 16
_TAIL = WINDOW * LARGE_WRITE


@dataclass
class WriteSize:
    """How much goes into one write, as learnt from this server."""

    bytes: int = LARGE_WRITE
    proven: bool = False
    tried: bool = False

    @classmethod
    def of(cls, sftp: Sftp) -> "WriteSize":
        longest = sftp.longest_write()
        return cls() if longest is None else cls(min(longest, LARGE_WRITE), proven=True)

    @classmethod
    def small(cls) -> "WriteSize":
        return cls(SMALL_WRITE, proven=True)

    @property
    def doubtful(self) -> bool:
        """A large write was sent and none has been accepted yet."""
        return self.tried and not self.proven


@dataclass(frozen=True)
class _Begun:
    handle: bytes
    size: int


@dataclass(frozen=True)
class Placed:
    path: str
    published: str
    resumed_from: int = 0


def enter(sftp: Sftp, to: SftpDestination) -> str:
    """The target directory as an absolute path, made first only where that is asked for."""
    if to.directory:
        try:
            found = sftp.find(to.directory)
            if found is None and to.create_dirs:
                _make_directories(sftp, to.directory)
                found = sftp.find(to.directory)
        except Refused as refused:
            raise PermissionRefused(to.address, f"enter {to.directory!r}") from refused
        if found is None or found.is_directory is False:
            raise DirectoryMissing(to.address, to.directory)
    try:
        return sftp.absolute(to.directory or ".")
    except Refused:
        return to.directory


def _make_directories(sftp: Sftp, path: str) -> None:
    made = ""
    for part in path.split("/"):
        made += part
        if part and sftp.find(made) is None:
            try:
                sftp.make_directory(made)
            except Refused:
                # Two deliveries may make it at the same time.
                if sftp.find(made) is None:
                    raise
        made += "/"


class Upload:
    """The delivery of `source` as `name` in `directory`, over an open session."""

    def __init__(
        self,
        sftp: Sftp,
        to: SftpDestination,
        directory: str,
        size: WriteSize,
        source: Source,
        name: str,
    ) -> None:
        self._sftp = sftp
        self._to = to
        self._directory = directory
        self._write_size = size
        self._source = source
        self.final = join(directory, name)
        self.growing = join(directory, temporary_name(name, source.sha256))
        if to.publish == Publish.DIRECT:
            self.growing = self.final

    def place(self) -> Placed:
        direct = self._to.publish == Publish.DIRECT
        existing = self._find(self.final)
        if existing is not None and self._is_the_source(existing):
            if not direct:
                self._remove_quietly(self.growing)
            return Placed(self.final, "already-there")
        begun = self._begun(self.growing)
        # Written in place, the beginning of the source is our own broken attempt.
        ours = existing is None or (direct and (begun is not None or existing.size == 0))
        if self._to.overwrite == Overwrite.REFUSE and not ours:
            raise FileExists(self._to.address, self.final)
        self.fill(begun)
        published = "direct" if direct else self.publish()
        self._check_size(self.final, self._find(self.final))
        return Placed(self.final, published, begun.size if begun else 0)

    # What is there already.

    def _find(self, path: str) -> Attributes | None:
        try:
            return self._sftp.find(path)
        except Refused as refused:
            raise PermissionRefused(self._to.address, f"look at {path}") from refused

    def _is_the_source(self, found: Attributes) -> bool:
        if found.size != self._source.size or found.is_directory:
            return False
        digest = hashlib.sha256()
        try:
            handle = self._sftp.open(self.final, Open.READ)
            for data in self._sftp.read(handle, 0, self._source.size):
                digest.update(data)
            self._sftp.close(handle)
        except Refused:
            # In a drop box nothing can be read back, so nothing can be presumed.
            return False
        return digest.hexdigest() == self._source.sha256

    def _begun(self, path: str) -> _Begun | None:
        """What an earlier attempt left at `path`, if it is surely the beginning of the source.

        The tail that is compared covers every write that can have been in flight when the
        connection broke, so a hole among them is noticed. What was checked is written to by the
        same handle: the name may mean another file by then.
        """
        found = self._find(path)
        if found is None or not found.size or found.size > self._source.size:
            return None
        try:
            handle = self._sftp.open(path, Open.READ | Open.WRITE)
            size = self._sftp.look_at(handle).size or 0
            tail = max(0, size - _TAIL)
            same = self._same(handle, 0, min(size, _HEAD)) and self._same(handle, tail, size - tail)
            if same and size:
                return _Begun(handle, size)
            self._sftp.close(handle)
        except Refused:
            pass
        return None

    def _same(self, handle: bytes, start: int, length: int) -> bool:
        with self._source.open(start) as stream:
            for theirs in self._sftp.read(handle, start, length):
                if _exactly(stream, len(theirs)) != theirs:
                    return False
                length -= len(theirs)
        return length == 0

    # Writing.

    def fill(self, begun: _Begun | None = None) -> None:
        """Write what is missing, or all of it, and check the size the server has then."""
        path = self.growing
        try:
            handle, offset = (begun.handle, begun.size) if begun else (self._create(path), 0)
        except Refused as refused:
            if refused.code == Code.NO_SUCH_FILE:
                raise DirectoryMissing(self._to.address, self._directory) from refused
            raise self._not_written(refused, path) from refused
        try:
            self._write(handle, offset)
            written = self._written(handle)
            self._sftp.close(handle)
        except Refused as refused:
            # Half a file is of no use on a full disk, and harmful under the final name.
            with contextlib.suppress(Refused):
                self._sftp.close(handle)
            self._remove_quietly(path)
            raise self._not_written(refused, path) from refused
        self._check_size(path, written or self._find(path))

    def _create(self, path: str) -> bytes:
        """A new file rather than an emptied one: another delivery may be writing to the old."""
        begin = Open.TRUNCATE
        if path != self.final:
            with contextlib.suppress(Refused):
                self._sftp.remove(path)
            if self._sftp.find(path) is None:
                begin = Open.EXCLUSIVE
        return self._sftp.open(path, Open.WRITE | Open.CREATE | begin)

    def _written(self, handle: bytes) -> Attributes | None:
        try:
            return self._sftp.look_at(handle)
        except Refused:
            return None  # not every server knows a file by its handle

    def _write(self, handle: bytes, offset: int) -> None:
        """Keep `WINDOW` writes open and wait for the oldest; every answer is looked at."""
        confirm, write, end = self._sftp.confirm, self._sftp.write, self._source.size
        waiting: deque[int] = deque()
        with contextlib.ExitStack() as closing:
            if offset < end:
                stream = closing.enter_context(self._source.open(offset))
            while offset < end:
                data = _exactly(stream, min(self._write_size.bytes, end - offset))
                if not data:
                    raise SourceEndedEarly(self._to.address, end, offset)
                if self._write_size.proven or len(data) <= SMALL_WRITE:
                    waiting.append(write(handle, offset, data))
                    if len(waiting) == WINDOW:
                        confirm(waiting.popleft())
                else:
                    self._try_large(handle, offset, data)
                offset += len(data)
            while waiting:
                confirm(waiting.popleft())

    def _try_large(self, handle: bytes, offset: int, data: bytes) -> None:
        """The first large write goes alone; who refuses it gets small ones from now on."""
        self._write_size.tried = True
        try:
            self._sftp.confirm(self._sftp.write(handle, offset, data))
        except Refused as refused:
            if refused.code == Code.PERMISSION_DENIED:
                raise
            self._write_size.bytes = SMALL_WRITE
            for start in range(0, len(data), SMALL_WRITE):
                piece = data[start : start + SMALL_WRITE]
                self._sftp.confirm(self._sftp.write(handle, offset + start, piece))
        self._write_size.proven = True

    def _not_written(self, refused: Refused, path: str) -> PermissionRefused | ServerFull:
        if refused.code == Code.PERMISSION_DENIED:
            return PermissionRefused(self._to.address, f"write to {self._directory or '.'}")
        return ServerFull(self._to.address, path, refused.said)

    # Publishing.

    def publish(self) -> str:
        """Rename over whatever has the name, by the best means the server has."""
        replace = self._to.overwrite == Overwrite.REPLACE
        # Only a plain rename refuses to overwrite, so it alone serves where that is forbidden.
        if replace and "posix-rename@openssh.com" in self._sftp.extensions:
            try:
                self._sftp.posix_rename(self.growing, self.final)
                return "posix-rename"
            except Refused as refused:
                if refused.code == Code.NO_SUCH_FILE:
                    raise self._not_renamed(refused) from refused
        try:
            self._sftp.rename(self.growing, self.final)
            return "rename"
        except Refused as refused:
            if refused.code == Code.NO_SUCH_FILE or self._find(self.final) is None:
                raise self._not_renamed(refused) from refused
            if not replace:
                self._remove_quietly(self.growing)
                raise FileExists(self._to.address, self.final) from refused
        return self._delete_and_rename()

    def _delete_and_rename(self) -> str:
        """The last resort. That the server renames at all is tried before anything is deleted."""
        aside = self.growing + "2"
        self._remove_quietly(aside)
        try:
            self._sftp.rename(self.growing, aside)
            self._sftp.rename(aside, self.growing)
            self._sftp.remove(self.final)
            self._sftp.rename(self.growing, self.final)
        except Refused as refused:
            self._remove_quietly(aside)
            raise self._not_renamed(refused) from refused
        return "delete+rename"

    def _not_renamed(self, refused: Refused) -> RenameRefused | RemoteFileDiffers:
        if refused.code == Code.NO_SUCH_FILE:
            # Another delivery of the same file was quicker; trying again finds what it did.
            return RemoteFileDiffers(self._to.address, self.growing, self._source.size, 0)
        self._remove_quietly(self.growing)
        return RenameRefused(self._to.address, self.final, refused.said)

    def _check_size(self, path: str, found: Attributes | None) -> None:
        # A receiver that takes a file away at once has it; only a wrong size is a fault.
        if found is not None and found.size is not None and found.size != self._source.size:
            raise RemoteFileDiffers(self._to.address, path, self._source.size, found.size)

    def _remove_quietly(self, path: str) -> None:
        with contextlib.suppress(Refused):
            self._sftp.remove(path)


def join(directory: str, name: str) -> str:
    return f"{directory.rstrip('/')}/{name}" if directory else name


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer at the end; a network stream may give less than asked for."""
    data = stream.read(size)
    while data and len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data
