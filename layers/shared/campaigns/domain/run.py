"""A run: one pass of a campaign, from trigger to delivered file.

    pending ──▶ running ──▶ completed
       │           ├──────▶ failed
       │           ├──────▶ held        (somebody has to look before it goes on)
       └───────────┴──────▶ canceled   (a held one, too)

Somebody may release a run that is held and retry one that failed: the same run goes on, with
its files, its names and what it has delivered, at the stage where it stopped.

A scheduled run's id follows from its campaign and local date, a requested one's from the
caller's idempotency key, so a trigger that arrives twice names the same run twice.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Self

from campaigns.domain.errors import Conflict, DomainError, NotFound
from campaigns.domain.exporter import Exporter, Lists
from campaigns.domain.identity import moment
from campaigns.domain.log_chain import SHORT, hashes, heading_hash, next_hash
from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.domain.sending import Sending


class RunStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    HELD = "held"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


class Stage(StrEnum):
    QUERY = "query"
    SCREEN = "screen"
    EXPORT = "export"
    SEND = "send"
    DELIVER = "deliver"


class TriggeredBy(StrEnum):
    SCHEDULE = "schedule"
    MANUAL = "manual"
    RETRY = "retry"


class ExecutionState(StrEnum):
    """How the execution of a run stands, in the words of the engine."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


_MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.PENDING: frozenset({RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CANCELED}),
    RunStatus.RUNNING: frozenset(
        {RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.HELD, RunStatus.CANCELED}
    ),
    # Nothing but a release lets it go on.
    RunStatus.HELD: frozenset({RunStatus.FAILED, RunStatus.CANCELED}),
    RunStatus.COMPLETED: frozenset(),
    RunStatus.FAILED: frozenset(),
    RunStatus.CANCELED: frozenset(),
}

QUERY_RESULTS = "query_results.csv"
CAMPAIGN_INPUT = "campaign_input.csv"
CONTACTS_OUTPUT = "contacts_output.csv"
DECISIONS = "decisions.csv"
REJECTS = "rejects.csv"
MESSAGES = "messages.csv"
MAIL_OUTPUT = "mail_output.csv"
VOICE_OUTPUT = "voice_output.csv"
SPLIT = "split"
"""Of a campaign's facts: how it cuts its list; missing where it does not."""
TIME_ZONE = "timeZone"
LOG = "log.txt"
RECEIPT = "receipt.json"
PUBLIC_FILES = (
    QUERY_RESULTS,
    CAMPAIGN_INPUT,
    CONTACTS_OUTPUT,
    MESSAGES,
    MAIL_OUTPUT,
    VOICE_OUTPUT,
    DECISIONS,
    REJECTS,
    LOG,
    RECEIPT,
)


_CONTACTS_PART = re.compile(r"contacts_output_part([0-9]{2,})\.csv")
_RECALL = re.compile(r"recall_[0-9]{2,}\.csv")


def contacts_part(number: int) -> str:
    """The contact file's numbered part, from 1, where it had to be cut into several."""
    return f"contacts_output_part{number:02d}.csv"


def recall_file(number: int) -> str:
    """The suppression file, from 1, that tells who is taken off the list after it has left."""
    return f"recall_{number:02d}.csv"


def is_recall(name: str) -> bool:
    return _RECALL.fullmatch(name) is not None


def is_contacts(name: str) -> bool:
    """Whether a file of a run is its contact file, or a part of it."""
    return name == CONTACTS_OUTPUT or _CONTACTS_PART.fullmatch(name) is not None


def _is_output(name: str) -> bool:
    """Whether a pass makes a file that another one may not make."""
    return is_contacts(name) or name in (MESSAGES, MAIL_OUTPUT, VOICE_OUTPUT)


def part_number(name: str) -> int | None:
    """Which part of the contact file this is; None for a whole one, and for any other file."""
    found = _CONTACTS_PART.fullmatch(name)
    return None if found is None else int(found[1])


