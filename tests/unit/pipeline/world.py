"""A company with a campaign, its people, a query and a receiver, all in memory."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from campaigns.adapters.memory import (
    MemoryAccess,
    MemoryCollection,
    MemoryEvents,
    MemoryPeople,
    MemoryRunFiles,
    MemoryRunStore,
    MemorySecrets,
    MemorySteps,
)
from campaigns.adapters.memory_collections import MemoryCollectionCampaigns, MemoryEnrollmentStore
from campaigns.adapters.memory_contacts import MemoryContactLedger
from campaigns.adapters.memory_messages import MemoryGroupStore, MemoryTemplateStore
from campaigns.adapters.memory_sending import (
    MemoryMessageQueue,
    MemoryMessageStore,
    MemoryNotices,
)
from campaigns.adapters.rendering.jinja import JinjaRenderer
from campaigns.domain.account import Account
from campaigns.domain.agency_campaign import AgencyCampaign, AgencyCampaignNotFound
from campaigns.domain.campaign import Campaign, CampaignNotFound, SftpSettings
from campaigns.domain.customer import Customer
from campaigns.domain.delivery import FileExists, Probe, Receipt, SftpDestination, Step
from campaigns.domain.exporter import Exporter, ExporterNotFound
from campaigns.domain.query import QueryAddress
from campaigns.domain.run import Run
from campaigns.domain.secret import secret_context
from campaigns.domain.sender import Sender, SenderNotFound
from campaigns.pipeline.orchestrate import execute
from campaigns.pipeline.tools import AgencyTools, FlowTools, SendingTools, Tools
from campaigns.pipeline.writing import Writing
from campaigns.ports import Json, Source, Steps
from campaigns.usecases.cancel_run import cancel_run
from tests.builders import COMPANY, NOON, a_campaign, a_company, a_run, an_exporter, an_id
from tests.fakes import SometimesEngine, TickingClock

Rows = Sequence[dict[str, Any]]
KEY = "a-redash-key"


class AnsweredQuery:
    """A query server with one result. `polls` are the states its job goes through.

    `texts` are what its query says whenever it is read, the last of them for good; while
    something is in `unread`, it is raised instead.
    """

    def __init__(self, rows: Rows, columns: Sequence[str] | None = None) -> None:
        self.result = rows
        self.columns = list(rows[0]) if columns is None and rows else list(columns or [])
        self.polls = ["done"]
        self.asked: list[tuple[str, str]] = []
        self.failures: list[Exception] = []
        self.canceled: list[str] = []
        self.at_poll: Callable[[], object] = lambda: None
        self.texts = ["SELECT 1"]
        self.unread: list[Exception] = []
        self.waited: list[float | None] = []

    def text(self, address: QueryAddress, key: str) -> str:
        if self.unread:
            raise self.unread[0]
        return self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]

    def submit(self, address: QueryAddress, key: str) -> Json:
        self._ask("submit", key)
        return {"jobId": "job-1"} if self.polls else {"resultId": 1}

    def poll(self, address: QueryAddress, key: str, job_id: str) -> Json:
        self._ask("poll", key)
        self.at_poll()
        state = self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]
        return {"state": state, "resultId": 1 if state == "done" else None}

    def cancel(self, address: QueryAddress, key: str, job_id: str) -> None:
        self.canceled.append(job_id)

    def rows(
        self,
        address: QueryAddress,
        key: str,
        result_id: int,
        *,
        read_timeout_s: float | None = None,
    ) -> "AnsweredRows":
        self.waited.append(read_timeout_s)
        self._ask("rows", key)
        return AnsweredRows(self.columns, self.result)

    def _ask(self, verb: str, key: str) -> None:
        self.asked.append((verb, key))
        if self.failures:
            raise self.failures.pop(0)


class AnsweredRows:
    def __init__(self, columns: Sequence[str], rows: Rows) -> None:
        self.columns = columns
        self._rows = rows

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(self._rows), 3):
            yield list(self._rows[start : start + 3])

    def close(self) -> None: ...


class Receiver:
    """An SFTP server. `published` counts how often a file appeared or changed under its name."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.published: list[str] = []
        self.connections: list[SftpDestination] = []
        self.failures: list[Exception] = []
        self.probes: list[bool] = []
        self.finding = Probe((Step("resolve", True, "", 1),), "ssh-ed25519 AAAA", "SHA256:seen")
        self.refuses_overwriting = False
        self.at_delivery: Callable[[], object] = lambda: None

    def __call__(self, destination: SftpDestination) -> "Receiver":
        self.connections.append(destination)
        return self

    def deliver(self, source: Source, name: str, *, attempts: int = 1) -> Receipt:
        self.at_delivery()
        if self.failures:
            raise self.failures.pop(0)
        with source.open(0) as stream:
            content = stream.read()
        assert len(content) == source.size
        if self.files.get(name, content) != content and self.refuses_overwriting:
            raise FileExists("sftp.example.com", name)
        if self.files.get(name) != content:
            self.files[name] = content
            self.published.append(name)
        return Receipt(
            host="sftp.example.com",
            port=22,
            fingerprint="SHA256:seen",
            host_key="ssh-ed25519 AAAA",
            remote_path=f"inbox/{name}",
            bytes=len(content),
            sha256=source.sha256,
            published="rename",
            attempts=attempts,
            resumed_from=0,
            started_at=NOON,
            finished_at=NOON,
        )

    def probe(self, *, writing: bool, within: float) -> Probe:
        self.probes.append(writing)
        return self.finding

    def close(self) -> None: ...


