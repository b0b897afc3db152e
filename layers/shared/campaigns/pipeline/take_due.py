"""The first stage of a collection campaign's run: take the executions that are due in hand.

First they are listed, which changes nothing; then each that still is due is taken, or moved
past a step that is not for it. A list that is taken a second time finds what it took before.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime

from campaigns.domain.account import Account
from campaigns.domain.collection_campaign import CollectionCampaign, Step
from campaigns.domain.enrollment import (
    Change,
    Enrollment,
    EnrollmentRef,
    EnrollmentStatus,
    completion,
)
from campaigns.domain.errors import NotFound
from campaigns.domain.identity import moment
from campaigns.domain.run import QUERY_RESULTS, Run, RunRef, Stage, work_file
from campaigns.domain.schedule import local_date_of
from campaigns.pipeline.csv_lines import CsvLines, in_batches, read_rows
from campaigns.pipeline.step_messages import carried_on
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

DUE = work_file("due.csv")
COLUMNS = ["borrowerId", "loanId", "executionId", "enrolledAt", "calls"]
PERSON, LOAN, EXECUTION = range(3)
_BATCH = 100
_AT_ONCE = 8
_TRIES = 5


def list_due(ref: RunRef, tools: Tools) -> Json:
    """Write down whose turn it is, and who was left in the hand of a run that is over."""
    run = tools.enter(ref, Stage.QUERY, "due: looking for executions whose turn it is")
    collection, step = tools.step(run)
    collection.check_active()
    today = _today(run, tools)
    count = 0
    lines = CsvLines()
    with tools.files.write(ref, DUE) as out:
        found = tools.flows.enrollments.due(ref.company_id, collection.id, step.id, today)
        for batch in in_batches(_once(found, _left_behind(run, step, tools)), _BATCH):
            out.write(lines.encode([one.customer_id, one.id] for one in batch))
            count += len(batch)
        out.rows = count
    tools.leave(ref, f"due: {count} executions")
    return {"rows": count}


def take_due(ref: RunRef, tools: Tools) -> Json:
    """Take them in hand; the rows of those taken stand in for the rows of a query."""
    run = tools.enter(ref, Stage.QUERY, "due: taking them in hand")
    collection, step = tools.step(run)
    collection.check_active()
    hand = _Hand(
        run,
        collection,
        step,
        successor_of(collection, tools),
        _today(run, tools),
        tools,
        _Runs(run, tools),
    )
    lines = CsvLines()
    with (
        tools.files.read(ref, DUE) as stream,
        tools.files.write(ref, QUERY_RESULTS) as out,
        ThreadPoolExecutor(_AT_ONCE) as workers,
    ):
        out.write(lines.encode([COLUMNS]))
        refs = (
            [EnrollmentRef(ref.company_id, row[0], collection.id, row[1]) for row in batch]
            for batch in in_batches(read_rows(stream), _BATCH)
        )
        for together in in_batches(refs, _AT_ONCE):
            for taken in workers.map(hand.take, together):
                out.write(lines.encode(_row(one) for one in taken))
                out.rows += len(taken)
    told = ", ".join(f"{count} {why}" for why, count in sorted(hand.told.items()))
    tools.leave(ref, f"due: {out.rows} taken{f' ({told})' if told else ''}", out.facts)
    return {"rows": out.rows}


def _row(one: Enrollment) -> list[str]:
    return [
        one.customer_id,
        one.account_id,
        one.id,
        moment(one.enrolled_at),
        str(one.calls),
    ]


def _today(run: Run, tools: Tools) -> date:
    """The date that the run is for, however late it is."""
    zone = tools.access.company(run.company_id).zone
    return local_date_of(run.scheduled_for or run.created_at, zone)


def successor_of(collection: CollectionCampaign, tools: Tools) -> CollectionCampaign | None:
    if collection.next_campaign_id is None:
        return None
    return tools.flows.collections.find(collection.company_id, collection.next_campaign_id)


def _once(*lists: Iterable[EnrollmentRef]) -> Iterator[EnrollmentRef]:
    """An index that lags behind may name one twice, and an account must not occur twice."""
    seen: set[str] = set()
    for refs in lists:
        for one in refs:
            if one.id not in seen:
                seen.add(one.id)
                yield one


def _left_behind(run: Run, step: Step, tools: Tools) -> Iterator[EnrollmentRef]:
    """Executions before this step in this run's hand, or in that of a run that is over.

    A run that is tried again has its own in hand, one that broke off could not put them back.
    """
    seen = _Runs(run, tools)
    running = [(run.campaign_id, EnrollmentStatus.RUNNING)]
    for batch in in_batches(tools.flows.enrollments.by_status(run.company_id, running), _BATCH):
        for one in tools.flows.enrollments.many(batch):
            held = one.run_id is not None and one.step_id == step.id
            if held and (one.run_id == run.id or seen.is_over(one.run_id or "")):
                yield one.ref


class _Runs:
    """Other runs of the campaign, each looked at once."""

    def __init__(self, run: Run, tools: Tools) -> None:
        self._run = run
        self._tools = tools
        self._seen: dict[str, Run | None] = {}

    def is_over(self, run_id: str) -> bool:
        other = self._find(run_id)
        return other is None or other.is_over

    def has_called(self, run_id: str) -> bool:
        other = self._find(run_id)
        return other is not None and other.may_have_called

    def _find(self, run_id: str) -> Run | None:
        if run_id not in self._seen:
            try:
                found = self._tools.runs.get(self._run.company_id, self._run.campaign_id, run_id)
            except NotFound:
                found = None
            self._seen[run_id] = found
        return self._seen[run_id]


@dataclass(slots=True)
class _Hand:
    run: Run
    collection: CollectionCampaign
    step: Step
    successor: CollectionCampaign | None
    today: date
    tools: Tools
    others: "_Runs"
    told: dict[str, int] = field(default_factory=dict)

    def take(self, refs: Sequence[EnrollmentRef]) -> list[Enrollment]:
        """Those of them that are in the run's hand now, in their order."""
        taken: dict[EnrollmentRef, Enrollment] = {}
        left = list(refs)
        for _ in range(_TRIES):
            if not left:
                break
            left = self._tried(left, taken)
        # Whatever keeps changing under our hands is due again another day.
        return [taken[ref] for ref in refs if ref in taken]

    def _tried(
        self, refs: Sequence[EnrollmentRef], taken: dict[EnrollmentRef, Enrollment]
    ) -> list[EnrollmentRef]:
        """Answers those that somebody else changed meanwhile."""
        found = self.tools.flows.enrollments.many(refs)
        company = self.collection.company_id
        accounts = self.tools.people.accounts(company, [one.account_id for one in found])
        at = self.tools.now()
        changes: list[Change] = []
        for one in found:
            if one.run_id == self.run.id:
                taken[one.ref] = one
            elif self._is_free(one):
                changes.append(self._change(one, accounts.get(one.account_id), at))
        refused = self.tools.flows.enrollments.write(changes)
        for change in changes:
            if change.now.account_id in refused:
                continue
            if change.now.run_id == self.run.id:
                taken[change.now.ref] = change.now
            else:
                why = change.now.history[-1].why if change.now.history else "not for them"
                self.told[why] = self.told.get(why, 0) + 1
        return [one.now.ref for one in changes if one.now.account_id in refused]

    def _is_free(self, one: Enrollment) -> bool:
        """Still before this step, and due, or left in the hand of a run that is over."""
        return (
            one.is_active
            and one.step_id == self.step.id
            and (one.run_id is not None or (one.due_on is not None and one.due_on <= self.today))
        )

    def _change(self, one: Enrollment, account: Account | None, at: datetime) -> Change:
        if account is None or account.customer_id != one.customer_id:
            gone = one.ended(EnrollmentStatus.SKIPPED, "without its account", at=at)
            return Change(was=one, now=gone)
        if one.is_too_old(self.today):
            return Change(was=one, now=one.ended(EnrollmentStatus.EXPIRED, "expired", at=at))
        called = one.run_id is not None and self.others.has_called(one.run_id)
        sent = self._was_sent(one, at)
        if called or sent or not self.step.condition.holds(account, self.today):
            return next_change(
                one,
                account,
                self.collection,
                self.successor,
                called=called,
                today=self.today,
                at=at,
                id=self.tools.flows.new_id(),
            )
        if self.collection.max_calls is not None and one.calls >= self.collection.max_calls:
            exceeded = EnrollmentStatus.EXCEEDED_MAX_CALLS
            return Change(was=one, now=one.ended(exceeded, "called often enough", at=at))
        return Change(was=one, now=one.taken(self.run.id, at=at))

    def _was_sent(self, one: Enrollment, at: datetime) -> bool:
        """Whether the message of the run that left it went out; else it never will any more."""
        if one.run_id is None or self.step.channel is None:
            return False
        told = carried_on(
            one.run_id,
            self.step.channel,
            [one],
            at,
            messages=self.tools.sendings.messages,
            for_good=True,
        )
        return told.get(one.account_id, False)


def next_change(
    one: Enrollment,
    account: Account | None,
    collection: CollectionCampaign,
    successor: CollectionCampaign | None,
    *,
    called: bool,
    today: date,
    at: datetime,
    id: str,
) -> Change:
    """On to the step that follows, or completed behind the last; `id` is for one that follows."""
    following = collection.step_after(one.step_id or "")
    if following is None:
        return completion(
            one, account, successor, id=id, why="all steps", today=today, at=at, called=called
        )
    now = one.stepped(following, called=called, today=today, at=at)
    return Change(was=one, now=now, called_on=today if called else None)
