"""Take an uploaded file of results, a hundred rows at a time."""

from collections.abc import Mapping

from campaigns.domain.errors import Invalid
from campaigns.domain.imports import ImportJob
from campaigns.domain.result_fields import RESULT_FIELDS
from campaigns.domain.results_map import ResultsMap
from campaigns.domain.row_values import RowRefused
from campaigns.ports import Clock, ImportStore, NewId, Uploads
from campaigns.usecases.import_file import Columns, Numbered, Row, Taker, import_file
from campaigns.usecases.take_results import ResultStores, take_results

_AT_ONCE = 100


def import_results(
    job: ImportJob,
    *,
    imports: ImportStore,
    uploads: Uploads,
    stores: ResultStores,
    new_id: NewId,
    now: Clock,
) -> ImportJob:
    """A job that has ended is left alone; one that was broken off is done again from its first
    row, which changes nothing of what was taken."""
    how = job.results_map or ResultsMap()

    def take(rows: Numbered) -> Mapping[int, str | Invalid]:
        results: dict[int, str | Invalid] = {}
        read: dict[int, Row] = {}
        for number, row in rows:
            try:
                read[number] = how.read(row)
            except RowRefused as refusal:
                results[number] = _named(refusal, how)
        taken = take_results(job.company_id, list(read.values()), stores, new_id=new_id, now=now)
        for number, one in zip(read, taken, strict=True):
            told = one.refusal
            results[number] = one.became.value if told is None else _named(told, how)
        return results

    known = None if how.columns else frozenset(RESULT_FIELDS)
    taker = Taker(Columns(known, how.required), take, _AT_ONCE)
    return import_file(job, taker, imports=imports, uploads=uploads, now=now)


def _named(refusal: Invalid, how: ResultsMap) -> Invalid:
    """In the file's words."""
    field = None if refusal.field is None else how.named(refusal.field)
    return RowRefused(str(refusal), field=field)
