"""Everything the core needs from outside, on one page.

Store methods mean the same everywhere: `get` raises, `find` answers None, `add` raises if
taken, `move` compares and sets: it writes an entity that was read at the version it carries
and answers it with the next, or raises ChangedMeanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO, Protocol, TypeAlias, TypeVar

from campaigns.domain.account import Account
from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.api_key import ApiKey, RateLimit
from campaigns.domain.audit import AuditEntry
from campaigns.domain.campaign import Campaign, ScheduledCampaign
from campaigns.domain.channel import Channel
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.company import Company
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.customer import Customer
from campaigns.domain.delivery import Probe, Receipt, SftpDestination
from campaigns.domain.enrollment import (
    Change,
    Enrollment,
    EnrollmentCounts,
    EnrollmentRef,
    EnrollmentStatus,
    Holder,
)
from campaigns.domain.events import Event
from campaigns.domain.exporter import Exporter
from campaigns.domain.financing_client import FinancingClient
from campaigns.domain.group import Group, Member
from campaigns.domain.imports import ImportJob
from campaigns.domain.message import (
    Message,
    MessageRef,
    Parcel,
    Recipient,
    Tally,
    Wording,
)
from campaigns.domain.pace import Rate, Turn
from campaigns.domain.page import Page, Slice
from campaigns.domain.plan import Plan
from campaigns.domain.query import QueryAddress
from campaigns.domain.recall import AccountChange, PersonChange, Recall, RecallProgress
from campaigns.domain.rendering import Inspection
from campaigns.domain.reported_send import ReportedSend, SendCounts
from campaigns.domain.requests import Answer
from campaigns.domain.run import ExecutionState, Run, RunFile, RunRef
from campaigns.domain.schedule import ClockName, Purpose, ScheduleEntry
from campaigns.domain.secret import Sealed
from campaigns.domain.sender import Sender
from campaigns.domain.template import Template, TemplateVersion
from campaigns.domain.timeline import TimelineEntry
from campaigns.domain.variables import Types, Value
from campaigns.domain.webhook import Webhook
from campaigns.domain.webhook_delivery import (
    DeliveryRef,
    DeliveryStatus,
    Outcome,
    WebhookDelivery,
)

T = TypeVar("T")
Json: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], datetime]
NewId: TypeAlias = Callable[[], str]


class Access(Protocol):
    """Companies and the keys that speak for them."""

    def company(self, company_id: str) -> Company:
        """Also by the id of its test space, which it then bears. Raises CompanyNotFound."""
        ...

    def put_company(self, company: Company) -> None: ...

    def move_company(self, company: Company) -> Company:
        """Raises ChangedMeanwhile."""
        ...

    def find_key(self, digest: str) -> ApiKey | None:
        """By the SHA-256 of the key, in hex. Says nothing about whether it is still good."""
        ...

    def get_key(self, company_id: str, key_id: str) -> ApiKey:
        """Raises KeyNotFound."""
        ...

    def list_keys(self, company_id: str, *, after: str | None, limit: int) -> Sequence[ApiKey]:
        """Newest first, from behind the id `after`; those that have ended too."""
        ...

    def add_key(self, key: ApiKey) -> None: ...

    def add_token(self, token: ApiKey) -> None:
        """A key of passing use: found by its digest, not listed, gone some time after it ends."""
        ...

    def move_key(self, key: ApiKey) -> ApiKey:
        """Raises ChangedMeanwhile."""
        ...

    def rotate_key(self, old: ApiKey, new: ApiKey) -> None:
        """Move the one and add the other, or neither. Raises ChangedMeanwhile."""
        ...


class Audit(Protocol):
    """What keys changed; written by the stores, in the transactions of the changes."""

    def list(
        self, company_id: str, day: date, *, object_id: str | None, after: str | None, limit: int
    ) -> Sequence[AuditEntry]:
        """Newest first, from behind the id `after`, of one day in UTC."""
        ...


class Requests(Protocol):
    """Requests that were made, remembered for a day."""

    def spend(self, company_id: str, key_id: str, limit: RateLimit, at: float) -> int:
        """Count a request at an instant, in seconds since the epoch.

        Answers 0, or the seconds to wait when the limit is used up: then it is not counted.
        """
        ...

    def once(
        self,
        company_id: str,
        name: str,
        body: str,
        do: Callable[[], Answer],
        *,
        keep: Callable[[Answer], Answer],
        seconds: float,
    ) -> tuple[Answer, bool]:
        """The answer of `do`, done only the first time, and whether it is a repeated one.

        What `keep` makes of the answer is kept for repeats. An exception of `do` is passed on,
        and nothing is kept. A request that died counts as in flight until its `seconds` are over.
        Raises StillInFlight, KeyOfAnotherRequest, NotNoted.
        """
        ...


class Collection(Protocol[T]):
    """Things of one company and one kind, newest first. A deleted thing is not found by id."""

    def get(self, company_id: str, id: str) -> T:
        """Raises the thing's own NotFound."""
        ...

    def find(self, company_id: str, id: str) -> T | None:
        """Whether it was deleted or not."""
        ...

    def find_external(self, company_id: str, external_id: str) -> T | None: ...

    def add(self, entity: T) -> T:
        """Raises ExternalIdTaken."""
        ...

    def move(self, entity: T) -> T:
        """Also frees and takes external ids. Raises ChangedMeanwhile, ExternalIdTaken."""
        ...

    def list(self, company_id: str, ask: Slice) -> Page[T]: ...


