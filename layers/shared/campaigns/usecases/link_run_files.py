from campaigns.domain.run import Run, RunFileNotFound
from campaigns.ports import RunFiles
from campaigns.usecases.pack_run_files import pack_run_files

_SECONDS = 300


def link_run_files(run: Run, name: str | None, *, files: RunFiles) -> str:
    """A link of five minutes to one file of the run, or to a ZIP of all. Raises RunFileNotFound."""
    if name is None:
        return files.link(run.ref, pack_run_files(run, files=files), seconds=_SECONDS)
    if name not in run.available_files:
        raise RunFileNotFound(name)
    return files.link(run.ref, name, seconds=_SECONDS)
