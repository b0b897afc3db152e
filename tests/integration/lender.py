"""A company of a test's own: what it keeps, and how it calls the functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from campaigns import wiring
from campaigns.domain.account import Account
from campaigns.domain.api_key import SCOPES, digest_of
from campaigns.domain.campaign import Campaign
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.company import Company, test_space_of
from campaigns.domain.customer import Customer
from campaigns.domain.enrollment import Change, Enrollment, enroll
from campaigns.domain.exporter import Exporter
from campaigns.domain.group import Group
from campaigns.domain.public_id import CAMPAIGN, EXPORTER, RUN, SENDER, show
from campaigns.domain.run import Run, RunFile, RunStatus
from campaigns.domain.schedule import local_date_of
from campaigns.domain.sender import Sender
from campaigns.domain.template import Content, Template, VersionRef
from local.gateway import context
from tests.builders import (
    a_campaign,
    a_collection,
    a_customer,
    a_group,
    a_key,
    a_run,
    a_sender,
    a_template,
    a_version,
    an_account,
    an_exporter,
)
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


_PREFIXES = {"customers": "cc_", "agency": "ag_"}
"""What keys of some APIs begin with."""
_MADE: set[str] = set()
"""The keys of such that were made so far."""


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
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.zone)

    @property
    def key_id(self) -> str:
        found = wiring.access().find_key(digest_of(self.key))
        assert found is not None
        return found.id

    def key_for(self, function: str) -> str:
        """Dialers and agencies have keys of their own, which may do what the other may."""
        prefix = _PREFIXES.get(function.partition("/")[0])
        if prefix is None:
            return self.key
        key = f"{prefix}{self.key}"
        if key in _MADE:
            return key
        _MADE.add(key)
        known = wiring.access().find_key(digest_of(self.key))
        if known is not None:
            its = replace(known, id=new_id(), digest=digest_of(key), prefix=prefix)
            wiring.access().add_key(its)
        return key

    def call(
        self,
        function: str,
        *,
        headers: Mapping[str, str | None] | None = None,
        ids: Mapping[str, str] | None = None,
        **but: Any,
    ) -> Answer:
        """The sample event of a function, sent by this company, with whatever is given.

        A key is sent in the one header that its API knows, unless the headers say otherwise.
        """
        known = {"companyId": self.id, "uuid": self.id, **(ids or {})}
        key: str | None = self.key_for(function)
        if function.startswith("agency/"):
            own = {"authorization": None if "x-api-key" in (headers or {}) else f"Bearer {key}"}
        else:
            own = {"x-api-key": key}
        told = invoke(function, request(function, known, headers={**own, **(headers or {})}, **but))
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

    def sender(self, **but: Any) -> Sender:
        return wiring.senders().add(a_sender(company_id=self.id, **{"id": new_id(), **but}))

    def template(self, content: Content | None = None, **but: Any) -> Template:
        """Of one version, in force today."""
        today = local_date_of(wiring.now(), self.company.zone)
        made = a_template(company_id=self.id, **{"id": new_id(), **but})
        made = replace(made, versions=(VersionRef(1, today),))
        said = a_version(made) if content is None else a_version(made, content=content)
        return wiring.templates().introduce(made, said)

    def group(self, **but: Any) -> Group:
        return wiring.groups().add(a_group(company_id=self.id, **{"id": new_id(), **but}))

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

    def in_test(self) -> "Lender":
        """The same company with a key that sees its test data."""
        key = f"sk_test_{uuid4().hex}"
        made = a_key(key, company_id=self.id, scopes=SCOPES, id=new_id(), prefix="sk_test_")
        wiring.access().add_key(made)
        return replace(self, key=key, company=self.company.in_space(test_space_of(self.id)))

    def customer(self, number: int = 1, **but: Any) -> Customer:
        made = a_customer(str(100000 + number), company_id=self.id, **but)
        wiring.people().put_customers([made])
        return made

    def account(self, number: int = 1, owner: int | None = None, **but: Any) -> Account:
        """With its customer, unless another one owns it."""
        if owner is None:
            self.customer(number)
        made = an_account(
            str(900000 + number), str(100000 + (owner or number)), company_id=self.id, **but
        )
        wiring.people().put_accounts([made])
        return self.kept(made)

    def kept(self, account: Account) -> Account:
        """As it is now."""
        return wiring.people().accounts(self.id, [account.id])[account.id]

    def collection(self, **but: Any) -> CollectionCampaign:
        """An active collection campaign with one step that exports, kept."""
        made = a_collection(company_id=self.id, **{"id": new_id(), **but})
        return wiring.collections().add(made)

    def enrolled(self, account: Account, campaign: CollectionCampaign) -> Enrollment:
        at = wiring.now()
        today = local_date_of(at, self.company.zone)
        made = enroll(account, campaign, id=new_id(), today=today, at=at)
        assert not wiring.enrollments().write([Change(now=made)])
        return made

    def step_run(self, campaign: CollectionCampaign, status: RunStatus, *files: str) -> Run:
        """A run of the campaign's first step that has come to this."""
        at = wiring.now()
        made = a_run(company_id=self.id, campaign_id=campaign.id, created_at=at, updated_at=at)
        run = wiring.runs().open(replace(made, id=new_id(), step_id=campaign.steps[0].id))
        if status is RunStatus.COMPLETED:
            return self.ended(run, *files)
        running = wiring.runs().move(run.moved(RunStatus.RUNNING, at=at))
        if status is RunStatus.RUNNING:
            return running
        held = status is RunStatus.HELD
        return wiring.runs().move(running.failed("sample", "sample", at=at, held=held))


def new_id() -> str:
    return wiring.new_id()


def shown(thing: Campaign | Exporter | Run | Sender) -> str:
    """The id as the borrower API spells it."""
    kind = {Campaign: CAMPAIGN, Exporter: EXPORTER, Run: RUN, Sender: SENDER}[type(thing)]
    return show(kind, thing.id)