CampaignStore: TypeAlias = Collection[Campaign]
ExporterStore: TypeAlias = Collection[Exporter]
SenderStore: TypeAlias = Collection[Sender]


class TemplateStore(Collection[Template], Protocol):
    """Templates, and apart from them what each version says."""

    def introduce(self, template: Template, first: TemplateVersion) -> Template:
        """`add`, with what it says. Raises ExternalIdTaken."""
        ...

    def revise(self, template: Template, newest: TemplateVersion) -> Template:
        """`move`, with one more version. Raises ChangedMeanwhile."""
        ...

    def said(self, template: Template, number: int) -> TemplateVersion:
        """Also of one that was deleted. Raises VersionNotFound."""
        ...


class GroupStore(Collection[Group], Protocol):
    """Groups, and apart from them their members, of whom there may be very many."""

    def members(
        self, company_id: str, group_id: str, *, after: str | None, limit: int
    ) -> Sequence[Member]:
        """In the order of the customers' ids, from behind one."""
        ...

    def enter(self, group: Group, members: Sequence[Member]) -> int:
        """How many of them were no members before. Raises ChangedMeanwhile."""
        ...

    def leave(self, group: Group, customer_ids: Sequence[str]) -> int:
        """How many of them were members before. Raises ChangedMeanwhile."""
        ...

    def sizes(self, company_id: str, group_ids: Sequence[str]) -> Mapping[str, int]:
        """How many members each of the groups has."""
        ...


class Renderer(Protocol):
    """Reads the sources of templates, and fills them in."""

    def inspect(self, source: str, types: Types, *, html: bool, field: str) -> Inspection:
        """`types` are all the variables it may name. Raises SyntaxRefused, UndeclaredVariable."""
        ...

    def render(self, source: str, values: Mapping[str, Value], *, html: bool, locale: str) -> str:
        """Of a source that was inspected. Raises MissingVariable, RenderingFailed."""
        ...


class PlanStore(Collection[Plan], Protocol):
    """A plan that has ended counts as deleted."""

    def next_number(self, company_id: str) -> int:
        """1, 2, 3 …: never the same twice, whoever asks at once. Raises NumbersUsedUp."""
        ...


class ClientStore(Collection[FinancingClient], Protocol):
    """A client that was revoked counts as deleted."""

    def company_of(self, client_id: str) -> str | None:
        """Whose client it is, whether it was revoked or not; None if there is no such client."""
        ...


class ScheduledCampaigns(Protocol):
    """Every campaign of every company that runs by schedule, cut into shards.

    It follows the campaigns with a moment's delay, so whoever acts on it asks the campaign first.
    """

    @property
    def shards(self) -> int: ...

    def in_shard(self, shard: int) -> Iterator[ScheduledCampaign]: ...

    def of_company(self, company_id: str) -> Iterator[ScheduledCampaign]: ...

    def looked_until(self, shard: int) -> datetime | None:
        """Up to when it was last looked whether the runs of a shard were started."""
        ...

    def look_from(self, shard: int, at: datetime) -> None:
        """All that was due until `at` is settled. It never goes back."""
        ...

    def answered(self, company_id: str, campaign_id: str) -> datetime | None:
        """Up to when the clock of a collection campaign was answered."""
        ...

    def answer(self, company_id: str, campaign_id: str, at: datetime) -> None:
        """All that was due until `at` was begun. It never goes back."""
        ...


