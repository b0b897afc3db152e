"""The runs of a company over all its campaigns, by the day on which they were opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from campaigns.domain.company import Company
from campaigns.domain.local_time import end_of_day
from campaigns.domain.page import PeriodReversed
from campaigns.domain.run import Run, RunStatus
from campaigns.ports import RunStore

_LOOKED_AT = 500
"""Runs that one request goes through, however few of them have the status asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days in the company's zone, both included; None is open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class RunsSlice:
    """`next` is the place behind which the list goes on; None at its end."""

    runs: list[Run]
    next: str | None


def list_company_runs(
    company: Company,
    period: Period,
    *,
    status: RunStatus | None = None,
    after: str | None = None,
    limit: int,
    runs: RunStore,
) -> RunsSlice:
    """Newest first. A page may hold fewer than `limit`, or none, and the list still go on.

    Raises PeriodReversed.
    """
    if period.first is not None and period.last is not None and period.first > period.last:
        raise PeriodReversed
    found: list[Run] = []
    last: Run | None = None
    coming = _runs(company, period, after, runs)
    for run in islice(coming, _LOOKED_AT):
        last = run
        if status in (None, run.status):
            found.append(run)
        if len(found) == limit:
            break
    goes_on = last is not None and next(coming, None) is not None
    return RunsSlice(found, last.opened_place if last is not None and goes_on else None)


def _runs(company: Company, period: Period, after: str | None, runs: RunStore) -> Iterator[Run]:
    since = until = None
    if period.first is not None:
        since = end_of_day(period.first - timedelta(days=1), company.zone)
    if period.last is not None:
        until = end_of_day(period.last, company.zone)
    return iter(runs.of_company(company.id, since=since, until=until, after=after))
