"""What the sample events speak of, put into an AWS emulator of its own."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time as hour
from pathlib import Path
from threading import Thread
from typing import Any

from campaigns import wiring
from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.api_key import SCOPES
from campaigns.domain.channel import Channel
from campaigns.domain.guard_rules import ContactPolicy
from campaigns.domain.imports import ImportKind
from campaigns.domain.public_id import CAMPAIGN, EXPORTER, RUN, SENDER, read
from campaigns.domain.run import CAMPAIGN_INPUT, LOG, OVERRIDE, Run, RunRef, RunStatus
from campaigns.domain.template import Content
from campaigns.pipeline.csv_lines import CsvLines
from local import lambda_api
from local.provision import CREDENTIALS, Provision, client
from local.template import ROOT, Template
from tests import builders

KEY = "sk_live_sample"
CLIENT_SECRET = "fs_sample"
PEOPLE_FILE = b"externalId,firstName,phoneMobile\n100003,Grace,+15125550124\n"
ROWS = [{"borrowerId": "100001", "loanId": "900001"}, {"borrowerId": "100002", "loanId": ""}]
"""What the sample run has in place of a query's result; the second person is unknown."""


def event(module: str) -> Any:
    """The sample event of `functions.<family>.<file>`."""
    _, family, file = module.split(".")
    return json.loads((ROOT / "events" / family / f"{file}.json").read_text())


@dataclass
class World:
    """An emulator with everything in it, and a Lambda API that takes every invocation."""

    endpoint: str
    lambda_endpoint: str
    environment: dict[str, str]
    ref: RunRef
    started: list[tuple[str, Any, str | None]] = field(default_factory=list)
    """Function, event and execution name of every invocation that was asked for."""

    @property
    def endpoints(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_LAMBDA": self.lambda_endpoint,
        }

    def run(self, run_id: str | None = None) -> Run:
        """As it is kept now; the one of the sample events unless another is named."""
        at = self.ref
        return wiring.runs().get(at.company_id, at.campaign_id, run_id or at.run_id)

    def end_run(self, run_id: str) -> None:
        """So that the campaign can have another."""
        wiring.runs().move(self.run(run_id).moved(RunStatus.CANCELED, at=wiring.now()))


@contextmanager
def world(host: str, port: int) -> Iterator[World]:
    """On `host`, which containers must be able to reach: the emulator, and Lambda one port on."""
    endpoint = f"http://{host}:{port}"
    started: list[tuple[str, Any, str | None]] = []

    def accept(function: str, payload: Any, execution: str | None) -> bool:
        started.append((function, payload, execution))
        return True

    with _emulator(host, port):
        environment = Provision(Template(), endpoint).environment()
        functions = lambda_api.serve(host, port + 1, accept)
        Thread(target=functions.serve_forever, daemon=True).start()
        made = World(endpoint, f"http://{host}:{port + 1}", environment, _ref(), started)
        os.environ.update({**CREDENTIALS, **environment, **made.endpoints})
        try:
            _settle(made)
            yield made
        finally:
            functions.shutdown()
            functions.server_close()