class CollectionCampaignStore(Collection[CollectionCampaign], Protocol):
    """The collection campaigns of a company, and how they are chained."""

    def every(self, company_id: str) -> Iterable[CollectionCampaign]:
        """All of them, newest first."""
        ...

    def chain_version(self, company_id: str) -> int:
        """Goes up with every `rechain`; to be read before the chains that are judged."""
        ...

    def rechain(self, campaign: CollectionCampaign, chain_version: int) -> CollectionCampaign:
        """`move` of a campaign whose successor changes.

        Raises ChangedMeanwhile also when any chain of the company has since that version.
        """
        ...


class AgencyCampaignStore(Collection[AgencyCampaign], Protocol):
    def every(self, company_id: str) -> Iterable[AgencyCampaign]:
        """All of them, newest first."""
        ...


class ReportedSendStore(Protocol):
    """What agencies have sent by themselves, and how often, by template."""

    def add(self, send: ReportedSend) -> bool:
        """False if it was told before: then it counts no second time."""
        ...

    def counts(self, company_id: str, template_id: str) -> SendCounts: ...


class EnrollmentStore(Protocol):
    """Executions, and the one place that each account has for an active one."""

    def holders(self, company_id: str, account_ids: Iterable[str]) -> Mapping[str, Holder]:
        """What stands at the places of these accounts, where there is anything."""
        ...

    def write(self, changes: Sequence[Change]) -> Mapping[str, Holder | None]:
        """Each change whole, with its counters, or not at all.

        The accounts of those refused are answered: with who holds the account's place where
        only that was in the way, None where the enrollment or its account has changed since it
        was read. No account may occur in two changes.
        """
        ...

    def settle(self, account: Account) -> bool:
        """Keep the settled account, and its place from any execution for good.

        False if somebody holds the place, or the account has changed since it was read.
        """
        ...

    def find(self, ref: EnrollmentRef) -> Enrollment | None: ...

    def many(self, refs: Sequence[EnrollmentRef]) -> Sequence[Enrollment]:
        """Those that exist, in the order asked for."""
        ...

    def of_customer(
        self, company_id: str, customer_id: str, campaign_id: str | None = None
    ) -> Sequence[Enrollment]:
        """All of one customer, ordered by campaign, then by age."""
        ...

    def of_customers(
        self, company_id: str, customer_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Enrollment]]:
        """All of each of these customers."""
        ...

    def due(
        self,
        company_id: str,
        campaign_id: str,
        step_id: str,
        until: date,
        *,
        at_once: int | None = None,
    ) -> Iterator[EnrollmentRef]:
        """Those that stand before a step and are due by that date. May lag a moment behind.

        So many are read at a time, or as many as the store likes.
        """
        ...

    def by_status(
        self,
        company_id: str,
        groups: Sequence[tuple[str, EnrollmentStatus]],
        *,
        newest_first: bool = True,
        at_once: int = 1000,
    ) -> Iterator[EnrollmentRef]:
        """Those of any of the campaigns and statuses, by when they were enrolled.

        About `at_once` are read at a time. May lag a moment behind.
        """
        ...

    def counts(
        self, company_id: str, campaign_ids: Sequence[str], today: date | None = None
    ) -> Mapping[str, EnrollmentCounts]:
        """Of each of the campaigns; calls of one day only if it is named."""
        ...


class EnrollmentEnds(Protocol):
    """Reads what the store of enrollments tells of its changes, once each is written."""

    def ended(self, change: Json) -> Enrollment | None:
        """The enrollment that a change ended; None if it ended none."""
        ...


