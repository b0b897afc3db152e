"""What can be delivered: a size, a digest, and bytes from any offset on."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


class Source(Protocol):
    """A finished file that can be read more than once and never changes.

    `size` is in bytes, `sha256` in hexadecimal. `open` gives a stream that starts at `offset`
    and ends at `size`; it is read in blocks and closed, also half-way.
    """

    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    def open(self, offset: int) -> BinaryIO: ...


@dataclass(frozen=True)
class BytesSource:
    """Something small: a log, a receipt, a trigger file."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def open(self, offset: int) -> BinaryIO:
        return io.BytesIO(self.content[offset:])


@dataclass(frozen=True)
class FileSource:
    """A file on this machine."""

    path: Path
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileSource":
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
        return cls(path, path.stat().st_size, digest.hexdigest())

    def open(self, offset: int) -> BinaryIO:
        stream = self.path.open("rb")
        stream.seek(offset)
        return stream
