"""An import: a file of customers, accounts or results, taken row by row; good rows are kept."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from campaigns.domain.errors import Invalid, NotFound, Unavailable
from campaigns.domain.results_map import ResultsMap

LARGEST_FILE = 1_000_000_000
"""Bytes. A link to upload to has no limit of its own, so a file is refused when it is opened."""


class ImportKind(StrEnum):
    CUSTOMERS = "customers"
    ACCOUNTS = "accounts"
    RESULTS = "results"

    @property
    def is_of_people(self) -> bool:
        return self is not ImportKind.RESULTS


class ImportFormat(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"


class ImportMode(StrEnum):
    """`replace` writes the whole record, `merge` only the columns that the file has."""

    REPLACE = "replace"
    MERGE = "merge"


class ImportStatus(StrEnum):
    AWAITING_UPLOAD = "awaitingUpload"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCounts:
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    id: str
    company_id: str
    kind: ImportKind
    format: ImportFormat
    mode: ImportMode
    status: ImportStatus = ImportStatus.AWAITING_UPLOAD
    counts: ImportCounts = ImportCounts()
    error_message: str | None = None
    results_map: ResultsMap | None = None
    """How a file of results is to be read."""
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def upload_key(self) -> str:
        return f"imports/{self.company_id}/{self.id}.{self.format}"

    @property
    def errors_key(self) -> str:
        return f"import-results/{self.company_id}/{self.id}.csv"

    def moved(
        self, status: ImportStatus, *, at: datetime, counts: ImportCounts, error: str | None = None
    ) -> Self:
        return replace(self, status=status, updated_at=at, counts=counts, error_message=error)


def parse_upload_key(key: str) -> tuple[str, str]:
    """Company id and job id of an uploaded object. Raises ImportNotFound."""
    parts = key.split("/")
    if len(parts) != 3 or parts[0] != "imports" or "." not in parts[2]:
        raise ImportNotFound(key)
    return parts[1], parts[2].rpartition(".")[0]


class ImportNotFound(NotFound):
    code = "import_not_found"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"import {job_id} does not exist")


class UploadNotFound(Unavailable):
    code = "upload_not_found"

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing has been uploaded as {key}")


class BadImportFile(Invalid):
    """The file cannot be read, or not to its end; rows before that have been taken."""

    code = "bad_import_file"


class UploadTooLarge(BadImportFile):
    """Said before any row is taken."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            f"the file has {size} bytes, and at most {most} are taken; send it in parts"
        )