class RunStore(Protocol):
    def open(self, run: Run) -> Run:
        """Keep `run` and take the one place its campaign has for a run in progress.

        A run that is over already takes no place. The same id again answers the run that is
        kept. Raises RunInProgress.
        """
        ...

    def get(self, company_id: str, campaign_id: str, run_id: str) -> Run:
        """Raises RunNotFound."""
        ...

    def move(self, run: Run) -> Run:
        """A run that is over gives its place back in the same write. Raises ChangedMeanwhile."""
        ...

    def reopen(self, run: Run) -> Run:
        """`move` of a run that was over: it takes its campaign's place again.

        Raises ChangedMeanwhile, RunInProgress.
        """
        ...

    def list(self, company_id: str, campaign_id: str, ask: Slice) -> Page[Run]:
        """Raises UnknownCursor."""
        ...

    def of_company(
        self,
        company_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
    ) -> Iterator[Run]:
        """Runs of all its campaigns that were opened in that time (`until` itself excluded).

        Newest first, from behind the run of that `opened_place`. One that was opened a moment
        ago may be missing.
        """
        ...

    def idle(self, since: datetime) -> Iterator[RunRef]:
        """Runs of all companies that are at work and were not written since then.

        It follows the runs with a moment's delay, so whoever acts on it asks the run first.
        """
        ...


class People(Protocol):
    """Customers and accounts; what is found by id is never stale."""

    def customers(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Customer]:
        """Those that exist, by id."""
        ...

    def accounts(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Account]: ...

    def put_customers(self, customers: Sequence[Customer]) -> frozenset[str]:
        """Each replaces what was read under its id, unless that has changed meanwhile.

        The ids of those that had are answered; the others are written. The version of each is
        the one it was read at, 0 if it is new. An id must not occur twice.
        """
        ...

    def put_accounts(self, accounts: Sequence[Account]) -> frozenset[str]: ...


class PeopleDirectory(People, Protocol):
    def customer_ids(self, company_id: str, *, descending: bool = False) -> Iterator[str]:
        """Of all customers, in the order of their ids. May lag a moment behind."""
        ...

    def customer_count(self, company_id: str) -> int:
        """By counting: as good as the list, and as slow."""
        ...


class ContactLedger(Protocol):
    """What was lately tried to reach people, and what is about to be; never stale."""

    def histories(self, company_id: str, person_ids: Iterable[str]) -> Mapping[str, ContactHistory]:
        """Of those who have one, by the person's id."""
        ...

    def write(self, histories: Sequence[ContactHistory]) -> frozenset[str]:
        """Each replaces what was read of its person, unless that has changed meanwhile.

        The ids of those people of whom it has are answered; the others are written. The version
        of each is the one it was read at, 0 if it is new. A person must not occur twice.
        """
        ...


class PeopleChanges(Protocol):
    """Reads what the store of people tells of its changes, once each is written."""

    def read(self, change: Json) -> PersonChange | AccountChange | None:
        """None of a change of anything else."""
        ...


class RecallStore(Protocol):
    """Who is taken off the lists of runs after they have left; never stale, but for `due`."""

    def find(self, ref: RunRef) -> RecallProgress | None: ...

    def missing(self, ref: RunRef, recalls: Sequence[Recall]) -> Sequence[Recall]:
        """Those of them that are not put down yet, each name once."""
        ...

    def put_down(self, progress: RecallProgress, recalls: Sequence[Recall]) -> None:
        """Both or nothing: the progress, over the version that was read, and at most 90 recalls.

        Raises ChangedMeanwhile, also where one of them was put down meanwhile.
        """
        ...

    def move(self, progress: RecallProgress) -> RecallProgress:
        """Raises ChangedMeanwhile."""
        ...

    def of_file(self, ref: RunRef, number: int) -> Iterator[Recall]:
        """Those put down under a number, in the order of their names."""
        ...

    def due(self, at: datetime) -> Iterator[RunRef]:
        """Runs with recalls to look at by then, the longest due first. Lags a moment behind."""
        ...


class Timeline(Protocol):
    """What happened with each customer; only ever added to."""

    def told(self, entries: Sequence[TimelineEntry]) -> Mapping[str, TimelineEntry]:
        """What is already kept under the ids of these entries, by those ids; never stale."""
        ...

    def add(self, entries: Sequence[TimelineEntry]) -> None:
        """One whose id is already there stays as it is."""
        ...

    def list(
        self, company_id: str, person_id: str, *, after: str | None, limit: int
    ) -> Sequence[TimelineEntry]:
        """Newest first, from behind the place `after`; never stale."""
        ...


