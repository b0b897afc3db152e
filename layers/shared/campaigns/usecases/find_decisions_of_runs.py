"""What all runs of a time decided about one person: a company's list of runs, looked into."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.domain.company import Company
from campaigns.domain.errors import Invalid
from campaigns.domain.run import Run
from campaigns.domain.run_decisions import RowDecided
from campaigns.domain.schedule import local_date_of
from campaigns.ports import Clock, RunFiles, RunStore
from campaigns.usecases.find_decisions import Asked, find_in_runs
from campaigns.usecases.list_company_runs import Period, list_company_runs

_DAYS = 31
_RUNS = 100
"""That one page looks into: a few reads each, eight runs at a time."""


class PeriodReversed(Invalid):
    code = "period_reversed"

    def __init__(self) -> None:
        super().__init__("from must not be later than to", field="from")


@dataclass(frozen=True, slots=True)
class DecidedByRuns:
    """`next` is the place of the run behind which the list goes on; None at its end."""

    first: date
    last: date
    decided: tuple[tuple[Run, RowDecided], ...]
    next: str | None


def find_decisions_of_runs(
    company: Company,
    asked: Asked,
    *,
    first: date | None,
    last: date | None,
    after: str | None,
    runs: RunStore,
    files: RunFiles,
    now: Clock,
) -> DecidedByRuns:
    """Newest run first; 31 days to `last`, or to today, unless said. Raises PeriodReversed."""
    until = last or local_date_of(now(), company.zone)
    since = first or until - timedelta(days=_DAYS - 1)
    if since > until:
        raise PeriodReversed
    page = list_company_runs(
        company, Period(first=since, last=until), after=after, limit=_RUNS, runs=runs
    )

    def decided() -> Iterator[tuple[Run, RowDecided]]:
        for found in find_in_runs(page.runs, asked, files=files):
            yield from ((found.run, row) for row in found.rows)

    return DecidedByRuns(since, until, tuple(decided()), page.next)
