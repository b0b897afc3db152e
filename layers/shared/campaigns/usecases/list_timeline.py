"""All that happened with a customer: what was told of them, and what runs decided about them."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

import orjson

from campaigns.domain.channel import Channel
from campaigns.domain.company import Company
from campaigns.domain.customer import Customer
from campaigns.domain.identity import moment
from campaigns.domain.local_time import end_of_day
from campaigns.domain.page import PeriodReversed
from campaigns.domain.run import Run
from campaigns.domain.run_decisions import PointDecided, RowDecided
from campaigns.domain.schedule import local_date_of
from campaigns.domain.timeline import EntryKind, TimelineEntry, TimelinePage
from campaigns.ports import Clock, People, RunFiles, RunStore, Timeline
from campaigns.usecases.find_decisions import Asked, find_in_runs, known_as

_DAYS = 31
_RUNS = 200
"""That one page looks into: some reads of a few kilobytes each, eight runs at a time."""
_AT_ONCE = 8
_ENTRIES = 100
_USUAL = {"phone": Channel.CALL, "email": Channel.EMAIL, "address": Channel.MAIL}


def _channel_of(decision: PointDecided) -> Channel | None:
    """As the decision says; of an older one, the usual one for such an address."""
    said = decision.facts.get("channel")
    return Channel(said) if said in set(Channel) else _USUAL.get(decision.channel)


def list_timeline(
    company: Company,
    person: Customer,
    *,
    first: date | None,
    last: date | None,
    after: str | None,
    limit: int,
    timeline: Timeline,
    people: People,
    runs: RunStore,
    files: RunFiles,
    now: Clock,
) -> TimelinePage:
    """Newest first, from behind the place `after`. Raises PeriodReversed.

    Decisions are those of 31 days unless `first` says otherwise; a page that would have to look
    into too many runs for them ends early, and may be empty.
    """
    today = local_date_of(now(), company.zone)
    if first is not None and first > (last or today):
        raise PeriodReversed
    day_before = (first or (last or today) - timedelta(days=_DAYS - 1)) - timedelta(days=1)
    since, until = end_of_day(day_before, company.zone), end_of_day(last or today, company.zone)
    behind = after
    if last is not None:
        behind = min(after or "~", moment(until))
    told = _told(company.id, person.id, behind, timeline)
    if first is not None:
        oldest = moment(since)
        told = (entry for entry in told if entry.place >= oldest)
    looking = _Decisions(
        person,
        known_as(person, people=people),
        runs.of_company(company.id, since=since, until=until, after=after),
        files,
    )
    decided = (one for one in looking if after is None or one.place < after)
    merged = heapq.merge(told, decided, key=lambda entry: entry.place, reverse=True)
    found: list[TimelineEntry] = []
    for entry in merged:
        if looking.stopped_at is not None and entry.place < looking.stopped_at:
            return TimelinePage(found, looking.stopped_at)
        if len(found) == limit:
            return TimelinePage(found, found[-1].place)
        found.append(entry)
    return TimelinePage(found, looking.stopped_at)


def _told(
    company_id: str, person_id: str, after: str | None, timeline: Timeline
) -> Iterator[TimelineEntry]:
    while page := timeline.list(company_id, person_id, after=after, limit=_ENTRIES):
        yield from page
        after = page[-1].place


@dataclass(slots=True)
class _Decisions:
    """The decisions of these runs as entries, newest first."""

    person: Customer
    asked: Asked
    runs: Iterator[Run]
    files: RunFiles
    stopped_at: str | None = None
    """The place of the last run that was looked into, where there are more than one page takes."""

    def __iter__(self) -> Iterator[TimelineEntry]:
        last: Run | None = None
        for _ in range(_RUNS // _AT_ONCE):
            together = list(islice(self.runs, _AT_ONCE))
            for found in find_in_runs(together, self.asked, files=self.files):
                entries = [one for row in found.rows for one in self._entries(found.run, row)]
                yield from sorted(entries, key=lambda one: one.place, reverse=True)
            if len(together) < _AT_ONCE:
                return
            last = together[-1]
        if last is not None and next(self.runs, None) is not None:
            self.stopped_at = last.opened_place

    def _entries(self, run: Run, row: RowDecided) -> Iterable[TimelineEntry]:
        about = {"row": str(row.row)}
        if row.loan_id:
            about["loanId"] = row.loan_id
        if row.lines:
            about |= {"file": row.lines[0].file, "line": str(row.lines[0].line)}
        for place, one in enumerate(row.decisions):
            rule = {"ruleId": one.rule_id, "ruleVersion": one.rule_version}
            facts = {"facts": orjson.dumps(one.facts).decode()}
            yield self._entry(
                run,
                f"{row.row}-{place}",
                {**about, **rule, **facts},
                outcome=one.verdict.value,
                channel=_channel_of(one),
                address=one.address,
            )
        for place, reject in enumerate(row.rejects):
            why = {"reason": reject.reason, "detail": reject.detail}
            yield self._entry(run, f"{row.row}-r{place}", {**about, **why}, outcome="rejected")

    def _entry(
        self,
        run: Run,
        name: str,
        details: dict[str, str],
        *,
        outcome: str,
        channel: Channel | None = None,
        address: str | None = None,
    ) -> TimelineEntry:
        return TimelineEntry(
            id=f"{run.id}-{name}",
            company_id=run.company_id,
            person_id=self.person.id,
            kind=EntryKind.DECISION,
            at=run.created_at,
            channel=channel,
            address=address,
            campaign_id=run.campaign_id,
            run_id=run.id,
            outcome=outcome,
            details=details,
        )
