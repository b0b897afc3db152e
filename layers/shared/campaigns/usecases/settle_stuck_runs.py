"""Runs that are not over and make no progress: begun, ended with a reason, or told of."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.identity import moment
from campaigns.domain.run import EXECUTION_LOST, ExecutionState, Run, RunRef
from campaigns.ports import Clock, Events, Executions, RunFiles, RunStore
from campaigns.usecases.end_run import end_run

IDLE = timedelta(minutes=30)
"""So long a run may say nothing: twice as long as any step may take."""
LONGEST = timedelta(hours=49)
"""No execution lasts longer; template.yaml gives them two days."""
_NO_PROGRESS = "sweep: no progress since"


@dataclass(slots=True)
class StuckRuns:
    runs: RunStore
    files: RunFiles
    events: Events
    executions: Executions
    now: Clock
    is_time_up: Callable[[], bool]
    report: Callable[[str], None]
    """Told of every failure, inside its except block."""

    counts: Counter[str] = field(default_factory=Counter)
    ended: list[Run] = field(default_factory=list)

    def settle(self) -> None:
        for ref in self.runs.idle(self.now() - IDLE):
            if self.is_time_up():
                self.counts["postponed"] += 1
                return
            try:
                self.counts[self._look(ref)] += 1
            except Exception:
                self.counts["failed"] += 1
                self.report(f"run {ref.run_id} could not be settled")

    def _look(self, ref: RunRef) -> str:
        run = self.runs.get(ref.company_id, ref.campaign_id, ref.run_id)
        if not run.is_at_work or run.updated_at > self.now() - IDLE:
            return "moved_on"
        if run.outside:
            return self._tell(run, "; a worker outside has it")
        state = self.executions.look(ref, restart=run.restarts)
        if state is ExecutionState.RUNNING:
            return self._tell(run, "; its execution is at work, or was begun just now")
        if state is ExecutionState.UNKNOWN and self.now() - run.updated_at < LONGEST:
            return self._tell(run, "; nothing is known of its execution")
        return self._end(run, state)

    def _tell(self, run: Run, what: str) -> str:
        """Once, until there is progress again."""
        if not (run.log and run.log[-1].text.startswith(_NO_PROGRESS)):
            since = moment(run.updated_at)
            with suppress(ChangedMeanwhile):
                self.runs.move(run.noted(f"{_NO_PROGRESS} {since}{what}", at=self.now()))
        return "waiting"

    def _end(self, stuck: Run, state: ExecutionState) -> str:
        reasons = {
            ExecutionState.SUCCEEDED: "its execution ended and left it unfinished",
            ExecutionState.FAILED: "its execution ended in an error",
            ExecutionState.TIMED_OUT: "its execution took longer than it may",
            ExecutionState.STOPPED: "its execution was stopped",
            ExecutionState.UNKNOWN: "nothing is known of its execution",
        }
        message = f"no progress since {moment(stuck.updated_at)}: {reasons[state]}"
        if not stuck.is_given_up:
            return self._hand_over(stuck, message)

        def ended(run: Run) -> Run:
            # Whatever has happened to it meanwhile, restarted by somebody above all, counts more.
            if run.version != stuck.version:
                return run
            return run.failed(EXECUTION_LOST, message, at=self.now())

        settled = end_run(stuck, ended, runs=self.runs, files=self.files, events=self.events)
        if settled.error_code != EXECUTION_LOST:
            return "moved_on"
        self.ended.append(settled)
        return "ended"

    def _hand_over(self, stuck: Run, message: str) -> str:
        """To another execution, which gives back what the run reserved before it ends it.

        Nobody can try the run again meanwhile. One that is lost, too, is ended here.
        """
        try:
            lost = self.runs.move(stuck.given_up(message, at=self.now()))
        except ChangedMeanwhile:
            return "moved_on"
        self.executions.look(lost.ref, restart=lost.restarts)
        return "handed_over"