def is_table(name: str) -> bool:
    return name.endswith(".csv")


def work_file(name: str, part: int | None = None) -> str:
    """A file between two stages; never shown, and removed when the run ends."""
    return f"work/{name}" if part is None else f"work/{name}-{part:04d}"


QUERY_TEXT = "evidence/query.sql"
"""The text of the query as it was asked: kept with the run, and not among its public files."""
RULES_IN_FORCE = "evidence/rules.json"
"""What the contact guard went by."""
PEOPLE_INDEX = "evidence/people.idx"
"""Leads from a person to lines of decisions.csv and rejects.csv."""
LATE_INDEX = "evidence/late.idx"
"""The same, of the lines that sending put behind them."""
LINES_INDEX = "evidence/lines.idx"
"""Leads from a row to the lines of the contact file that it became."""
_OF_DECISIONS = frozenset({RULES_IN_FORCE, PEOPLE_INDEX, LATE_INDEX, LINES_INDEX})
EXECUTION_LOST = "execution_lost"
OVERRIDE = work_file("override.json")
"""The rows that came with a request to start."""


@dataclass(frozen=True, slots=True)
class RunRef:
    """Where a run is found: company, campaign, run."""

    company_id: str
    campaign_id: str
    run_id: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Out of what a run's functions are invoked with."""
        return cls(event["companyId"], event["campaignId"], event["runId"])

    @property
    def event(self) -> dict[str, str]:
        return {
            "companyId": self.company_id,
            "campaignId": self.campaign_id,
            "runId": self.run_id,
        }


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From when on people may be called; in their zone, which may be one of several."""

    opens_at: datetime
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """`rows` counts records, not lines, and not the header: a file that is no table has none."""

    name: str
    bytes: int
    sha256: str
    rows: int = 0
    brought: bool = False
    """By a worker outside; nobody has counted its rows."""
    window: Window | None = None
    """Of a contact file: the hours of all who are in it, where the file leaves when they begin."""


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    text: str


_NOBODY = ("no_person_id", "bad_person_id", "duplicate", "unknown_person", "no_exporter")
"""Why a row was rejected before anybody's contact points were looked at."""


