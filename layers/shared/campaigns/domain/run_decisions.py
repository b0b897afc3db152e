"""What a run decided about one person, row by row, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from campaigns.domain.file_limits import REPLACED
from campaigns.domain.guard import Verdict
from campaigns.domain.run import Run


class RowOutcome(StrEnum):
    """The parts of the sum that the rows of a run add up to, and what is not settled yet."""

    EXPORTED = "exported"
    SUPPRESSED = "suppressed"
    DEFERRED = "deferred"
    HELD = "held"
    REJECTED = "rejected"
    ALLOWED = "allowed"
    """A contact was allowed, and stands in no contact file; messages.csv tells of messages."""


_OUTCOME_OF = {
    Verdict.ALLOW: RowOutcome.ALLOWED,
    Verdict.DEFER: RowOutcome.DEFERRED,
    Verdict.SUPPRESS: RowOutcome.SUPPRESSED,
    Verdict.HOLD: RowOutcome.HELD,
}


@dataclass(frozen=True, slots=True)
class PointDecided:
    """A line of decisions.csv: one contact point of the person."""

    channel: str
    address: str
    verdict: Verdict
    rule_id: str
    rule_version: str
    facts: Mapping[str, str]

    @property
    def is_late(self) -> bool:
        """Of a message that was allowed, and refused at the moment of its send."""
        return "messageId" in self.facts


@dataclass(frozen=True, slots=True)
class RowRejected:
    """A line of rejects.csv."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class LinePlace:
    """A line of a contact file, counted from 1, its header not counted."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class RowDecided:
    """`row` counts the rows of query_results.csv from 1; `name` is what the query called them."""

    row: int
    name: str
    loan_id: str
    decisions: tuple[PointDecided, ...] = ()
    rejects: tuple[RowRejected, ...] = ()
    lines: tuple[LinePlace, ...] = ()

    @property
    def outcome(self) -> RowOutcome:
        if self.lines:
            return RowOutcome.EXPORTED
        if any(one.reason != REPLACED for one in self.rejects):
            return RowOutcome.REJECTED
        allowed = sum(one.verdict is Verdict.ALLOW for one in self.decisions)
        late = [one.verdict for one in self.decisions if one.is_late]
        if late and len(late) >= allowed:
            # The one that may pass comes first, as in the counts.
            return _OUTCOME_OF[next((one for one in late if one is not Verdict.SUPPRESS), late[0])]
        return _OUTCOME_OF[self.decisions[0].verdict] if self.decisions else RowOutcome.ALLOWED


@dataclass(frozen=True, slots=True)
class RunDecisions:
    """`why_none` says why nothing is known; None where something could be."""

    run: Run
    rows: tuple[RowDecided, ...]
    why_none: str | None = None
    complete: bool = True
    """False where there is more than is read at once."""


def why_nothing_is_known(run: Run) -> str:
    """Of a run that left no decisions, in words for an operator."""
    if run.outside:
        return "a worker outside did this run, and its decisions are not known here"
    if run.closing:
        return "this run ended executions of its campaign; it was not about contacting anybody"
    if run.is_over:
        return f"the run is {run.status} and had not decided about anybody"
    return "the run has not decided about anybody yet"
