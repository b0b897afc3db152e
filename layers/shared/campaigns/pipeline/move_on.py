"""The last stage of a collection campaign's run: what was taken in hand is let go of again.

After a file was made, and delivered if it was to be, everybody in it was called and moves on
to the next step, and so does everybody whom nobody may contact. Whom the guard put off, or held
for want of a fact, is due before the same step again. After a run that came to nothing, they all
are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Self

import orjson

from campaigns.domain.account import Account
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.enrollment import (
    ACTIVE,
    Change,
    Enrollment,
    EnrollmentRef,
    end_with_campaign,
)
from campaigns.domain.guard import Verdict
from campaigns.domain.run import (
    DECISIONS,
    QUERY_RESULTS,
    Run,
    RunFileNotFound,
    RunRef,
    Stage,
)
from campaigns.domain.run_tables import DECISION_COLUMNS
from campaigns.domain.schedule import local_date_of
from campaigns.pipeline.csv_lines import in_batches, read_rows
from campaigns.pipeline.step_messages import carried_on
from campaigns.pipeline.take_due import EXECUTION, PERSON, next_change, successor_of
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

_BATCH = 100
_AT_ONCE = 8
_TRIES = 8
_ROW, _VERDICT, _FACTS = (DECISION_COLUMNS.index(name) for name in ("row", "verdict", "facts"))
_CLOSED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class _Became:
    """What the guard let become of one execution: called, or not before a day, or neither."""

    called: bool = False
    not_before: datetime | None = None
    held: bool = False

    def by_message(self, carried_on: bool | None) -> Self:
        """Of a step that sends: None where no message was queued. A message is no call."""
        if carried_on:
            return replace(self, called=False, not_before=None, held=False)
        if carried_on is None and not self.called:
            return self
        return replace(self, called=False, held=True)

    def due_on(self, today: date, zone: str) -> date | None:
        """When it is to be tried again; None: it goes on."""
        if self.called:
            return None
        if self.not_before is not None:
            # Later than today in any case: there is one run a day.
            return max(local_date_of(self.not_before, zone), today + timedelta(days=1))
        return today + timedelta(days=1) if self.held else None


def _carried_on(
    run: Run, found: Sequence[Enrollment], at: datetime, tools: Tools
) -> Mapping[str, bool]:
    """By account, what came of the messages of a run that sends some."""
    if run.sending is None:
        return {}
    return carried_on(
        run.id,
        run.sending.channels[0],
        found,
        at,
        messages=tools.sendings.messages,
        for_good=False,
    )


Release = Callable[[list[tuple[EnrollmentRef, _Became]]], int]


def move_on(ref: RunRef, tools: Tools) -> Json:
    """Everybody whom the run has in hand goes on. Again moves nobody twice."""
    run = tools.run(ref)
    collection, _ = tools.step(run)
    successor = successor_of(collection, tools)
    zone = tools.access.company(ref.company_id).zone

    def go_on(batch: list[tuple[EnrollmentRef, _Became]]) -> int:
        became = dict(batch)
        # A wait begins when the step is done, which may be days after a run that was held began.
        at = tools.now()
        today = local_date_of(at, zone)

        def changes(found: list[Enrollment]) -> list[Change]:
            ids = [one.account_id for one in found]
            accounts = tools.people.accounts(ref.company_id, ids)
            sent = _carried_on(run, found, at, tools)
            return [change(one, accounts.get(one.account_id), sent) for one in found]

        def change(one: Enrollment, account: Account | None, sent: Mapping[str, bool]) -> Change:
            its = became[one.ref]
            if run.sending is not None:
                its = its.by_message(sent.get(one.account_id))
            if (due := its.due_on(today, zone)) is not None:
                due = due if one.expires_on is None else min(due, one.expires_on)
                return Change(was=one, now=one.given_back(due, at=at))
            return next_change(
                one,
                account,
                collection,
                successor,
                called=its.called,
                today=today,
                at=at,
                id=tools.flows.new_id(),
            )

        return _let_go(ref, tools, list(became), changes)

    moved = _each_batch(ref, tools, go_on)
    tools.leave(ref, f"steps: {moved} executions moved on")
    return {"moved": moved}


def give_back(ref: RunRef, tools: Tools) -> int:
    """What the run has in hand is due again, before the same step."""
    run = tools.run(ref)
    zone = tools.access.company(ref.company_id).zone

    def put_back(batch: list[tuple[EnrollmentRef, _Became]]) -> int:
        at = tools.now()
        today = local_date_of(run.scheduled_for or run.created_at, zone)

        def changes(found: list[Enrollment]) -> list[Change]:
            sent = _carried_on(run, found, at, tools)
            gone = [one for one in found if sent.get(one.account_id)]
            ids = [one.account_id for one in gone]
            accounts = tools.people.accounts(ref.company_id, ids) if gone else {}
            on = [on_from_message(one, accounts.get(one.account_id), today, at) for one in gone]
            left = [one for one in found if not sent.get(one.account_id)]
            return [*on, *(Change(was=one, now=one.given_back(today, at=at)) for one in left)]

        return _let_go(ref, tools, [one for one, _ in batch], changes)

    def on_from_message(
        one: Enrollment, account: Account | None, today: date, at: datetime
    ) -> Change:
        collection, _ = tools.step(run)
        return next_change(
            one,
            account,
            collection,
            successor_of(collection, tools),
            called=False,
            today=today,
            at=at,
            id=tools.flows.new_id(),
        )

    return _each_batch(ref, tools, put_back)


def let_go(ref: RunRef, tools: Tools) -> Json:
    """When the run stops for good: who was called moves on, who was not is due again."""
    if tools.run(ref).may_have_called:
        return move_on(ref, tools)
    # Said first: who is in doubt about a run that broke off here looks for its executions.
    # Senders look for it, too, and stop.
    tools.change(ref, lambda run: replace(run, given_back=True))
    given = give_back(ref, tools)
    tools.leave(ref, f"steps: {given} executions given back")
    return {"given": given}


def close(ref: RunRef, tools: Tools) -> Json:
    """End some of what a campaign that is over has left; `ended` is how many."""
    run = tools.enter(ref, Stage.QUERY, "close: ending executions")
    collection = tools.collection(run)
    groups = [(collection.id, status) for status in sorted(ACTIVE)] if collection.is_over else []
    refs = islice(tools.flows.enrollments.by_status(ref.company_id, groups), _CLOSED_AT_ONCE)
    ended = 0
    for batch in in_batches(refs, _BATCH):
        at = tools.now()
        found = [one for one in tools.flows.enrollments.many(batch) if one.is_active]
        changes = [end_with_campaign(one, collection, at=at) for one in found]
        ended += len(changes) - len(tools.flows.enrollments.write(changes))
    tools.leave(ref, f"close: {ended} executions ended")
    return {"ended": ended}


def _each_batch(ref: RunRef, tools: Tools, release: Release) -> int:
    try:
        stream = tools.files.read(ref, QUERY_RESULTS)
    except RunFileNotFound:
        return 0
    collection_id = tools.run(ref).campaign_id
    judged = _judged(ref, tools)
    coming = next(judged, None)

    def rows() -> Iterator[tuple[EnrollmentRef, _Became]]:
        nonlocal coming
        records = read_rows(stream)
        next(records, None)
        for number, record in enumerate(records, start=1):
            became = _Became()
            if coming is not None and coming[0] == number:
                became = coming[1]
                coming = next(judged, None)
            one = EnrollmentRef(ref.company_id, record[PERSON], collection_id, record[EXECUTION])
            yield one, became

    with stream, ThreadPoolExecutor(_AT_ONCE) as workers:
        return sum(
            sum(workers.map(release, together))
            for together in in_batches(in_batches(rows(), _BATCH), _AT_ONCE)
        )


def _judged(ref: RunRef, tools: Tools) -> Iterator[tuple[int, _Became]]:
    """The numbers of the rows that the guard decided about, in their order, and what it said."""
    try:
        stream = tools.files.read(ref, DECISIONS)
    except RunFileNotFound:
        return
    with stream:
        records = read_rows(stream)
        next(records, None)
        for number, of_row in groupby(records, key=lambda record: record[_ROW]):
            yield int(number), _became(list(of_row))


def _became(decisions: list[list[str]]) -> _Became:
    verdicts = {one[_VERDICT] for one in decisions}
    if Verdict.ALLOW in verdicts:
        return _Became(called=True)
    put_off = [
        datetime.fromisoformat(orjson.loads(one[_FACTS])["until"])
        for one in decisions
        if one[_VERDICT] == Verdict.DEFER
    ]
    return _Became(not_before=min(put_off, default=None), held=Verdict.HOLD in verdicts)


def _let_go(
    ref: RunRef,
    tools: Tools,
    refs: list[EnrollmentRef],
    changes_of: Callable[[list[Enrollment]], list[Change]],
) -> int:
    """Change those that are still in the run's hand; answer how many. Raises ChangedMeanwhile."""
    done = 0
    left = refs
    for _ in range(_TRIES):
        found = [one for one in tools.flows.enrollments.many(left) if one.run_id == ref.run_id]
        if not found:
            return done
        changes = changes_of(found)
        refused = tools.flows.enrollments.write(changes)
        done += len(changes) - len(refused)
        left = [one.now.ref for one in changes if one.now.account_id in refused]
    if left:
        raise ChangedMeanwhile("an execution")
    return done
