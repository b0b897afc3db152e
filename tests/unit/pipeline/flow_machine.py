"""Whatever may happen to collection campaigns, in any order and in one another's midst.

A rule does one thing, or two at once: the second comes right before some write of the first,
which has read everything by then. A third kind breaks the first thing off before or after a
write. After each, places, counts and statuses have to agree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from campaigns.domain.account import Account
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionStatus
from campaigns.domain.enrollment import Change, EnrollmentStatus, Holder
from campaigns.domain.errors import DomainError
from campaigns.ports import EnrollmentStore
from campaigns.usecases.collection_changes import check_successor
from tests.unit.pipeline.flow import Flow

PEOPLE, CAMPAIGNS = 3, 3
Act = Callable[[], object]


class BrokeOff(BaseException):
    """A function that died: nothing of ours may catch it."""


class WatchedEnrollments:
    """The store, with something to do right before a write, or right after."""

    def __init__(self, store: EnrollmentStore) -> None:
        self._store = store
        self.before: dict[int, Act] = {}
        self.after: dict[int, Act] = {}
        self._writes = 0

    def begin(self) -> None:
        self._writes, self.before, self.after = 0, {}, {}

    def write(self, changes: Sequence[Change]) -> Mapping[str, Holder | None]:
        refused: Mapping[str, Holder | None] = self._watched(lambda: self._store.write(changes))
        return refused

    def settle(self, account: Account) -> bool:
        return bool(self._watched(lambda: self._store.settle(account)))

    def _watched(self, write: Callable[[], Any]) -> Any:
        place, self._writes = self._writes, self._writes + 1
        self.before.pop(place, lambda: None)()
        answer = write()
        self.after.pop(place, lambda: None)()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


VERBS = (*["enroll"] * 2, *["day"] * 3, "complete", "fail", "settle", "pause", "resume", "chain")
"""Mostly what makes all the others matter."""
ACTS = st.tuples(
    st.sampled_from(VERBS),
    st.integers(0, PEOPLE - 1),
    st.integers(0, CAMPAIGNS - 1),
    st.integers(0, CAMPAIGNS - 1),
)
Drawn = tuple[str, int, int, int]


class FlowMachine(RuleBasedStateMachine):
    flow: Flow
    watched: WatchedEnrollments
    campaigns: list[CollectionCampaign]

    def made(self) -> Flow:
        """A flow of its own for each example."""
        return Flow(people=PEOPLE)

    @initialize()
    def begin(self) -> None:
        self.flow = self.made()
        self.watched = WatchedEnrollments(self.flow.stored.enrollments)
        self.flow.stored = self.flow.stored._replace(enrollments=self.watched)
        self.campaigns = [
            self.flow.campaign_of(self.flow.step(), self.flow.step(1)) for _ in range(CAMPAIGNS)
        ]
        # Nothing much happens while nobody is in a campaign.
        self.flow.enroll(into=self.campaigns[0])

    @rule(act=ACTS)
    def one(self, act: Drawn) -> None:
        self.watched.begin()
        self._do(act)

    @rule(first=ACTS, second=ACTS, place=st.integers(0, 2))
    def one_amid_another(self, first: Drawn, second: Drawn, place: int) -> None:
        self.watched.begin()
        self.watched.before[place] = lambda: self._do(second)
        self._do(first)

    @rule(act=ACTS, place=st.integers(0, 2), after=st.booleans())
    def one_that_breaks_off(self, act: Drawn, place: int, after: bool) -> None:
        def die() -> None:
            raise BrokeOff

        self.watched.begin()
        (self.watched.after if after else self.watched.before)[place] = die
        try:
            self._do(act)
        except BrokeOff:
            self.flow.check()
            self.watched.begin()
            self._do(act)

    @precondition(lambda self: hasattr(self, "flow"))
    @invariant()
    def everything_agrees(self) -> None:
        self.flow.check()
        # Runs have come to an end by now, and let go of whom they had in hand.
        for campaign in self.campaigns:
            assert self.flow.counts(campaign).by_status[EnrollmentStatus.RUNNING] == 0

    def _do(self, act: Drawn) -> None:
        verb, person, campaign, other = act
        try:
            getattr(self, f"_{verb}")(person, campaign, other)
        except DomainError:
            # A refusal is an answer; what it left behind is what is looked at.
            return

    def _now(self, campaign: int) -> CollectionCampaign:
        return self.flow.stored.collections.get(self.flow.company_id, self.campaigns[campaign].id)

    def _enroll(self, person: int, campaign: int, _: int) -> None:
        self.flow.enroll(self.flow.accounts[person], into=self.campaigns[campaign])

    def _complete(self, person: int, campaign: int, _: int) -> None:
        self._report(person, campaign, EnrollmentStatus.COMPLETED)

    def _fail(self, person: int, campaign: int, _: int) -> None:
        self._report(person, campaign, EnrollmentStatus.FAILED)

    def _report(self, person: int, campaign: int, status: EnrollmentStatus) -> None:
        customer = self.flow.customers[person]
        self.flow.report(customer, status, campaign=self.campaigns[campaign])

    def _settle(self, person: int, _: int, __: int) -> None:
        self.flow.settle(self.flow.accounts[person])

    def _pause(self, _: int, campaign: int, __: int) -> None:
        self.flow.move(CollectionStatus.PAUSED, self.campaigns[campaign])

    def _resume(self, _: int, campaign: int, __: int) -> None:
        self.flow.move(CollectionStatus.ACTIVE, self.campaigns[campaign])

    def _chain(self, _: int, campaign: int, other: int) -> None:
        store = self.flow.stored.collections
        version = store.chain_version(self.flow.company_id)
        chained = replace(self._now(campaign), next_campaign_id=self.campaigns[other].id)
        check_successor(chained, campaigns=store)
        store.rechain(chained, version)

    def _day(self, _: int, campaign: int, __: int) -> None:
        self.flow.day(campaign=self.campaigns[campaign])
