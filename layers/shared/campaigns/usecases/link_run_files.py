from campaigns.domain.run import Run, RunFileNotFound, is_table, work_file
from campaigns.ports import Rewriting, RunFiles
from campaigns.usecases.pack_run_files import is_there, pack_run_files

_SECONDS = 300


def link_run_files(
    run: Run, name: str | None, *, files: RunFiles, rewriting: Rewriting | None = None
) -> str:
    """A link of five minutes to one file of the run, or to a ZIP of all.

    With `rewriting` it is a copy that holds what that makes of each table; the file itself stays.
    Raises RunFileNotFound, TableUnreadable.
    """
    if name is None:
        packed = pack_run_files(run, files=files, rewriting=rewriting)
        return files.link(run.ref, packed, seconds=_SECONDS)
    if name not in run.available_files:
        raise RunFileNotFound(name)
    if rewriting is not None and is_table(name):
        name = _copied(run, name, files, rewriting)
    return files.link(run.ref, name, seconds=_SECONDS)


def _copied(run: Run, name: str, files: RunFiles, rewriting: Rewriting) -> str:
    """Beside the file, under its own last name; a run that has not changed keeps its copy."""
    copy = work_file(f"rewritten-v{run.version}/{name}")
    if not is_there(run, copy, files):
        with files.write(run.ref, copy) as out:
            for piece in rewriting(run, name, files=files):
                out.write(piece)
    return copy
