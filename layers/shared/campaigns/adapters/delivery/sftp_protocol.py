"""SFTP version 3, the client's half: requests out, answers in, any number in flight.

An answer is fetched by the number of its request, so a caller decides how many requests it
leaves open and which answer it waits for; answers to the others are kept until asked for.
"""

import stat
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Protocol

from campaigns.domain.delivery import ConnectionLost

_LARGEST_ANSWER = 1 << 24
_READ_SIZE = 32_768  # what every server answers in one piece
_READS_IN_FLIGHT = 32
# One SSH packet's worth of data where the server takes 32 KB packets, as nearly all do: cutting
# a request up here spares paramiko from copying the rest of it once for each packet.
_PIECE = 32_704


class Stream(Protocol):
    """The SSH channel. Both directions raise ConnectionLost, `recv` also at the end."""

    def send(self, data: bytes, /) -> int: ...
    def recv(self, size: int, /) -> bytes: ...
    def lost(self, reason: str, /) -> ConnectionLost: ...


class Request(IntEnum):
    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    FSTAT = 8
    REMOVE = 13
    MKDIR = 14
    REALPATH = 16
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Code(IntEnum):
    """The status codes that make a difference here; a server may send others."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    OP_UNSUPPORTED = 8


class Open(IntFlag):
    READ = 0x01
    WRITE = 0x02
    CREATE = 0x08
    TRUNCATE = 0x10
    EXCLUSIVE = 0x20


class Refused(Exception):
    """The server answered a request with a status other than OK."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.said = "".join(c if c.isprintable() else " " for c in text)[:200] or f"status {code}"
        super().__init__(self.said)


@dataclass(frozen=True)
class Attributes:
    size: int | None
    is_directory: bool | None