class World:
    """Built around one run; change what the test is about, then `execute`.

    With a `number` campaign and run have the ids of that number and of the next, always.
    """

    def __init__(
        self,
        rows: Rows = (),
        *,
        columns: Sequence[str] | None = None,
        exporter: Exporter | None = None,
        people: Iterable[Customer] = (),
        accounts: Iterable[Account] = (),
        with_exporter: bool = True,
        number: int | None = None,
        **campaign: Any,
    ) -> None:
        self.clock = TickingClock()
        self.access = MemoryAccess()
        self.access.put_company(a_company())
        self.campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        self.exporters: MemoryCollection[Exporter] = MemoryCollection(missing=ExporterNotFound)
        self.agency: MemoryCollection[AgencyCampaign] = MemoryCollection(
            missing=AgencyCampaignNotFound
        )
        self.groups = MemoryGroupStore()
        self.runs = MemoryRunStore()
        self.people = MemoryPeople()
        self.collections = MemoryCollectionCampaigns()
        self.enrollments = MemoryEnrollmentStore(self.people)
        self.ledger = MemoryContactLedger()
        self.files = MemoryRunFiles()
        self.secrets = MemorySecrets()
        self.queries = AnsweredQuery(rows, columns)
        self.receiver = Receiver()
        self.events = MemoryEvents()
        self.engine = SometimesEngine()
        self.senders: MemoryCollection[Sender] = MemoryCollection(missing=SenderNotFound)
        self.templates = MemoryTemplateStore()
        self.notices = MemoryNotices()
        self.messages = MemoryMessageStore()
        self.queue = MemoryMessageQueue()
        self.exporter = self.exporters.add(exporter or an_exporter())
        id = an_id(number)
        self.campaigns.add(
            a_campaign(
                **{
                    "id": id,
                    "exporter_id": self.exporter.id if with_exporter else None,
                    "query_key": self._sealed(id, "redashApiKey", KEY),
                    "sftp": SftpSettings(
                        host="sftp.example.com",
                        username="dialer",
                        password=self._sealed(id, "sftpSettings.password", "correct horse"),
                        cd_dir="inbox",
                    ),
                    **campaign,
                }
            )
        )
        self.campaign_id = id
        self.people.put_customers(list(people))
        self.people.put_accounts(list(accounts))
        run_id = an_id(None if number is None else number + 1)
        self.opened = self.runs.open(a_run(id=run_id, campaign_id=id))

    def _sealed(self, campaign_id: str, field: str, plain: str) -> Any:
        return self.secrets.seal(plain, secret_context(COMPANY, campaign_id, field))

    @property
    def tools(self) -> Tools:
        return Tools(
            access=self.access,
            campaigns=self.campaigns,
            exporters=self.exporters,
            runs=self.runs,
            people=self.people,
            ledger=self.ledger,
            files=self.files,
            secrets=self.secrets,
            queries=self.queries,
            open_channel=self.receiver,
            events=self.events,
            allow_http=False,
            now=self.clock,
            writing=Writing(
                self.access, self.senders, self.templates, JinjaRenderer(), self.notices
            ),
            sending=SendingTools(self.messages, self.queue),
            agency=AgencyTools(self.agency, self.groups),
            flow=FlowTools(self.collections, self.enrollments, an_id),
        )

    def execute(self, steps: Steps | None = None) -> Run:
        ended = execute(self.opened.ref, steps or MemorySteps(), self.tools)
        run = self.run
        assert ended == {"status": run.status.value}
        return run

    def cancel(self, run: Run | None = None) -> Run:
        return cancel_run(
            run or self.run,
            runs=self.runs,
            files=self.files,
            events=self.events,
            engine=self.engine,
            now=self.clock,
        )

    @property
    def run(self) -> Run:
        return self.runs.get(COMPANY, self.campaign_id, self.opened.id)

    @property
    def campaign(self) -> Campaign:
        return self.campaigns.get(COMPANY, self.campaign_id)

    def change(self, changed: Callable[[Run], Run]) -> None:
        self.runs.move(changed(self.run))

    def content(self, name: str) -> bytes:
        return self.files.kept[self.opened.ref, name]

    def table(self, name: str) -> list[list[str]]:
        return read_csv(self.content(name))

    @property
    def file_names(self) -> set[str]:
        return {name for _, name in self.files.kept}

    def log(self) -> str:
        return "\n".join(line.text for line in self.run.log)


def read_csv(content: bytes, **dialect: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), **dialect))
