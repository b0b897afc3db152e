"""A function dies at any of its writes; the next attempt or the sweep puts everything right.

Every verb of collection campaigns is broken off right before and right after each single write
that it makes, whatever it writes to. Afterwards places, counts and statuses agree, and the days
go on to the end that they would have come to anyhow, with nobody in two files of one step.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.domain.collection_campaign import CollectionStatus, Condition
from campaigns.domain.delivery import ConnectionLost
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.page import Slice
from campaigns.domain.public_id import RUN, show
from campaigns.domain.run import ExecutionState, RunRef
from campaigns.pipeline.orchestrate import execute
from campaigns.usecases.restart_run import retry_run
from campaigns.usecases.settle_stuck_runs import IDLE, StuckRuns
from tests.builders import COMPANY, an_exporter, an_id
from tests.unit.pipeline.flow import Flow
from tests.unit.pipeline.test_interruptions import RememberingSteps

S = EnrollmentStatus

WRITES: Mapping[str, tuple[str, ...]] = {
    "runs": ("open", "move", "reopen"),
    "files": ("write", "remove"),
    "engine": ("start",),
    "schedules": ("put", "remove"),
    "scheduled": ("answer", "look_from"),
    "receiver": ("deliver",),
    "events": ("publish",),
}
STORED: Mapping[str, tuple[str, ...]] = {
    "enrollments": ("write", "settle"),
    "collections": ("move", "rechain"),
    "people": ("put_customers", "put_accounts"),
}


class Died(BaseException):
    """The function is gone: no handler of ours gets to see it."""


class Death:
    """Comes once, right before or right after the `place`th write; never if that is None."""

    def __init__(self) -> None:
        self.place: int | None = None
        self.after = False
        self.writes = 0

    @contextmanager
    def around(self) -> Iterator[None]:
        is_here = self.writes == self.place
        self.writes += 1
        if is_here and not self.after:
            raise Died
        try:
            yield
        finally:
            # Also after a write that was refused.
            if is_here:
                raise Died


class Mortal:
    """A store during whose writes one may die. A write of many changes is one for each."""

    def __init__(self, store: Any, death: Death, writes: tuple[str, ...]) -> None:
        self._store = store
        self._death = death
        self._writes = writes

    def __call__(self, *asked: Any) -> "Mortal":
        """A receiver that is called for a channel is the channel."""
        self._store(*asked)
        return self

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in self._writes:
            return found

        def whole(*asked: Any, **named: Any) -> Any:
            with self._death.around():
                return found(*asked, **named)

        def each(changes: Any) -> dict[str, Any]:
            return {id: why for one in changes for id, why in whole([one]).items()}

        @contextmanager
        def written(*asked: Any) -> Iterator[Any]:
            with self._death.around(), found(*asked) as file:
                yield file

        if name == "write":
            return each if "settle" in self._writes else written
        return whole


class Gone:
    """Executions of which nothing is left, but for those that are begun by asking."""

    def __init__(self) -> None:
        self.begun: list[RunRef] = []

    def look(self, ref: RunRef, *, restart: int = 0) -> ExecutionState:
        if not restart:
            return ExecutionState.STOPPED
        self.begun.append(ref)
        return ExecutionState.RUNNING


class MortalFlow(Flow):
    """Two steps, the first for large balances only, and a campaign that follows."""

    def __init__(self) -> None:
        super().__init__(people=2)
        columns = ("query.executionId", "run.id")
        self.exporter = self.exporters.add(an_exporter(*columns))
        self.after = self.campaign_of(self.step(2))
        large = Condition(min_balance=Decimal(60))
        self.collection = self.campaign_of(
            self.step(condition=large), self.step(1), next_campaign_id=self.after.id
        )
        self.accounts = [
            self.account(11, owner=1, principal_balance=Decimal(50)),
            self.account(12, owner=2, principal_balance=Decimal(100)),
        ]
        self.memory: dict[RunRef, RememberingSteps] = {}
        self.death = Death()
        for name, writes in WRITES.items():
            setattr(self, name, Mortal(getattr(self, name), self.death, writes))
        for name, writes in STORED.items():
            store: Any = Mortal(getattr(self.stored, name), self.death, writes)
            self.stored = self.stored._replace(**{name: store})

    def worked(self) -> None:
        """What was begun is executed; what broke off goes on where it was."""
        while self.engine.starts:
            ref = self.engine.starts[0]
            execute(ref, self.memory.setdefault(ref, RememberingSteps()), self.tools)
            self.engine.starts.pop(0)

    def swept(self) -> None:
        """Half an hour later, nothing is left of any execution."""
        self.clock.at += IDLE + timedelta(minutes=1)
        self.engine.starts.clear()
        known: Any = {"runs": self.runs, "files": self.files, "events": self.events}
        executions = Gone()
        StuckRuns(
            **known,
            executions=executions,
            now=self.clock,
            is_time_up=lambda: False,
            report=pytest.fail,
        ).settle()
        for ref in executions.begun:
            execute(ref, RememberingSteps(), self.tools)

    def to_the_end(self) -> None:
        for campaign in (self.collection, self.after):
            for _ in range(8):
                if self.counts(campaign).active:
                    self.day(campaign=campaign)
                    self.check()
            assert self.counts(campaign).active == 0

    def came_to(self) -> Any:
        """How every execution ended, and how often each account was enrolled where."""
        return [
            [(one.campaign_id == self.after.id, one.status) for one in found]
            for account in self.accounts
            if (found := self.stored.enrollments.of_customer(COMPANY, account.customer_id))
        ]

    def called(self) -> Counter[tuple[str, str]]:
        """How often each execution stands in a contact file of each step."""
        steps = {
            show(RUN, run.id): run.step_id or ""
            for campaign in (self.collection, self.after)
            for run in self.runs.list(COMPANY, campaign.id, Slice(limit=100)).items
        }
        lines = [
            line.split(",")
            for name, content in self.receiver.files.items()
            if "_contacts" in name
            for line in content.decode().split()[1:]
        ]
        return Counter((execution, steps[run]) for execution, run in lines)


Act = Callable[[MortalFlow], object]


def ring_and_work(flow: MortalFlow) -> None:
    flow.ring()
    flow.worked()


def cancel_and_close(flow: MortalFlow) -> None:
    flow.move(CollectionStatus.CANCELLED)
    flow.worked()


def next_day(flow: MortalFlow) -> None:
    flow.clock.at += timedelta(days=1)
    flow.ring()
    flow.worked()


def fail_to_deliver(flow: MortalFlow) -> None:
    flow.receiver.failures.extend([ConnectionLost("sftp.example.com", "it is down")] * 5)
    ring_and_work(flow)
    flow.receiver.failures.clear()


def swept_then_next_day(flow: MortalFlow) -> None:
    flow.swept()
    next_day(flow)


def in_turn(*acts: Act) -> Act:
    def all_of_them(flow: MortalFlow) -> None:
        for act in acts:
            act(flow)

    return all_of_them


def twice(act: Act) -> tuple[Act, Act]:
    """Whoever asked asks again."""
    return act, act


VERBS: Mapping[str, tuple[Act, Act, Act]] = {
    # What was before, what dies, and what puts it right.
    "enroll one": (lambda _: None, *twice(lambda flow: flow.enroll(flow.accounts[0]))),
    "enroll many": (lambda _: None, *twice(lambda flow: flow.enroll())),
    "complete and chain": (
        lambda flow: flow.enroll(),
        *twice(lambda flow: flow.report(flow.customers[0], S.COMPLETED)),
    ),
    "fail": (
        lambda flow: flow.enroll(),
        *twice(lambda flow: flow.report(flow.customers[0], S.FAILED)),
    ),
    "settle": (
        lambda flow: flow.enroll(),
        *twice(lambda flow: flow.settle(flow.accounts[0])),
    ),
    "settle one that is in no campaign": (
        lambda _: None,
        *twice(lambda flow: flow.settle(flow.accounts[0])),
    ),
    "take due and move on, resumed": (lambda flow: flow.enroll(), *twice(ring_and_work)),
    "take due and move on, lost": (
        lambda flow: flow.enroll(),
        ring_and_work,
        swept_then_next_day,
    ),
    "the last step and the chain, resumed": (
        in_turn(lambda flow: flow.enroll(), lambda flow: flow.day()),
        *twice(ring_and_work),
    ),
    "the last step and the chain, lost": (
        in_turn(lambda flow: flow.enroll(), lambda flow: flow.day()),
        ring_and_work,
        swept_then_next_day,
    ),
    "give back, resumed": (lambda flow: flow.enroll(), *twice(fail_to_deliver)),
    "give back, lost": (lambda flow: flow.enroll(), fail_to_deliver, swept_then_next_day),
    "close, resumed": (
        lambda flow: flow.enroll(),
        cancel_and_close,
        in_turn(cancel_and_close, next_day),
    ),
    "close, lost": (
        lambda flow: flow.enroll(),
        cancel_and_close,
        in_turn(MortalFlow.swept, cancel_and_close, next_day),
    ),
}


def prepared(before: Act) -> MortalFlow:
    flow = MortalFlow()
    before(flow)
    flow.death.writes = 0
    return flow


@pytest.mark.parametrize("verb", VERBS)
def test_whatever_dies_at_whatever_write_all_comes_right(verb: str) -> None:
    before, act, again = VERBS[verb]
    whole = prepared(before)
    act(whole)
    writes = whole.death.writes
    assert writes > 0
    whole.to_the_end()
    assert set(whole.called().values()) <= {1}
    for place in range(writes):
        for after in (False, True):
            flow = prepared(before)
            flow.death.place, flow.death.after = place, after
            with pytest.raises(Died):
                act(flow)
            flow.death.place = None
            flow.receiver.failures.clear()
            flow.check()
            again(flow)
            flow.check()
            flow.to_the_end()
            where = f"{verb}, {'after' if after else 'before'} write {place} of {writes}"
            assert flow.came_to() == whole.came_to(), where
            assert set(flow.called().values()) <= {1}, where


def test_a_run_lost_on_its_way_may_be_tried_again_and_sends_the_very_file() -> None:
    flow = prepared(lambda flow: flow.enroll())
    receiver: Any = flow.receiver._store  # type: ignore[attr-defined]
    receiver.at_delivery = die
    with pytest.raises(Died):
        ring_and_work(flow)
    receiver.at_delivery = lambda: None
    flow.swept()
    [lost] = (
        run
        for run in flow.runs.list(COMPANY, flow.collection.id, Slice()).items
        if run.contacts_in_doubt
    )
    assert all(step != lost.step_id for _, step in flow.called())
    role = flow.collection.exporting(flow.collection.step(lost.step_id or ""))
    retry_run(role, lost, an_id(), runs=flow.runs, engine=flow.engine, now=flow.clock)
    flow.memory.clear()
    flow.worked()
    assert [count for (_, step), count in flow.called().items() if step == lost.step_id] == [1]
    flow.to_the_end()
    assert set(flow.called().values()) == {1}


def die() -> None:
    raise Died
