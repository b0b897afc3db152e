"""What the stages of a run may touch, and how a run's record moves on."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.run import LOG, Counts, Run, RunCanceled, RunFile, RunRef, Stage
from campaigns.ports import (
    Access,
    CampaignStore,
    Clock,
    Events,
    ExporterStore,
    OpenChannel,
    People,
    QuerySource,
    RunFiles,
    RunStore,
    Secrets,
)

_TRIES = 20


@dataclass(frozen=True, slots=True)
class Tools:
    access: Access
    campaigns: CampaignStore
    exporters: ExporterStore
    runs: RunStore
    people: People
    files: RunFiles
    secrets: Secrets
    queries: QuerySource
    open_channel: OpenChannel
    events: Events
    allow_http: bool
    now: Clock

    def run(self, ref: RunRef) -> Run:
        return self.runs.get(ref.company_id, ref.campaign_id, ref.run_id)

    def campaign(self, ref: RunRef) -> Campaign:
        """As it is now; a campaign deleted while it runs ends the run with CampaignNotFound."""
        return self.campaigns.get(ref.company_id, ref.campaign_id)

    def change(self, ref: RunRef, change: Callable[[Run], Run]) -> Run:
        """Write what `change` makes of the run, reading it afresh whenever somebody was faster."""
        for _ in range(_TRIES):
            was = self.run(ref)
            to_be = change(was)
            if to_be == was:
                return was
            try:
                return self.runs.move(to_be)
            except ChangedMeanwhile:
                continue
        raise ChangedMeanwhile(f"run {ref.run_id}")

    def enter(self, ref: RunRef, stage: Stage, note: str) -> Run:
        """Begin a stage: it is looked at first whether the run may go on. Raises RunCanceled."""

        def begin(run: Run) -> Run:
            if run.is_over:
                raise RunCanceled
            at = self.now()
            return run.at_stage(stage, at=at).noted(note, at=at)

        return self.change(ref, begin)

    def leave(self, ref: RunRef, note: str, *files: RunFile, counts: Counts | None = None) -> Run:
        """End a stage: its files and counts become visible, its line stands in the log."""

        def end(run: Run) -> Run:
            counted = run if counts is None else run.counted(counts)
            return counted.holding(*files).noted(note, at=self.now())

        return self.change(ref, end)

    def tell(self, ref: RunRef, detail: str | None) -> Run:
        """What the stage waits for or struggles with, for whoever looks; None: nothing."""
        return self.change(ref, lambda run: run.telling(detail, at=self.now()))

    def write_log(self, ref: RunRef) -> None:
        """Write `log.txt` as the record tells it."""
        log = self.write_text(ref, LOG, self.run(ref).log_text())
        self.change(ref, lambda run: run.holding(log))

    def write_text(self, ref: RunRef, name: str, text: str) -> RunFile:
        with self.files.write(ref, name) as file:
            file.write(text.encode())
            file.rows = text.count("\n")
        return file.facts
