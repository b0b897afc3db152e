"""What the stages of a run may touch, and how a run's record moves on."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.campaign import (
    Campaign,
    CampaignKind,
    CampaignNotFound,
    ChangedMeanwhile,
)
from campaigns.domain.collection_campaign import CollectionCampaign, Step
from campaigns.domain.run import LOG, Counts, Run, RunCanceled, RunFile, RunRef, Stage
from campaigns.pipeline.writing import Writing
from campaigns.ports import (
    Access,
    AgencyCampaignStore,
    CampaignStore,
    Clock,
    CollectionCampaignStore,
    ContactLedger,
    EnrollmentStore,
    Events,
    ExporterStore,
    GroupStore,
    MessageQueue,
    MessageStore,
    NewId,
    OpenChannel,
    People,
    QuerySource,
    RunFiles,
    RunStore,
    Secrets,
)

_TRIES = 20


@dataclass(frozen=True, slots=True)
class FlowTools:
    """What runs of collection campaigns touch besides."""

    collections: CollectionCampaignStore
    enrollments: EnrollmentStore
    new_id: NewId


@dataclass(frozen=True, slots=True)
class SendingTools:
    """What runs that send messages touch besides."""

    messages: MessageStore
    queue: MessageQueue


@dataclass(frozen=True, slots=True)
class AgencyTools:
    """What runs of agencies' campaigns touch besides."""

    campaigns: AgencyCampaignStore
    groups: GroupStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What taking a run's files somewhere may touch."""

    campaigns: CampaignStore
    runs: RunStore
    files: RunFiles
    secrets: Secrets
    open_channel: OpenChannel
    now: Clock

    def run(self, ref: RunRef) -> Run:
        return self.runs.get(ref.company_id, ref.campaign_id, ref.run_id)

    @property
    def collection_store(self) -> CollectionCampaignStore:
        raise NotImplementedError

    def keep_learned(self, ref: RunRef, campaign: Campaign) -> None:
        """What was learned of a destination, or of that of a step. Raises ChangedMeanwhile."""
        if campaign.kind is CampaignKind.COLLECTION:
            was = self.collection_store.get(ref.company_id, ref.campaign_id)
            self.collection_store.move(was.with_destination(campaign.id, campaign.sftp))
        else:
            self.campaigns.move(campaign)

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

    def leave(
        self,
        ref: RunRef,
        note: str,
        *files: RunFile,
        counts: Counts | None = None,
        parts: int | None = None,
    ) -> Run:
        """End a stage: its files and counts become visible, its line stands in the log."""

        def end(run: Run) -> Run:
            counted = run if counts is None else run.counted(counts, parts=parts)
            return counted.holding(*files).noted(note, at=self.now())

        return self.change(ref, end)

    def write_log(self, ref: RunRef) -> None:
        """Write `log.txt` as the record tells it."""
        log = self.write_text(ref, LOG, self.run(ref).log_text())
        self.change(ref, lambda run: run.holding(log))

    def write_text(self, ref: RunRef, name: str, text: str) -> RunFile:
        with self.files.write(ref, name) as file:
            file.write(text.encode())
        return file.facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools(Handover):
    """What a whole run may touch."""

    access: Access
    exporters: ExporterStore
    people: People
    ledger: ContactLedger
    queries: QuerySource
    events: Events
    allow_http: bool
    flow: FlowTools | None = None
    """None where only borrower campaigns run."""
    writing: Writing | None = None
    sending: SendingTools | None = None
    """None where no run sends messages."""
    agency: AgencyTools | None = None
    """None where no campaigns of agencies run."""

    @property
    def collection_store(self) -> CollectionCampaignStore:
        return self.flows.collections

    def campaign(self, ref: RunRef) -> Campaign:
        """As it is now; a campaign deleted while it runs ends the run with CampaignNotFound.

        Of a collection campaign, the step that the run takes, in the role of a campaign; one
        that is not active any more ends the run with CampaignStopped. Likewise of an agency's.
        """
        try:
            return self.campaigns.get(ref.company_id, ref.campaign_id)
        except CampaignNotFound:
            run = self.run(ref)
            if run.to_group:
                return self.agency_campaign(run).in_role()
            if run.step_id is None:
                raise
            collection, step = self.step(run)
            collection.check_active()
            return collection.exporting(step)

    @property
    def agencies(self) -> AgencyTools:
        assert self.agency is not None, "a run of an agency's campaign was given no tools for it"
        return self.agency

    def agency_campaign(self, run: Run) -> AgencyCampaign:
        """Raises CampaignNotFound."""
        return self.agencies.campaigns.get(run.company_id, run.campaign_id)

    @property
    def flows(self) -> FlowTools:
        assert self.flow is not None, "a run of a collection campaign was given no tools for it"
        return self.flow

    @property
    def sendings(self) -> SendingTools:
        assert self.sending is not None, "a run that sends messages was given no tools for it"
        return self.sending

    @property
    def writings(self) -> Writing:
        assert self.writing is not None, "a run that sends messages was given nothing to write with"
        return self.writing

    def collection(self, run: Run) -> CollectionCampaign:
        """Raises CampaignNotFound."""
        return self.flows.collections.get(run.company_id, run.campaign_id)

    def step(self, run: Run) -> tuple[CollectionCampaign, Step]:
        """The collection campaign as it is now, and its step that the run takes.

        Raises CampaignNotFound, StepNotFound.
        """
        collection = self.collection(run)
        return collection, collection.step(run.step_id or "")

    def enter(self, ref: RunRef, stage: Stage, note: str) -> Run:
        """Begin a stage: it is looked at first whether the run may go on. Raises RunCanceled."""

        def begin(run: Run) -> Run:
            if run.is_over:
                raise RunCanceled
            at = self.now()
            return run.at_stage(stage, at=at).noted(note, at=at)

        return self.change(ref, begin)

    def tell(self, ref: RunRef, detail: str | None) -> Run:
        """What the stage waits for or struggles with, for whoever looks; None: nothing."""
        return self.change(ref, lambda run: run.telling(detail, at=self.now()))
