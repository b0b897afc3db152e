from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.imports import (
    ImportFormat,
    ImportJob,
    ImportKind,
    ImportMode,
    ImportNotFound,
    ImportStatus,
)
from campaigns.domain.results_map import ResultsMap
from campaigns.ports import Clock, ImportStore, NewId, Uploads

_UPLOAD_SECONDS = 3600
_RESULT_SECONDS = 300


def create_import(
    company_id: str,
    kind: ImportKind,
    form: ImportFormat,
    mode: ImportMode,
    *,
    imports: ImportStore,
    uploads: Uploads,
    new_id: NewId,
    now: Clock,
    results_map: ResultsMap | None = None,
) -> tuple[ImportJob, str]:
    """Open an import; answer it with the link, good for an hour, that its file goes to.

    Raises BadResultsMap.
    """
    if results_map is not None:
        results_map.check()
    at = now()
    job = ImportJob(
        id=new_id(),
        company_id=company_id,
        kind=kind,
        format=form,
        mode=mode,
        results_map=results_map,
        created_at=at,
        updated_at=at,
    )
    link = uploads.upload_link(job.upload_key, seconds=_UPLOAD_SECONDS)
    return imports.add(job), link


def find_import(
    company_id: str,
    text: str,
    *,
    of_people: bool = True,
    imports: ImportStore,
    uploads: Uploads,
) -> tuple[ImportJob, str | None]:
    """The import, and a link to its result file once there is one. Raises ImportNotFound."""
    try:
        job = imports.get(company_id, as_uuid(text))
    except NotAUuid:
        raise ImportNotFound(text) from None
    if job.kind.is_of_people is not of_people:
        raise ImportNotFound(text)
    if job.status is not ImportStatus.COMPLETED:
        return job, None
    return job, uploads.download_link(job.errors_key, seconds=_RESULT_SECONDS)
