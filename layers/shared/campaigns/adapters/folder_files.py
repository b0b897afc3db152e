"""The files of a run in a folder: streamed like S3's, without the network, and soon gone."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from campaigns.domain.run import RunFile, RunFileNotFound, RunRef


class FolderWriter:
    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._hash = hashlib.sha256()
        self._size = 0
        self.rows = 0

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        self._file.write(data)

    @property
    def facts(self) -> RunFile:
        digest = self._hash.hexdigest()
        return RunFile(name=self._name, bytes=self._size, sha256=digest, rows=self.rows)


class FolderRunFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def write(self, ref: RunRef, name: str) -> Iterator[FolderWriter]:
        path = self.path(ref, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        growing = path.with_name(path.name + ".growing")
        with growing.open("wb") as file:
            writer = FolderWriter(file, name)
            yield writer
        os.replace(growing, path)

    def read(self, ref: RunRef, name: str, *, start: int = 0, end: int | None = None) -> BinaryIO:
        try:
            file = self.path(ref, name).open("rb")
        except FileNotFoundError:
            raise RunFileNotFound(name) from None
        file.seek(start)
        return file if end is None else cast(BinaryIO, _Part(file, end - start))

    def remove(self, ref: RunRef, names: Sequence[str]) -> None:
        for name in names:
            self.path(ref, name).unlink(missing_ok=True)

    def link(self, ref: RunRef, name: str, *, seconds: int) -> str:
        return self.path(ref, name).as_uri()

    upload_link = link

    def size(self, ref: RunRef, name: str) -> int:
        try:
            return self.path(ref, name).stat().st_size
        except FileNotFoundError:
            raise RunFileNotFound(name) from None

    def path(self, ref: RunRef, name: str) -> Path:
        return self._folder / ref.run_id / name


class _Part:
    """A file that ends early."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = max(size, 0)

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    read1 = read

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None: ...

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "_Part":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
