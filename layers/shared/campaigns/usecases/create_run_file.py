from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.domain.run import Run
from campaigns.domain.run_report import arriving, check_upload_name, upload_id
from campaigns.ports import Clock, RunFiles

_SECONDS = 900


@dataclass(frozen=True, slots=True)
class RunUpload:
    """Where a worker outside puts one file of its run, and the id to name it by afterwards."""

    id: str
    name: str
    url: str
    expires_at: datetime


def create_run_file(run: Run, name: str, *, files: RunFiles, now: Clock) -> RunUpload:
    """The same name again is the same file, with a new link of a quarter of an hour.

    Raises NoSuchRunFile, RunOfTheService, RunIsOver.
    """
    check_upload_name(name)
    run.check_takes_files()
    url = files.upload_link(run.ref, arriving(name), seconds=_SECONDS)
    return RunUpload(upload_id(run.id, name), name, url, now() + timedelta(seconds=_SECONDS))