@dataclass(frozen=True, slots=True)
class HoldReason:
    """One of the reasons why a run is held; `code` never changes, `message` is for a person."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the rows that came in. Everything in is accounted for, or the run fails."""

    rows_in: int = 0
    exported: int = 0
    sent: int = 0
    suppressed: int = 0
    deferred: int = 0
    rejected: int = 0
    lines: int = 0
    without_phone: int = 0
    """Of the persons found, those without any usable phone."""
    reasons: Mapping[str, int] = field(default_factory=dict)

    def check(self) -> None:
        """Raises CountsDisagree."""
        if self.rows_in != self.accounted:
            raise CountsDisagree(self)

    @property
    def audience(self) -> int:
        """The rows that would be contacted."""
        return self.exported + self.sent

    @property
    def found(self) -> int:
        """The rows that name a person whom we know."""
        return self.accounted - sum(self.reasons.get(reason, 0) for reason in _NOBODY)

    @property
    def accounted(self) -> int:
        return self.exported + self.sent + self.suppressed + self.deferred + self.rejected

    @property
    def equation(self) -> str:
        return (
            f"{self.rows_in} in = {self.exported} exported + {self.sent} sent"
            f" + {self.suppressed} suppressed + {self.deferred} deferred"
            f" + {self.rejected} rejected"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    id: str
    company_id: str
    campaign_id: str
    status: RunStatus = RunStatus.PENDING
    triggered_by: TriggeredBy
    scheduled_for: datetime | None = None
    overrides: bool = False
    outside: bool = False
    """A worker outside does the work and reports it; no execution of ours is ever begun."""
    requested_by: str | None = None
    """The id of the key that started it, or tried it again last; None for a schedule."""
    request_sha256: str | None = None
    """Of what was asked for, where an idempotency key came along."""
    step_id: str | None = None
    """The step of a collection campaign that it takes; None where there are no steps."""
    given_back: bool = False
    """Whether the executions it had in hand are due again, so that it would begin afresh."""
    contacts_in_doubt: bool = False
    """Whether a contact file is on its way, and may have arrived though nobody has heard of it."""
    to_group: bool = False
    """Whether it goes to the group of an agency's campaign, and not to the rows of a query."""
    closing: bool = False
    """Whether it ends what a collection campaign that is over has left."""
    query_sha256: str | None = None
    """Of the text of the query, as it stood when it was asked."""
    campaign_facts: Mapping[str, str] = field(default_factory=dict)
    """`id`, `name` and `externalId` of its campaign, and SPLIT, as they were when it began."""
    exporter: Exporter | None = None
    """As it was when the run began: a change meanwhile is for the next run.

    A run for a worker outside knows it from the start, to read the contact file that will come.
    """
    sending: Sending | None = None
    """What it sends, as it was when the run began; None where it sends nothing."""
    expires_at: datetime | None = None
    """When the day is over that its list was decided for; None while it has no list."""
    stage: Stage | None = None
    counts: Counts = field(default_factory=Counts)
    files: tuple[RunFile, ...] = ()
    deliveries: tuple[Mapping[str, Any], ...] = ()
    log: tuple[LogLine, ...] = ()
    log_sha256: str | None = None
    """The last hash of the log's chain (log_chain.py); None while there is no line."""
    error_code: str | None = None
    error_message: str | None = None
    hold_reasons: tuple[HoldReason, ...] = ()
    """Why it was held last; they stay when it is released."""
    released_by: str | None = None
    """The id of the key that let it go on in spite of its hold_reasons."""
    stage_detail: str | None = None
    """What its stage waits for or struggles with; None while it simply works."""
    parts: int = 0
    """Into how many parts the list was cut."""
    restarts: int = 0
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 0

    @property
    def ref(self) -> RunRef:
        return RunRef(self.company_id, self.campaign_id, self.id)

    @property
    def place(self) -> str:
        """Of a place, one run is in progress at a time: a campaign, or a step of one."""
        part = "closing" if self.closing else self.step_id
        return self.campaign_id if part is None else f"{self.campaign_id}#{part}"

    @property
    def opened_place(self) -> str:
        """Sorts runs by time, and two of one millisecond always the same way."""
        return f"{moment(self.created_at)}#{self.id}"

    @property
    def has_delivered_contacts(self) -> bool:
        return any(one["kind"] == "contacts" for one in self.deliveries)

    @property
    def splits(self) -> bool:
        """Whether its list leaves in files of their own for each window of hours.

        Nobody is called from a list of those who must not be, so that one is not split.
        """
        asked = self.campaign_facts.get(SPLIT) == TIME_ZONE
        return asked and self.exporter is not None and self.exporter.lists is Lists.ALLOWED

    @property
    def is_between_windows(self) -> bool:
        """Whether some of its list has left, and the rest may be hours away."""
        at_it = self.is_at_work and self.stage is Stage.DELIVER
        return at_it and self.splits and self.has_delivered_contacts

    @property
    def may_have_called(self) -> bool:
        """Whoever may have been called is not called again."""
        return self.has_delivered_contacts or self.contacts_in_doubt

    @property
    def has_contacts_to_make(self) -> bool:
        """Whether somebody on its list is still to be contacted by it."""
        listed = sum(is_contacts(file.name) and file.rows > 0 for file in self.files)
        delivered = sum(one["kind"] == "contacts" for one in self.deliveries)
        return delivered < listed or (self.stage is Stage.EXPORT and self.counts.sent > 0)

    def is_expired(self, at: datetime) -> bool:
        """Whether its list has contacts to make, and was decided for a day that is over.

        Hours, limits and flags may be others by then.
        """
        over = self.expires_at is not None and at >= self.expires_at
        return over and self.has_contacts_to_make

    @property
    def is_given_up(self) -> bool:
        """Whether its execution was lost, and another one is about to end it."""
        return self.error_code == EXECUTION_LOST and not self.is_over

    @property
    def is_over(self) -> bool:
        return not _MOVES[self.status]

    @property
    def is_at_work(self) -> bool:
        """Whether it is under way, or about to be, and nobody is waited for."""
        return not self.is_over and self.status is not RunStatus.HELD

    @property
    def stands_still(self) -> bool:
        """Whether it is over, or waits for somebody to look."""
        return self.is_over or self.status is RunStatus.HELD

    @property
    def available_files(self) -> tuple[str, ...]:
        """In the order of PUBLIC_FILES, the parts of a contact file in its place; recalls last."""
        kept = sorted((file.name for file in self.files), key=lambda one: (len(one), one))
        named = [
            name
            for public in PUBLIC_FILES
            for name in kept
            if (is_contacts(name) if public == CONTACTS_OUTPUT else name == public)
        ]
        return (*named, *filter(_RECALL.fullmatch, kept))

    def file(self, name: str) -> RunFile:
        """Raises RunFileNotFound."""
        for kept in self.files:
            if kept.name == name:
                return kept
        raise RunFileNotFound(name)

    def moved(self, status: RunStatus, *, at: datetime) -> Self:
        """Moving to where it already stands is no move. Raises RunMoved."""
        if status is self.status:
            return self
        if status not in _MOVES[self.status]:
            raise RunMoved(self.status, status)
        started = at if status is RunStatus.RUNNING and not self.started_at else self.started_at
        return replace(
            self,
            status=status,
            started_at=started,
            finished_at=None if _MOVES[status] else at,
            stage_detail=None,
            updated_at=at,
        )

    def failed(
        self,
        code: str,
        message: str,
        *,
        at: datetime,
        held: bool = False,
        reasons: Sequence[HoldReason] = (),
    ) -> Self:
        """Failing, or being held, a second time changes nothing. Raises RunMoved.

        `reasons` are those of a run that is held for several at once.
        """
        status = RunStatus.HELD if held else RunStatus.FAILED
        if status is self.status:
            return self
        stopped = replace(self.moved(status, at=at), error_code=code, error_message=message)
        if held:
            whole = tuple(reasons) or (HoldReason(code, message),)
            stopped = replace(stopped, hold_reasons=whole, released_by=None)
        return stopped.noted(message, at=at)

    def canceled(self, *, at: datetime) -> Self:
        """Ended by somebody; again changes nothing. Raises RunMoved.

        One that was held has no execution that would clear up after it, so it gets one more.
        """
        if self.status is RunStatus.CANCELED:
            return self
        restarts = self.restarts + (self.status is RunStatus.HELD and not self.outside)
        ended = self.moved(RunStatus.CANCELED, at=at)
        return replace(ended, restarts=restarts)

    def given_up(self, message: str, *, at: datetime) -> Self:
        """Its execution was lost: another one clears up after it and ends it for this reason."""
        lost = replace(
            self,
            error_code=EXECUTION_LOST,
            error_message=message,
            restarts=self.restarts + 1,
        )
        return lost.noted("sweep: its execution is lost, another one ends it", at=at)

    def reported(self, status: RunStatus, *, at: datetime) -> Self:
        """Moved by the word of somebody outside. Raises RunMoved, RunOfTheService."""
        if status is self.status:
            return self
        if not self.outside and status in (RunStatus.RUNNING, RunStatus.HELD):
            raise RunOfTheService
        if status is RunStatus.FAILED:
            return self.failed("failed_outside", "a worker outside reported a failure", at=at)
        if status is RunStatus.HELD:
            told = "a worker outside waits for somebody to look"
            return self.failed("held_outside", told, at=at, held=True)
        to_be = self.canceled if status is RunStatus.CANCELED else partial(self.moved, status)
        return to_be(at=at).noted(f"run: {status}, as reported from outside", at=at)

    def check_takes_files(self) -> None:
        """Raises RunOfTheService, RunIsOver."""
        if not self.outside:
            raise RunOfTheService
        if self.is_over:
            raise RunIsOver(self.status)

    def at_stage(self, stage: Stage, *, at: datetime) -> Self:
        detail = self.stage_detail if stage is self.stage else None
        return replace(self, stage=stage, stage_detail=detail, updated_at=at)

    def telling(self, detail: str | None, *, at: datetime) -> Self:
        """Saying what its stage waits for; again the same changes nothing."""
        if self.is_over or detail == self.stage_detail:
            return self
        return replace(self, stage_detail=detail, updated_at=at)

    def noted(self, text: str, *, at: datetime) -> Self:
        line = LogLine(at, text)
        before = self.log_sha256 or heading_hash(self.log_heading)
        if self.log and self.log_sha256 is None:
            # It was written before logs were chains.
            *_, (_, before) = self.log_chain()
        bound = next_hash(before, moment(at), text)
        return replace(self, log=(*self.log, line), log_sha256=bound, updated_at=at)

    def working_with(
        self, facts: Mapping[str, str], exporter: Exporter | None, sending: Sending | None = None
    ) -> Self:
        """A pass from the beginning; what an earlier one counted or was held for is past.

        Its contact files go too: it is not certain that this pass makes some. So do the indexes
        of its decisions: until this pass has decided, nothing is.
        """
        return replace(
            self,
            campaign_facts=facts,
            exporter=exporter,
            sending=sending,
            counts=Counts(),
            query_sha256=None,
            hold_reasons=(),
            released_by=None,
            stage=None,
            expires_at=None,
            given_back=False,
            files=tuple(
                file
                for file in self.files
                if not _is_output(file.name) and file.name not in _OF_DECISIONS
            ),
        )

    def counted(self, counts: Counts, *, parts: int | None = None) -> Self:
        return replace(self, counts=counts, parts=self.parts if parts is None else parts)

    def restarted(self, note: str, *, at: datetime) -> Self:
        """Going on where it stopped, by the word of somebody. Raises RunMoved."""
        if self.status not in (RunStatus.HELD, RunStatus.FAILED):
            raise RunMoved(self.status, RunStatus.RUNNING)
        by = TriggeredBy.RETRY if self.status is RunStatus.FAILED else self.triggered_by
        return replace(
            self,
            status=RunStatus.PENDING,
            triggered_by=by,
            finished_at=None,
            error_code=None,
            error_message=None,
            restarts=self.restarts + 1,
        ).noted(note, at=at)

    def retried(self, by: str, *, at: datetime) -> Self:
        """Doing again what it is missing, for the key `by`.

        On a later day than its list was decided for, it decides anew, unless some of it has left.
        Raises RunMoved, ListExpired.
        """
        if self.status is not RunStatus.FAILED:
            raise RunMoved(self.status, RunStatus.RUNNING)
        going, note = replace(self, requested_by=by), f"run: tried again by key {by}"
        if self.is_expired(at):
            if self.may_have_called:
                raise ListExpired
            going = replace(going, stage=None)
            note += "; its list was for a day that is over, so it begins afresh"
        return going.restarted(note, at=at)

    def released(self, by: str, *, at: datetime) -> Self:
        """Going on in spite of what it is held for, by the word of the key `by`.

        Whoever releases a run that was held by its safety limits has seen its files, so these
        very files are delivered and nothing is asked again: not on a later day, for which nobody
        has decided. Raises RunMoved, ListExpired.
        """
        if self.status is not RunStatus.HELD:
            raise RunMoved(self.status, RunStatus.RUNNING)
        if self.is_expired(at):
            raise ListExpired
        following = Stage.DELIVER if self.sending is None else Stage.SEND
        stage = following if self.stage is Stage.EXPORT else self.stage
        going = replace(self, stage=stage, released_by=by)
        return going.restarted(f"run: released by key {by}", at=at)

    @property
    def only_delivery_is_left(self) -> bool:
        """Or the sending before it: its messages are written, and nothing is asked again."""
        return self.stage in (Stage.SEND, Stage.DELIVER) and not self.given_back

    def holding(self, *files: RunFile) -> Self:
        """With these files, each in place of an earlier one of its name."""
        names = {file.name for file in files}
        kept = tuple(file for file in self.files if file.name not in names)
        return replace(self, files=(*kept, *files))

    def log_text(self) -> str:
        """Each line ends with the beginning of its hash."""
        lines = (
            f"{moment(line.at)}  {line.text}  [{bound[:SHORT]}]\n"
            for line, bound in self.log_chain()
        )
        return f"{self.log_heading}\n" + "".join(lines)

    def log_chain(self) -> Iterator[tuple[LogLine, str]]:
        """Each line and its hash, as it follows from the lines."""
        told = ((moment(line.at), line.text) for line in self.log)
        return zip(self.log, hashes(self.log_heading, told), strict=True)

    @property
    def log_heading(self) -> str:
        return f"run {show(RUN, self.id)} of campaign {show(CAMPAIGN, self.campaign_id)}"


class RunNotFound(NotFound):
    code = "run_not_found"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} does not exist")