class ImportStore(Protocol):
    def add(self, job: ImportJob) -> ImportJob: ...

    def get(self, company_id: str, job_id: str) -> ImportJob:
        """Raises ImportNotFound."""
        ...

    def move(self, job: ImportJob) -> ImportJob:
        """Raises ChangedMeanwhile."""
        ...


class FileWriter(Protocol):
    """A file being written: it appears, whole, when its block ends without an error."""

    rows: int
    """Set by whoever knows, before the block ends."""

    def write(self, data: bytes, /) -> object: ...

    @property
    def facts(self) -> RunFile:
        """Size and SHA-256; only after the block."""
        ...


class RunFiles(Protocol):
    """The files of a run, streamed in and out. Writing a name again replaces it."""

    def write(self, ref: RunRef, name: str) -> AbstractContextManager["FileWriter"]: ...

    def read(self, ref: RunRef, name: str, *, start: int = 0, end: int | None = None) -> BinaryIO:
        """From byte `start` up to, not including, `end`; to be closed. Raises RunFileNotFound."""
        ...

    def remove(self, ref: RunRef, names: Sequence[str]) -> None:
        """Removing what is not there is fine."""
        ...

    def link(self, ref: RunRef, name: str, *, seconds: int) -> str:
        """A URL that downloads the file, for so long."""
        ...

    def upload_link(self, ref: RunRef, name: str, *, seconds: int) -> str:
        """A URL that takes the file by PUT, for so long."""
        ...

    def size(self, ref: RunRef, name: str) -> int:
        """Raises RunFileNotFound."""
        ...


class Rewriting(Protocol):
    """What a table of a run becomes for somebody who cannot take it as it is, piece by piece.

    Raises TableUnreadable, maybe after some pieces.
    """

    def __call__(self, run: Run, name: str, *, files: RunFiles) -> Iterable[bytes]: ...


class Uploads(Protocol):
    """Files that clients hand in by a presigned URL, and what we answer them."""

    def upload_link(self, key: str, *, seconds: int) -> str: ...

    def download_link(self, key: str, *, seconds: int) -> str: ...

    def read(self, key: str, *, most: int) -> BinaryIO:
        """To be closed. Raises UploadNotFound, and BadImportFile if it has more bytes than that."""
        ...

    def write(self, key: str, data: Iterable[bytes]) -> None: ...


class Secrets(Protocol):
    """`context` names the company, object and field; opening with another one fails."""

    def seal(self, plain: str, context: Mapping[str, str]) -> Sealed: ...

    def open(self, sealed: Sealed, context: Mapping[str, str]) -> str: ...


class Schedules(Protocol):
    """The alarm clocks of each campaign: one for each purpose, and slot if it has several."""

    def put(self, entry: ScheduleEntry) -> None:
        """Create or replace. Repeating it changes nothing."""
        ...

    def remove(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN, slot: str = ""
    ) -> None:
        """Removing what is not there is fine."""
        ...

    def find(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN, slot: str = ""
    ) -> ScheduleEntry | None:
        """None also for one that rang for the only time."""
        ...

    def others(self, known: frozenset[ClockName]) -> Iterator[ClockName]:
        """The name of every entry that is none of the known."""
        ...


class Events(Protocol):
    """Whoever wants to know what happens here."""

    def publish(self, *events: Event) -> None:
        """Tell them, each at least once. Raises EventsUnavailable, maybe after some were told."""
        ...


class ScheduleMover(Protocol):
    def start(self, company: Company, *, after: str | None = None) -> None:
        """Begin to move the schedules of a company in the background, from behind a campaign on.

        Raises MoverUnavailable.
        """
        ...


class EvidencePacker(Protocol):
    def start(self, ref: RunRef, version: int) -> None:
        """Begin to put together, in the background, the evidence of a run as it is at a version.

        Raises PackerUnavailable.
        """
        ...


