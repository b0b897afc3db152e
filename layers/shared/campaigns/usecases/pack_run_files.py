from collections.abc import Iterator

from campaigns.domain.run import Run, RunFileNotFound, TableUnreadable, is_table, work_file
from campaigns.ports import Rewriting, RunFiles
from campaigns.usecases.zip_stream import pieces_of, zipping


def pack_run_files(run: Run, *, files: RunFiles, rewriting: Rewriting | None = None) -> str:
    """Put all available files of a run into one ZIP beside them; answer its name.

    With `rewriting` it holds what that makes of each table; a table that a worker outside brought
    and that cannot be read stays as it is. A run that has not changed since keeps its ZIP.
    """
    kind = "" if rewriting is None else "-rewritten"
    name = work_file(f"{run.id}-v{run.version}{kind}.zip")
    if is_there(run, name, files):
        return name
    with files.write(run.ref, name) as out, zipping(out) as pack:
        for one in run.available_files:
            make: Rewriting = _as_it_is
            if rewriting is not None and is_table(one) and _is_readable(run, one, files, rewriting):
                make = rewriting
            pack.add(one, make(run, one, files=files))
    return name


def _is_readable(run: Run, name: str, files: RunFiles, rewriting: Rewriting) -> bool:
    """Found out before its entry begins: what is in a ZIP cannot be taken back."""
    if run.file(name).brought:
        try:
            for _ in rewriting(run, name, files=files):
                pass
        except TableUnreadable:
            return False
    return True


def is_there(run: Run, name: str, files: RunFiles) -> bool:
    try:
        files.read(run.ref, name).close()
    except RunFileNotFound:
        return False
    return True


def _as_it_is(run: Run, name: str, *, files: RunFiles) -> Iterator[bytes]:
    return pieces_of(files, run.ref, name)
