import zipfile
from collections.abc import Iterator
from typing import IO, Any, cast

from campaigns.domain.run import Run, RunFileNotFound, is_table, work_file
from campaigns.ports import Rewriting, RunFiles

_PIECE = 1024 * 1024


def pack_run_files(run: Run, *, files: RunFiles, rewriting: Rewriting | None = None) -> str:
    """Put all available files of a run into one ZIP beside them; answer its name.

    With `rewriting` it holds what that makes of each table. A run that has not changed since
    keeps its ZIP.
    """
    kind = "" if rewriting is None else "-rewritten"
    name = work_file(f"{run.id}-v{run.version}{kind}.zip")
    if is_there(run, name, files):
        return name
    with (
        files.write(run.ref, name) as out,
        zipfile.ZipFile(
            cast(IO[bytes], _Sink(out)), "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as pack,
    ):
        for one in run.available_files:
            make = rewriting if rewriting is not None and is_table(one) else _as_it_is
            with pack.open(one, "w", force_zip64=True) as entry:
                for piece in make(run, one, files=files):
                    entry.write(piece)
    return name


def is_there(run: Run, name: str, files: RunFiles) -> bool:
    try:
        files.read(run.ref, name).close()
    except RunFileNotFound:
        return False
    return True


def _as_it_is(run: Run, name: str, *, files: RunFiles) -> Iterator[bytes]:
    with files.read(run.ref, name) as stream:
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