class WebhookStore(Protocol):
    def get(self, company_id: str, webhook_id: str) -> Webhook:
        """Raises WebhookNotFound."""
        ...

    def find(self, company_id: str, webhook_id: str) -> Webhook | None: ...

    def list(self, company_id: str, *, after: str | None, limit: int) -> Sequence[Webhook]:
        """Newest first, from behind the id `after`."""
        ...

    def add(self, webhook: Webhook) -> Webhook:
        """Raises TooManyWebhooks, also when several are added at once."""
        ...

    def move(self, webhook: Webhook) -> Webhook:
        """Raises ChangedMeanwhile."""
        ...

    def remove(self, company_id: str, webhook_id: str) -> None:
        """Raises WebhookNotFound."""
        ...


class DeliveryStore(Protocol):
    """What was sent to webhooks, or is to be, for thirty days."""

    def add_or_get(self, delivery: WebhookDelivery) -> WebhookDelivery:
        """The one that is kept under its id: this, if there was none."""
        ...

    def get(self, ref: DeliveryRef) -> WebhookDelivery:
        """Raises WebhookDeliveryNotFound."""
        ...

    def find(self, ref: DeliveryRef) -> WebhookDelivery | None: ...

    def move(self, delivery: WebhookDelivery) -> WebhookDelivery:
        """Raises ChangedMeanwhile."""
        ...

    def list(
        self,
        company_id: str,
        webhook_id: str,
        *,
        status: DeliveryStatus | None,
        after: str | None,
        limit: int,
    ) -> Sequence[WebhookDelivery]:
        """Newest first, from behind the place `after`; of one status, or all. May lag a little."""
        ...


class DeliveryQueue(Protocol):
    """Deliveries that are to be looked at: each comes at least once, and again until it is done."""

    def put(self, ref: DeliveryRef) -> None:
        """Soon. However many there are of one webhook, those of others do not wait for them."""
        ...

    def put_off(self, receipt: str, wait: timedelta) -> None:
        """What came with this receipt comes again after so long, which is 12 hours at most.

        As far as it can be done: else it comes sooner. Never raises.
        """
        ...


class Receivers(Protocol):
    """Whoever listens behind the URLs of webhooks."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Raises nothing of what a receiver can do, and is back within a minute.

        An answer has ten seconds; the host is checked, and redirects are not followed.
        """
        ...


class MessageStore(Protocol):
    """Messages, what they say, and how many of each run stand how, which is never stale."""

    def add(self, messages: Sequence[tuple[Message, Wording]]) -> Sequence[Message]:
        """As they are kept: these, or what was kept under their ids before, in this order."""
        ...

    def find(self, ref: MessageRef) -> Message | None: ...

    def many(self, company_id: str, ids: Sequence[str]) -> Mapping[str, Message]:
        """Those that exist, by id."""
        ...

    def wordings(self, company_id: str, ids: Sequence[str]) -> Mapping[str, Wording]: ...

    def move(self, was: Message, now: Message) -> Message:
        """Raises ChangedMeanwhile. The tally moves with it, and who was reached is known."""
        ...

    def tally(self, company_id: str, run_id: str) -> Tally: ...

    def reached(self, channel: Channel, address: str) -> Sequence[Recipient]:
        """Of all companies, to whom messages went there."""
        ...


class Notices(Protocol):
    """When each subject was last sent to a person about a debt; kept for good."""

    def sent(self, messages: Sequence[Message]) -> None:
        """These may have gone out. Again, or in another order, ends the same."""
        ...

    def last(
        self, company_id: str, about: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Mapping[str, datetime]]:
        """By person and debt, the subjects; of those with whom there is anything. Never stale."""
        ...


class MessageQueue(Protocol):
    """Parcels that are to be sent: each comes at least once, and again until it is done."""

    def put(self, parcels: Sequence[Parcel]) -> None: ...

    def put_off(self, receipt: str, wait: timedelta) -> None:
        """As that of DeliveryQueue."""
        ...


class Pace(Protocol):
    """The line in which all senders of a company take turns at a provider."""

    def take(self, company_id: str, channel: Channel, count: int, rate: Rate, now: float) -> Turn:
        """`now` is in seconds since the epoch."""
        ...


class MessageChannel(Protocol):
    """A way to reach people. A provider that has taken a message has it for good."""

    @property
    def repeats_safely(self) -> bool:
        """Whether a message that was sent before may be again, and reaches nobody twice."""
        ...

    def send(self, message: Message, wording: Wording) -> str:
        """The provider's id of it.

        Raises Throttled, TemporaryFailure, PermanentFailure, NoAnswer.
        """
        ...