class RunFileNotFound(NotFound):
    code = "run_file_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"the run has no file {name}")


class TableUnreadable(Conflict):
    """A worker outside brought it, in whatever encoding; nobody can rewrite it safely."""

    code = "table_unreadable"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} cannot be read in the format of the run, so there is no copy of it for"
            " spreadsheets; download it as it is, without spreadsheetSafe"
        )


class RunMoved(Conflict):
    code = "run_moved"

    def __init__(self, was: RunStatus, to: RunStatus) -> None:
        super().__init__(f"a run that is {was} cannot become {to}")


class ReleaseNeedsAnotherKey(Conflict):
    """Four eyes: whoever asked for a run does not also let it pass."""

    code = "release_needs_another_key"

    def __init__(self) -> None:
        super().__init__(
            "this key asked for the run, and the company wants another key to release it"
        )


class RunOfTheService(Conflict):
    """Its file would be written twice, its stages gone through by two."""

    code = "run_of_the_service"

    def __init__(self) -> None:
        super().__init__(
            "the service itself works on this run: from outside it can be ended, but neither moved"
            " on nor given files; a run for a worker outside is started with worker: outside"
        )


class RunIsOver(Conflict):
    code = "run_is_over"

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"the run is {status} and takes no more files")


class ExecutionLost(DomainError):
    """`why` is what a run is told to have failed of."""

    code = EXECUTION_LOST


class ListExpired(Conflict):
    code = "list_expired"

    def __init__(self) -> None:
        super().__init__(
            "the run's list was decided for a day that is over, and people may not be contacted by"
            " it any more; start a new run"
        )


class RunInProgress(Conflict):
    code = "run_in_progress"

    def __init__(self, run_id: str) -> None:
        super().__init__("the campaign already has a run in progress; wait until it ends")
        self.run_id = run_id


class CountsDisagree(DomainError):
    """A defect of ours: some row was lost or counted twice. Nothing is delivered."""

    code = "counts_disagree"

    def __init__(self, counts: Counts) -> None:
        super().__init__(
            f"the rows do not add up, so nothing was delivered: {counts.equation}"
            f" (accounted {counts.accounted})"
        )


class RunCanceled(Conflict):
    code = "run_canceled"

    def __init__(self) -> None:
        super().__init__("the run was canceled")