class Sftp:
    """A session; `extensions` is what the server offered beyond the standard."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._inbox = bytearray()
        self._answers: dict[int, tuple[int, bytes]] = {}
        self._unwanted: set[int] = set()
        self._last = 0
        self._send(struct.pack(">IBI", 5, Request.INIT, 3))
        kind, body = self._packet()
        if kind != Request.VERSION or len(body) < 4:
            raise self._not_sftp()
        words = [word.decode("utf-8", "replace") for word in self._strings(body[4:])]
        self.extensions = dict(zip(words[::2], words[1::2], strict=False))

    # Files.

    def open(self, path: str, flags: Open) -> bytes:
        return self._handle(Request.OPEN, _text(path) + struct.pack(">II", flags, 0))

    def close(self, handle: bytes) -> None:
        self.confirm(self._request(Request.CLOSE, _bytes(handle)))

    def write(self, handle: bytes, offset: int, data: bytes) -> int:
        """Ask for `data` to be written; `confirm` fetches the answer by the number returned."""
        self._last += 1
        head = struct.pack(">BI", Request.WRITE, self._last) + _bytes(handle)
        head += struct.pack(">QI", offset, len(data))
        head = struct.pack(">I", len(head) + len(data)) + head
        first = _PIECE - len(head)
        self._send(head + data[:first])
        for start in range(first, len(data), _PIECE):
            self._send(data[start : start + _PIECE])
        return self._last

    def confirm(self, number: int) -> None:
        """Wait for the answer to one request; anything but OK raises Refused."""
        kind, body = self._answer(number)
        if kind != Request.STATUS:
            raise self._not_sftp()
        self._status(body)

    def read(self, handle: bytes, start: int, length: int) -> Iterator[bytes]:
        """The bytes of a range in order, up to the end of the file."""
        asked: deque[tuple[int, int, int]] = deque()
        position, end = start, start + length
        try:
            while asked or position < end:
                while position < end and len(asked) < _READS_IN_FLIGHT:
                    size = min(_READ_SIZE, end - position)
                    asked.append((self._ask_to_read(handle, position, size), position, size))
                    position += size
                number, offset, size = asked.popleft()
                while size:
                    data = self._data(number)
                    if not data:
                        return
                    yield data
                    offset, size = offset + len(data), size - len(data)
                    if size:
                        number = self._ask_to_read(handle, offset, size)
        finally:
            self._unwanted.update(number for number, _, _ in asked)

    def look_at(self, handle: bytes) -> Attributes:
        return self._attributes(Request.FSTAT, _bytes(handle))

    # Names.

    def find(self, path: str) -> Attributes | None:
        try:
            return self._attributes(Request.STAT, _text(path))
        except Refused as refused:
            if refused.code == Code.NO_SUCH_FILE:
                return None
            raise

    def remove(self, path: str) -> None:
        self.confirm(self._request(Request.REMOVE, _text(path)))

    def rename(self, old: str, new: str) -> None:
        self.confirm(self._request(Request.RENAME, _text(old) + _text(new)))

    def posix_rename(self, old: str, new: str) -> None:
        body = _text("posix-rename@openssh.com") + _text(old) + _text(new)
        self.confirm(self._request(Request.EXTENDED, body))

    def make_directory(self, path: str) -> None:
        self.confirm(self._request(Request.MKDIR, _text(path) + struct.pack(">I", 0)))

    def absolute(self, path: str) -> str:
        kind, body = self._answer(self._request(Request.REALPATH, _text(path)))
        if kind == Request.STATUS:
            self._status(body)
        if kind != Request.NAME:
            raise self._not_sftp()
        return self._strings(body[4:], 1)[0].decode("utf-8", "surrogateescape")

    def longest_write(self) -> int | None:
        """The most bytes the server says it takes in one write; None where it does not say."""
        if "limits@openssh.com" not in self.extensions:
            return None
        kind, body = self._answer(self._request(Request.EXTENDED, _text("limits@openssh.com")))
        if kind != Request.EXTENDED_REPLY or len(body) < 24:
            return None
        longest: int = struct.unpack_from(">QQQ", body)[2]
        return longest or None

    # Packets.

    def _ask_to_read(self, handle: bytes, offset: int, size: int) -> int:
        return self._request(Request.READ, _bytes(handle) + struct.pack(">QI", offset, size))

    def _data(self, number: int) -> bytes:
        kind, body = self._answer(number)
        if kind == Request.DATA:
            return self._strings(body, 1)[0]
        try:
            self._status(body)
        except Refused as refused:
            if refused.code == Code.EOF:
                return b""
            raise
        raise self._not_sftp()

    def _handle(self, kind: Request, body: bytes) -> bytes:
        kind_of_answer, answer = self._answer(self._request(kind, body))
        if kind_of_answer == Request.STATUS:
            self._status(answer)
        if kind_of_answer != Request.HANDLE:
            raise self._not_sftp()
        return self._strings(answer, 1)[0]

    def _attributes(self, kind: Request, body: bytes) -> Attributes:
        kind_of_answer, answer = self._answer(self._request(kind, body))
        if kind_of_answer == Request.STATUS:
            self._status(answer)
        if kind_of_answer != Request.ATTRS:
            raise self._not_sftp()
        try:
            flags = int.from_bytes(answer[:4], "big")
            position = 4
            size = is_directory = None
            if flags & 0x1:
                (size,) = struct.unpack_from(">Q", answer, position)
                position += 8
            if flags & 0x2:
                position += 8
            if flags & 0x4:
                (mode,) = struct.unpack_from(">I", answer, position)
                is_directory = stat.S_ISDIR(mode)
        except struct.error:
            raise self._not_sftp() from None
        return Attributes(size, is_directory)

    def _status(self, body: bytes) -> None:
        code = int.from_bytes(body[:4], "big")
        if code != Code.OK:
            # Old servers leave the text out.
            words = self._strings(body[4:], 1) if len(body) > 4 else [b""]
            raise Refused(code, words[0].decode("utf-8", "replace"))

    def _strings(self, body: bytes, most: int | None = None) -> list[bytes]:
        found: list[bytes] = []
        position = 0
        while position < len(body) and len(found) != most:
            start = position + 4
            position = start + int.from_bytes(body[position:start], "big")
            if position > len(body):
                raise self._not_sftp()
            found.append(body[start:position])
        if most is not None and len(found) < most:
            raise self._not_sftp()
        return found

    def _request(self, kind: Request, body: bytes) -> int:
        self._last += 1
        self._send(struct.pack(">IBI", 5 + len(body), kind, self._last) + body)
        return self._last

    def _answer(self, number: int) -> tuple[int, bytes]:
        while number not in self._answers:
            kind, body = self._packet()
            answered = int.from_bytes(body[:4], "big")
            if answered in self._unwanted:
                self._unwanted.remove(answered)
            else:
                self._answers[answered] = kind, body[4:]
        return self._answers.pop(number)

    def _packet(self) -> tuple[int, bytes]:
        size = int.from_bytes(self._take(4), "big")
        if not 0 < size <= _LARGEST_ANSWER:
            raise self._not_sftp()
        packet = self._take(size)
        return packet[0], packet[1:]

    def _take(self, size: int) -> bytes:
        while len(self._inbox) < size:
            self._inbox += self._stream.recv(1 << 18)
        taken = bytes(self._inbox[:size])
        del self._inbox[:size]
        return taken

    def _send(self, data: bytes) -> None:
        while sent := self._stream.send(data):
            if sent == len(data):
                return
            data = data[sent:]

    def _not_sftp(self) -> ConnectionLost:
        return self._stream.lost("the server answered something that is not SFTP")


def _bytes(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _text(value: str) -> bytes:
    return _bytes(value.encode("utf-8", "surrogateescape"))