@contextmanager
def _emulator(host: str, port: int) -> Iterator[None]:
    python = Path(sys.prefix, "emulator/bin/python")
    kept = {name: one for name, one in os.environ.items() if not name.startswith(("AWS_", "PY"))}
    child = subprocess.Popen(
        [python, "-m", "ministack"],
        env={**kept, "GATEWAY_PORT": str(port), "BIND_HOST": host, "LOG_LEVEL": "ERROR"},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://{host}:{port}/health", child)
        yield
    finally:
        child.terminate()
        child.wait()


def _wait_for(url: str, child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the AWS emulator does not answer at {url}")


def _ref() -> RunRef:
    named: RunRef = RunRef.of(event("functions.runs.campaign_run"))
    return named


def _settle(made: World) -> None:
    """One company with all that the samples speak of: a run under way, a plan, a client, …"""
    ref = made.ref
    # The clock of functions is the true one: whatever the hour, and however often.
    always = ContactPolicy(
        first_hour=hour(0), last_hour=hour(23, 59, 59), call_frequency=False, exports_a_day=1000
    )
    wiring.access().put_company(builders.a_company(id=ref.company_id, contact_policy=always))
    wiring.access().add_key(builders.a_key(KEY, scopes=SCOPES))
    wiring.access().add_key(builders.a_key("cc_sample", scopes=SCOPES, prefix="cc_"))
    wiring.access().add_key(builders.a_key("ag_sample", scopes=SCOPES, prefix="ag_"))
    other = event("functions.management.get_key")["pathParameters"]["keyId"]
    wiring.access().add_key(builders.a_key("sk_live_other", id=other, name="sample"))
    wiring.people().put_customers([builders.a_customer("100001")])
    wiring.people().put_accounts([builders.an_account("900001", "100001")])
    asked = event("functions.borrower.get_contact_exporter")["pathParameters"]["exporterId"]
    exporter = wiring.exporters().add(builders.an_exporter(id=read(EXPORTER, asked)))
    wiring.campaigns().add(
        builders.a_campaign(
            id=ref.campaign_id, exporter_id=exporter.id, name="Sample", schedule="P P * * 1-5"
        )
    )
    for shard in range(wiring.scheduled_campaigns().shards):
        # So that there is nothing to sweep, whenever this is done.
        wiring.scheduled_campaigns().look_from(shard, wiring.now())
    with wiring.files().write(ref, OVERRIDE) as override:
        override.write(json.dumps(ROWS).encode())
    with wiring.files().write(ref, CAMPAIGN_INPUT) as file:
        lines = [[str(number), *row.values()] for number, row in enumerate(ROWS, start=1)]
        file.write(CsvLines().encode([["row", *ROWS[0]], *lines]))
    wiring.runs().open(
        builders.a_run(
            id=ref.run_id,
            campaign_id=ref.campaign_id,
            overrides=True,
            exporter=exporter,
            campaign_facts={"id": "CM-sample", "name": "Sample", "externalId": ""},
        )
    )
    named = event("functions.management.replay_webhook_delivery")["pathParameters"]
    webhook = builders.a_webhook(id=named["webhookId"])
    wiring.webhooks().add(webhook)
    failed = builders.a_delivery(webhook, id=named["deliveryId"]).given_up("it answered 500")
    wiring.webhook_deliveries().add_or_get(failed)
    _settle_collection(ref.company_id, exporter.id)
    _settle_messages()
    _settle_agency()
    job_id = event("functions.management.get_import")["pathParameters"]["importId"]
    job = wiring.imports().add(builders.an_import(id=job_id))
    of_results = event("functions.management.get_results_file")["pathParameters"]["fileId"]
    wiring.imports().add(builders.an_import(id=of_results, kind=ImportKind.RESULTS))
    asked = event("functions.management.get_plan")["pathParameters"]["planId"]
    wiring.plans().add(builders.a_plan(id=asked, number=7, name="Sample"))
    asked = event("functions.financing.list_campaigns")["pathParameters"]["clientId"]
    wiring.financing_clients().add(builders.a_client(CLIENT_SECRET, id=asked))
    bucket = made.environment["FILES_BUCKET"]
    client("s3", made.endpoint).put_object(Bucket=bucket, Key=job.upload_key, Body=PEOPLE_FILE)


def _settle_messages() -> None:
    """A bulk sender, a template of one version, a group of nobody."""
    asked = event("functions.borrower.get_bulk_sender")["pathParameters"]["senderId"]
    wiring.senders().add(builders.a_sender(id=read(SENDER, asked)))
    asked = event("functions.management.get_template")["pathParameters"]["templateId"]
    template = builders.a_template(id=asked)
    wiring.templates().introduce(template, builders.a_version(template))
    asked = event("functions.management.get_group")["pathParameters"]["groupId"]
    wiring.groups().add(builders.a_group(id=asked, name="Spring offer of last year"))


def _settle_agency() -> None:
    """A template of two parameters in its body, a group to send it to, and a campaign of that."""
    whatsapp = {"channel": Channel.WHATSAPP, "subject": None, "template_name": "spring_offer"}
    template = builders.a_template(name="Spring offer", **whatsapp)
    content = Content(header=("season",), body=("name", "discount"))
    wiring.templates().introduce(template, builders.a_version(template, content=content))
    group = wiring.groups().add(builders.a_group(name="Everybody"))
    asked = event("functions.agency.get_campaign")["pathParameters"]["campaignId"]
    made = builders.an_agency_campaign(
        AgencySchedule.once("2099-03-05 10:00"),
        id=asked,
        name="Sample",
        template_id=template.id,
        group_id=group.id,
    )
    wiring.agency_campaigns().add(made)


def _settle_collection(company_id: str, exporter_id: str) -> None:
    """A collection campaign of one step, and a run of it that failed, with its log."""
    named = event("functions.management.get_campaign_run")["pathParameters"]
    step = builders.a_step(exporter_id=exporter_id)
    wiring.collections().add(builders.a_collection(id=named["campaignId"], steps=(step,)))
    asked = builders.a_run(id=named["runId"], campaign_id=named["campaignId"], step_id=step.id)
    at = wiring.now()
    run = wiring.runs().open(asked)
    with wiring.files().write(run.ref, LOG) as log:
        log.write(b"sample\n")
    running = wiring.runs().move(run.moved(RunStatus.RUNNING, at=at).holding(log.facts))
    wiring.runs().move(running.failed("sample", "sample", at=at))


def names_are_the_samples(made: World) -> bool:
    """Whether the ids in the paths are those of the plain events."""
    at = event("functions.borrower.get_run")["pathParameters"]
    shown = (at["companyId"], read(CAMPAIGN, at["campaignId"]), read(RUN, at["runId"]))
    return shown == (made.ref.company_id, made.ref.campaign_id, made.ref.run_id)
