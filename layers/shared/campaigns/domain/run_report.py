"""What a worker outside reports of its run, and the files that it brings.

A file's id follows from its run and its name, so there is nothing to keep until the file is
there, and an id that was made up or belongs to another run is told at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from campaigns.domain.errors import Invalid
from campaigns.domain.run import PUBLIC_FILES, RunStatus, contacts_part, work_file

LARGEST_UPLOADS = 256 * 1024 * 1024
"""Bytes of all files that one update brings: what is copied and hashed while it waits."""
MOST_PARTS = 999

_NAMES = frozenset({*PUBLIC_FILES, *(contacts_part(number + 1) for number in range(MOST_PARTS))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file that a report names: in which of its fields, by which id, and what it has to be."""

    field: str
    id: str
    only: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """Whatever is left out stays as it is."""

    status: RunStatus | None = None
    campaign: str | None = None
    files: Sequence[Brought] = ()
    available: Sequence[str] = ()


def check_upload_name(name: str) -> None:
    """Raises NoSuchRunFile."""
    if name not in _NAMES:
        raise NoSuchRunFile


def upload_id(run_id: str, name: str) -> str:
    return str(uuid5(UUID(run_id), name))


def name_of_upload(run_id: str, id: str) -> str | None:
    return next((name for name in _NAMES if upload_id(run_id, name) == id), None)


def arriving(name: str) -> str:
    """Where an upload lies until an update names it."""
    return work_file(f"upload-{name}")


class NoSuchRunFile(Invalid):
    code = "no_such_run_file"

    def __init__(self) -> None:
        super().__init__(
            f"must be one of {', '.join(PUBLIC_FILES)}, or {contacts_part(1)} and so on",
            field="fileName",
        )


class UnknownUpload(Invalid):
    code = "unknown_upload"

    def __init__(self, id: str, *, field: str) -> None:
        super().__init__(f"{id} is not the id of such a file of this run", field=field)


class NothingUploaded(Invalid):
    code = "nothing_uploaded"

    def __init__(self, id: str, *, field: str) -> None:
        super().__init__(f"nothing was uploaded for {id} yet", field=field)


class UploadTooLarge(Invalid):
    code = "upload_too_large"

    def __init__(self, *, field: str) -> None:
        most = LARGEST_UPLOADS // 1024 // 1024
        super().__init__(
            f"the files of one update may hold {most} MB together; bring them one by one,"
            " a contact file in parts",
            field=field,
        )
