"""Where a run is tried out: its record in memory, its files in a folder, gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from campaigns.adapters.folder_files import FolderRunFiles
from campaigns.adapters.memory import MemoryRunStore


@dataclass(frozen=True, slots=True)
class Scratch:
    files: FolderRunFiles
    runs: MemoryRunStore = field(default_factory=MemoryRunStore)

    def open_channel(self, destination: Any) -> NoReturn:
        raise RuntimeError("nothing is delivered from here")

    def publish(self, *events: Any) -> NoReturn:
        raise RuntimeError("nothing is told from here")


@contextmanager
def scratch() -> Iterator[Scratch]:
    with TemporaryDirectory(prefix="scratch-") as folder:
        yield Scratch(FolderRunFiles(Path(folder)))
