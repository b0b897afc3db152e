import zipfile
from typing import IO, Any, cast

from campaigns.domain.run import Run, RunFileNotFound, work_file
from campaigns.ports import RunFiles

_PIECE = 1024 * 1024


def pack_run_files(run: Run, *, files: RunFiles) -> str:
    """Put all available files of a run into one ZIP beside them; answer its name.

    A run that has not changed since keeps its ZIP.
    """
    name = work_file(f"{run.id}-v{run.version}.zip")
    try:
        files.read(run.ref, name).close()
        return name
    except RunFileNotFound:
        pass
    with (
        files.write(run.ref, name) as out,
        zipfile.ZipFile(
            cast(IO[bytes], _Sink(out)), "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as pack,
    ):
        for one in run.available_files:
            with files.read(run.ref, one) as stream, pack.open(one, "w", force_zip64=True) as entry:
                while piece := stream.read(_PIECE):
                    entry.write(piece)
    return name


class _Sink:
    """Just enough of a file for a ZIP that is written from front to back."""

    def __init__(self, out: Any) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        self._out.write(bytes(data))
        return len(data)

    def flush(self) -> None: ...