class Outbox(Protocol):
    """Where messages go that reach nobody: shown to whoever wants to see them."""

    def put(self, message: Message, wording: Wording) -> None:
        """Again replaces it."""
        ...

    def list(
        self, company_id: str, *, after: str | None, limit: int
    ) -> Sequence[tuple[Message, Wording]]:
        """In the order of their ids, from behind one."""
        ...


class Executions(Protocol):
    def look(self, ref: RunRef, *, restart: int = 0) -> ExecutionState:
        """How the execution of a run stands. One that there never was is begun by asking.

        Raises EngineUnavailable.
        """
        ...


class RunEngine(Protocol):
    def start(self, ref: RunRef, *, restart: int = 0) -> None:
        """Begin the run's execution in the background; the same restart again begins nothing.

        Raises EngineUnavailable.
        """
        ...


class QuerySource(Protocol):
    """A Redash server. Answers are small JSON, since they are remembered between steps."""

    def submit(self, address: QueryAddress, key: str) -> Json:
        """`{jobId}` or `{resultId}`. Raises QueryRefused and its kin, QueryUnavailable."""
        ...

    def text(self, address: QueryAddress, key: str) -> str:
        """Of the query as it is stored now, its parameters not filled in. Raises as `submit`."""
        ...

    def poll(self, address: QueryAddress, key: str, job_id: str) -> Json:
        """`{state: queued|started|done, resultId}`. Raises as `submit` does."""
        ...

    def cancel(self, address: QueryAddress, key: str, job_id: str) -> None:
        """As far as it can be done; never raises."""
        ...

    def rows(
        self,
        address: QueryAddress,
        key: str,
        result_id: int,
        *,
        read_timeout_s: float | None = None,
    ) -> "QueryRows":
        """`read_timeout_s` is how long the server may be silent. Raises as `submit` does."""
        ...


class QueryRows(Protocol):
    """A query result as it arrives. `columns` are known once the first batch is out."""

    @property
    def columns(self) -> Sequence[str]: ...

    def batches(self) -> Iterable[list[dict[str, Any]]]: ...

    def close(self) -> None: ...


class TimeBudget(Protocol):
    """The time that a request may still take, in seconds."""

    def left(self) -> float:
        """Never less than 0."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the time that is left."""
        ...


class OutboundHosts(Protocol):
    def check(self, host: str, port: int, *, field: str) -> None:
        """Raises HostForbidden. A name that does not resolve now is no error yet."""
        ...


class Source(Protocol):
    """Bytes to deliver: read from any offset, as often as needed."""

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def open(self, offset: int) -> BinaryIO: ...


class DeliveryChannel(Protocol):
    """A connection to where files go."""

    def deliver(self, source: Source, name: str, *, attempts: int = 1) -> Receipt:
        """Whole under `name`, or not at all; again is fine. Raises as domain/delivery.py says."""
        ...

    def probe(self, *, writing: bool, within: float) -> Probe:
        """Try what a delivery needs and tell how far it came, in so many seconds; never raises
        what a step met.

        With `writing`, a file is put there and taken away again.
        """
        ...

    def close(self) -> None: ...


OpenChannel: TypeAlias = Callable[[SftpDestination], DeliveryChannel]

CheckPrivateKey: TypeAlias = Callable[[SftpDestination], None]
"""Whether the destination's key can be used. Raises BadPrivateKey, PrivateKeyLocked."""


class Steps(Protocol):
    """What a run's orchestrator needs of a durable engine.

    A step that has ended is not done again when the execution goes on after an interruption.
    A refusal (DomainError) ends the execution as StepRefused; Unavailable is tried again first.
    """

    def step(self, name: str, do: Callable[[int], Json]) -> Json:
        """`do` is told which attempt this is, from 1."""
        ...

    def poll(self, name: str, check: Callable[[Json], Json], state: Json) -> Json:
        """Call `check` on the last state, with growing pauses, until it answers `done: true`.

        An answer may say by `wait` how many seconds the next pause takes.
        """
        ...

    def each(self, name: str, items: Sequence[Json], do: Callable[[Json], Json]) -> Sequence[Json]:
        """`do` of every item, perhaps several at once and elsewhere; answers in item order."""
        ...
