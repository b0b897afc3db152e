"""A company of a test's own: what it keeps, and how it calls the functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any
from uuid import uuid4

from campaigns import wiring
from campaigns.domain.api_key import digest_of
from campaigns.domain.campaign import Campaign
from campaigns.domain.company import Company
from campaigns.domain.exporter import Exporter
from campaigns.domain.public_id import CAMPAIGN, EXPORTER, RUN, show
from campaigns.domain.run import Run, RunFile, RunStatus
from local.gateway import context
from tests.builders import a_campaign, a_key, a_run, an_exporter
from tests.integration.events import request


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any
    """Decoded if it is JSON."""

    @property
    def data(self) -> Any:
        assert self.status == 200, self.body
        return self.body["data"]

    @property
    def items(self) -> list[str]:
        return [one["id"] for one in self.data]

    @property
    def fields(self) -> list[str]:
        """The fields that a refusal names."""
        assert self.status == 400, self.body
        return [one["field"] for one in self.body["errors"]]


def invoke(function: str, event: Any) -> Any:
    """The function as it is deployed, with the event as it is."""
    handler = import_module(f"functions.{function.replace('/', '.')}").handler
    return handler(event, context(function))


@dataclass(frozen=True, slots=True)
class Lender:
    company: Company
    key: str

    @property
    def id(self) -> str:
        return self.company.id

    @property
    def key_id(self) -> str:
        found = wiring.access().find_key(digest_of(self.key))
        assert found is not None
        return found.id

    def call(
        self,
        function: str,
        *,
        headers: Mapping[str, str | None] | None = None,
        ids: Mapping[str, str] | None = None,
        **but: Any,
    ) -> Answer:
        """The sample event of a function, sent by this company, with whatever is given."""
        known = {"companyId": self.id, **(ids or {})}
        sent = {"x-api-key": self.key, **(headers or {})}
        told = invoke(function, request(function, known, headers=sent, **but))
        lower = {name.lower(): value for name, value in told["headers"].items()}
        body = told.get("body") or None
        if body is not None and "json" in lower["content-type"]:
            body = json.loads(body)
        return Answer(told["statusCode"], lower, body)

    def campaign(self, **but: Any) -> Campaign:
        """A campaign of this company, kept."""
        return wiring.campaigns().add(a_campaign(company_id=self.id, **{"id": new_id(), **but}))

    def exporter(self, *fields: str, **but: Any) -> Exporter:
        made = an_exporter(*fields, company_id=self.id, **{"id": new_id(), **but})
        return wiring.exporters().add(made)

    def opened(self, campaign: Campaign, **but: Any) -> Run:
        """A run in progress."""
        at = wiring.now()
        made = a_run(company_id=self.id, campaign_id=campaign.id, created_at=at, updated_at=at)
        return wiring.runs().open(replace(made, **{"id": new_id(), **but}))

    def ended(self, run: Run, *files: str) -> Run:
        """The run, over, with these files; each holds its own name."""
        held: list[RunFile] = []
        for name in files:
            with wiring.files().write(run.ref, name) as file:
                file.write(f"{name}\n".encode())
            held.append(file.facts)
        at = wiring.now()
        running = run.moved(RunStatus.RUNNING, at=at).holding(*held)
        return wiring.runs().move(running.moved(RunStatus.COMPLETED, at=at))

    def allowed(self, *scopes: str, **but: Any) -> "Lender":
        """The same company with another key, which allows only so much."""
        key = f"sk_live_{uuid4().hex}"
        wiring.access().add_key(
            a_key(key, company_id=self.id, scopes=frozenset(scopes), id=new_id(), **but)
        )
        return replace(self, key=key)


def new_id() -> str:
    return wiring.new_id()


def shown(thing: Campaign | Exporter | Run) -> str:
    """The id as the borrower API spells it."""
    kind = {Campaign: CAMPAIGN, Exporter: EXPORTER, Run: RUN}[type(thing)]
    return show(kind, thing.id)
