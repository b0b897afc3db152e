"""The embedded stack: everything template.yaml deploys, in and around one process.

emulator     AWS itself: tables, bucket, queues, keys, schedules      (child process)
gateway      every route of the template, through the real handlers
lambda api   invocations that the service makes of its own functions
durable      the runs, as durable executions that survive a restart
scheduler    rings the campaigns' alarm clocks
queues       hands messages to the functions that listen
streams      hands changes of tables to the functions that listen
events       overhears what is told on the event bus
queries      a Redash-compatible server over a lender's database      (child process)
sftp         a dialer's SFTP server                                   (child process)
"""

import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from http.server import ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

from campaigns import wiring
from local import gateway, lambda_api, lender
from local.clock import LocalClock
from local.durable import LocalDurable
from local.emulator import Emulator
from local.events import EventTap
from local.provision import CREDENTIALS, Provision, client
from local.queues import QueueDrain, Source
from local.redash_server import RedashServer
from local.scheduler import LocalScheduler
from local.sftp_server import SftpServerProcess
from local.streams import Listening, StreamPump, patterns_of
from local.template import Template

HOST = "127.0.0.1"
QUERY_KEY = "local-query-key-0001"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; 0 is any free port."""

    api: int = 0
    aws: int = 0
    queries: int = 0
    sftp: int = 0

    def check_free(self) -> None:
        """Before anything is started. Raises PortInUse."""
        _check_free(self.api, "--port")
        _check_free(self.aws, "--aws-port")
        _check_free(self.queries, "--query-port")
        _check_free(self.sftp, "--sftp-port")


class PortInUse(Exception):
    def __init__(self, port: int, option: str) -> None:
        super().__init__(f"port {port} is in use; choose another with {option}")


@dataclass(slots=True)
class Stack:
    """Up when `with` returns. `endpoint` names an emulator that somebody else runs."""

    data: Path
    ports: Ports = field(default_factory=Ports)
    clock: LocalClock = field(default_factory=LocalClock)
    endpoint: str | None = None
    name: str = "campaigns"
    lenders: bool = True
    """Whether to start the query server and the SFTP server too."""
    hurry: bool = False
    """Whether waits are skipped, those inside runs above all, and those in queues."""
    sftp_options: tuple[str, ...] = ()
    log_level: str = "ERROR"
    show_event: Callable[[str], None] = lambda line: None
    """Told of every event on the bus."""

    url: str = ""
    template: Template = field(default_factory=Template)
    environment: dict[str, str] = field(default_factory=dict)
    queries: RedashServer | None = None
    sftp: SftpServerProcess | None = None
    scheduler: LocalScheduler | None = None
    events: EventTap | None = None
    durable: LocalDurable | None = None
    _modules: dict[str, str] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def lender_database(self) -> Path:
        return self.data / "lender" / "lender.db"

    def invoke(self, function: str, event: Any) -> Any:
        """Call a function by the name it is deployed under, unqualified."""
        return self._handler(function)(event, gateway.context(function))

    def _start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.ports.check_free()
        if self.endpoint is None:
            emulator = Emulator(port=self.ports.aws, data=self.data / "aws")
            self.endpoint = self._open.enter_context(emulator).endpoint
        provision = Provision(self.template, self.endpoint, name=self.name)
        self.environment = provision.environment()
        self._modules = {
            str(provision.resolved(function.function_name)): function.module
            for function in self.template.functions()
        }
        pool = self._open.enter_context(ThreadPoolExecutor(max_workers=8))
        invocations = self._served(
            lambda_api.serve(
                HOST, 0, self._accept(pool), lambda name: self._durable.status_of(name)
            )
        )
        self._environ(f"http://{HOST}:{invocations.server_port}")
        wiring.forget()
        self._open.callback(wiring.use_clock, None)
        wiring.use_clock(self.clock.now)
        self._open.callback(wiring.use_pauses, None)
        wiring.use_pauses((lambda _: None) if self.hurry else None)
        if self.lenders:
            # Before the runs, so that they are not still at work when these servers stop.
            self._start_lender()
        # Before the runs as well, so that what they write last is still handed over.
        self._start_streams(provision)
        self.durable = LocalDurable(
            self._handler(self._named("campaign_run")),
            state=self.data / "durable",
            functions={self._named("resolve_chunk"): self._handler(self._named("resolve_chunk"))},
            hurry=self.hurry,
        )
        self._open.callback(self.durable.close)
        # Before anything can begin a new run, which would then be taken for one to resume.
        self.durable.resume()
        self._start_triggers(provision)
        self._start_gateway()

    def _environ(self, lambda_endpoint: str) -> None:
        wanted = {
            **CREDENTIALS,
            **self.environment,
            "AWS_ENDPOINT_URL": self.endpoint or "",
            "AWS_ENDPOINT_URL_LAMBDA": lambda_endpoint,
            "POWERTOOLS_METRICS_DISABLED": "true",
            "POWERTOOLS_LOG_LEVEL": self.log_level,
        }
        before = {name: os.environ.get(name) for name in wanted}

        def restore() -> None:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            wiring.forget()

        os.environ.update(wanted)
        self._open.callback(restore)

    def _start_lender(self) -> None:
        self.lender_database.parent.mkdir(parents=True, exist_ok=True)
        if not self.lender_database.exists():
            lender.build(self.lender_database, today=self.clock.now().date())
        self.queries = self._open.enter_context(
            RedashServer(
                self.lender_database,
                key=QUERY_KEY,
                data=self.data / "lender",
                port=self.ports.queries,
            )
        )
        root = self.data / "sftp"
        (root / "inbox").mkdir(parents=True, exist_ok=True)
        keys = ("--host-key", str(self.data / "sftp-host-key"))
        port = ("--port", str(self.ports.sftp))
        self.sftp = self._open.enter_context(
            SftpServerProcess(root, *keys, *port, *self.sftp_options)
        )

    def _start_streams(self, provision: Provision) -> None:
        listening = []
        for function in self.template.functions():
            for event in function.properties.get("Events", {}).values():
                if event["Type"] == "DynamoDB":
                    asked = event["Properties"]
                    name = self._named(function.module.rpartition(".")[2])
                    stream = provision.resolved(asked["Stream"])
                    one = Listening(stream, name, patterns_of(asked), asked.get("BatchSize", 100))
                    listening.append(one)
        streams = client("dynamodbstreams", self.endpoint or "")
        pump = StreamPump(streams, listening, self.invoke, marks=self.data / "streams")
        pump.start()
        self._open.callback(pump.stop)

    def _start_triggers(self, provision: Provision) -> None:
        sources, clocked = [], []
        for function in self.template.functions():
            name = self._named(function.module.rpartition(".")[2])
            for event in function.properties.get("Events", {}).values():
                if event["Type"] == "SQS":
                    arn = provision.resolved(event["Properties"]["Queue"])
                    queue = client("sqs", self.endpoint or "")
                    url = queue.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
                    batch = event["Properties"].get("BatchSize", 10)
                    sources.append(Source(url, name, batch))
                if event["Type"] == "Schedule":
                    clocked.append((event["Properties"]["Schedule"], name))
        sqs = client("sqs", self.endpoint or "")
        drain = QueueDrain(sqs, sources, self.invoke, hurry=self.hurry)
        drain.start()
        self._open.callback(drain.stop)
        self.events = EventTap(
            self.endpoint or "", self.environment["EVENT_BUS"], show=self.show_event
        )
        self.events.start()
        self._open.callback(self.events.stop)
        self.scheduler = LocalScheduler(
            client("scheduler", self.endpoint or ""),
            group=self.environment["SCHEDULE_GROUP"],
            invoke=lambda arn, event: self.invoke(arn.rpartition(":")[2], event),
            now=self.clock.now,
            regular=clocked,
        )
        self.scheduler.start()
        self._open.callback(self.scheduler.stop)

    def _start_gateway(self) -> None:
        deployed = {
            function.name: name
            for name, function in zip(self._modules, self.template.functions(), strict=True)
        }
        routes = gateway.Routes(
            [one._replace(function=deployed[one.function]) for one in self.template.routes()],
            deployed[self.template.default],
        )
        try:
            server = gateway.serve(HOST, self.ports.api, routes, self.invoke)
        except OSError:
            raise PortInUse(self.ports.api, "--port") from None
        self._served(server)
        self.url = f"http://{HOST}:{server.server_port}"

    def _served(self, server: ThreadingHTTPServer) -> ThreadingHTTPServer:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        self._open.callback(stop)
        return server

    def _accept(self, pool: ThreadPoolExecutor) -> lambda_api.Accept:
        def accept(name: str, event: dict[str, Any], execution: str | None) -> bool:
            function = name.partition(":")[0]
            if function == self._named("campaign_run"):
                return self._durable.start(execution or "", event)
            pool.submit(self.invoke, function, event)
            return True

        return accept

    @property
    def _durable(self) -> LocalDurable:
        assert self.durable is not None, "no run is started before the stack is up"
        return self.durable

    def _named(self, file: str) -> str:
        """The name a function is deployed under, by its file's name."""
        return next(name for name, module in self._modules.items() if module.endswith(f".{file}"))

    def _handler(self, function: str) -> Callable[..., Any]:
        return _imported(self._modules[function])


@cache
def _imported(module: str) -> Callable[..., Any]:
    handler: Callable[..., Any] = import_module(module).handler
    return handler


def _check_free(port: int, option: str) -> None:
    if port == 0:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortInUse(port, option) from None
