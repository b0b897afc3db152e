"""A ZIP that is written from front to back, into anything that takes bytes."""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from campaigns.domain.run import RunRef
from campaigns.ports import RunFiles

_PIECE = 1024 * 1024


class ZipStream:
    def __init__(self, pack: zipfile.ZipFile) -> None:
        self._pack = pack

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        with self._pack.open(name, "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)


@contextmanager
def zipping(out: Any) -> Iterator[ZipStream]:
    with zipfile.ZipFile(
        cast(IO[bytes], _Sink(out)), "w", zipfile.ZIP_DEFLATED, compresslevel=1
    ) as pack:
        yield ZipStream(pack)


def pieces_of(files: RunFiles, ref: RunRef, name: str) -> Iterator[bytes]:
    """A file, some at a time."""
    with files.read(ref, name) as stream:
        while piece := stream.read(_PIECE):
            yield piece


class _Sink:
    """Just enough of a file for a ZIP that is written from front to back."""

    def __init__(self, out: Any) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        self._out.write(bytes(data))
        return len(data)

    def flush(self) -> None: ...
